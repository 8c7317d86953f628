// The state machines' definitions as text. As objects they would lose `"ResultPath": null`: a template has no nulls.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const definition = (name) => readFileSync(join(__dirname, '../statemachine', `${name}.asl.json`), 'utf8');

module.exports = { enrollment: definition('enrollment'), job: definition('enrollment-job') };
