// The events' JSON Schemas in a registry of their own: the console shows them, and makes code bindings from them.
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

const folder = join(__dirname, 'events');

/** `speaker-enrollment-job-started` → `SpeakerEnrollmentJobStarted`. */
const pascal = (name) => name.replace(/(^|-)([a-z])/g, (_, __, letter) => letter.toUpperCase());

/** The registry knows draft 4, which has no `const`. */
function draft4(schema) {
  if (Array.isArray(schema)) return schema.map(draft4);
  if (schema === null || typeof schema !== 'object') return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if (key === '$schema') return [key, 'http://json-schema.org/draft-04/schema#'];
      if (key === 'const') return ['enum', [value]];
      return [key, draft4(value)];
    }),
  );
}

const schemas = (existsSync(folder) ? readdirSync(folder) : [])
  .filter((file) => file.endsWith('.json'))
  .map((file) => {
    const name = pascal(file.replace(/(\.schema)?\.json$/, ''));
    const content = draft4(JSON.parse(readFileSync(join(folder, file), 'utf8')));
    return [
      `${name}Schema`,
      {
        Type: 'AWS::EventSchemas::Schema',
        Condition: 'HasSchemas',
        Properties: {
          RegistryName: { 'Fn::GetAtt': ['SchemaRegistry', 'RegistryName'] },
          SchemaName: `vivavoce.enrollment@${name}`,
          Type: 'JSONSchemaDraft4',
          Content: JSON.stringify(content),
        },
      },
    ];
  });

module.exports = {
  Resources: {
    SchemaRegistry: {
      Type: 'AWS::EventSchemas::Registry',
      Condition: 'HasSchemas',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: osls substitutes it
      Properties: { RegistryName: '${self:custom.name}', Description: 'Events of source vivavoce.enrollment' },
    },
    ...Object.fromEntries(schemas),
  },
};
