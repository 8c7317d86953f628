// An osls plugin that stops a deployment which would not be what it looks like: one whose parameters the next deployment
// would forget, or whose native code is not there, or is another processor's.
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { architecture, builtFor } = require('./engine/architecture.cjs');

class Guard {
  constructor(serverless, options) {
    const { commands } = serverless.processedInput;
    const refuse = (message) => {
      throw new serverless.classes.Error(message);
    };
    this.hooks = {
      initialize: () => {
        if (commands[0] !== 'deploy') return;
        const stage = serverless.getProvider('aws').getStage();
        if (options.param?.length > 0) {
          refuse(
            `Found --param ${options.param.join(' --param ')}: the next deployment would not know of it. Write it into infra/stages/${stage}.yml.`,
          );
        }
        if (!existsSync(join(serverless.serviceDir, 'infra/stages', `${stage}.yml`))) {
          refuse(`There is no infra/stages/${stage}.yml, which says what this stage is: copy infra/stages/dev.yml.`);
        }
      },
      'before:package:cleanup': () => {
        if (!builtFor(architecture)) {
          refuse(
            `The engine is not built for ${architecture}: npm run build, with the same ENGINE_ARCHITECTURE as for osls.`,
          );
        }
      },
    };
  }
}

module.exports = Guard;
