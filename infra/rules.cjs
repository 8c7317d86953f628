// An osls plugin that gives the template its Rules, a section that osls does not know: what a self-hosted engine can't do
// without is refused by CloudFormation before anything is created.
const missing = (parameter) => ({ 'Fn::Equals': [{ Ref: parameter }, ''] });
const given = (parameter) => ({ 'Fn::Not': [missing(parameter)] });

const Rules = {
  SelfHosted: {
    RuleCondition: { 'Fn::Equals': [{ Ref: 'Engine' }, 'self-hosted'] },
    Assertions: [
      {
        Assert: given('EngineEndpoint'),
        AssertDescription: 'The engine is self-hosted: engineEndpoint must be its URL.',
      },
      {
        Assert: given('DomainId'),
        AssertDescription: 'The engine is self-hosted: domainId must be the domain there to enroll in.',
      },
      {
        Assert: { 'Fn::Or': [given('EnginePrincipalArn'), given('DataAccessRoleArn')] },
        AssertDescription:
          'The engine is self-hosted: enginePrincipalArn must be what it runs as, or dataAccessRoleArn a role that it may assume.',
      },
    ],
  },
};

class AddRules {
  constructor(serverless) {
    this.hooks = {
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        Object.assign(serverless.service.provider.compiledCloudFormationTemplate, { Rules });
      },
    };
  }
}

module.exports = AddRules;
