// What a stage is deployed with: infra/defaults.yml, and over it the stage's own file, infra/stages/NAME.yml. A parameter
// that is kept in a file can't be forgotten at the next deployment, as one on the command line can.

/** Of a stage that has no file. */
const REGION = 'us-east-1';

/** @throws where the file sets what is no parameter. */
function merged(stage, defaults, own) {
  const { region = REGION, ...parameters } = own;
  const unknown = Object.keys(parameters).filter((name) => !Object.hasOwn(defaults, name));
  if (unknown.length > 0) {
    throw new Error(
      `infra/stages/${stage}.yml sets ${unknown.join(', ')}, expected region and names in infra/defaults.yml.`,
    );
  }
  return { region, parameters: { ...defaults, ...parameters } };
}

module.exports = async ({ resolveVariable }) => {
  const stage = await resolveVariable('sls:stage');
  const defaults = await resolveVariable('file(infra/defaults.yml)');
  const own = await resolveVariable(`file(infra/stages/${stage}.yml), null`);
  return merged(stage, defaults, own ?? {});
};
