// The architecture of the engine's functions: the one that their native code was packaged for.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const npm = { x86_64: 'x64', arm64: 'arm64' };
const architecture = process.env.ENGINE_ARCHITECTURE || 'x86_64';

const addon = join(
  __dirname,
  '../../dist/engine/enroll-speakers/node_modules',
  `sherpa-onnx-linux-${npm[architecture]}`,
);
if (!existsSync(addon)) {
  throw new Error(
    `The engine is not built for ${architecture}: npm run build, with the same ENGINE_ARCHITECTURE as for osls.`,
  );
}

module.exports = { architecture };
