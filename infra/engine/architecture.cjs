// The architecture of the engine's functions: the one that their native code is packaged for. infra/guard.cjs lets nothing
// be packaged whose code is for another.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const npm = { x86_64: 'x64', arm64: 'arm64' };
const architecture = process.env.ENGINE_ARCHITECTURE || 'x86_64';

const builtFor = (name) =>
  existsSync(join(__dirname, '../../dist/engine/enroll-speakers/node_modules', `sherpa-onnx-linux-${npm[name]}`));

module.exports = { architecture, builtFor };
