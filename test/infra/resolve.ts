import type { Template } from './template.ts';

const pseudo: Record<string, string> = {
  'AWS::AccountId': '123456789012',
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-central-1',
  'AWS::StackName': 'vivavoce-dev',
  'AWS::StackId': 'arn:aws:cloudformation:eu-central-1:123456789012:stack/vivavoce-dev/0',
  'AWS::URLSuffix': 'amazonaws.com',
};
/** What a name in the template looks like once deployed. */
const GENERATED_DOMAIN = 'madeDomain000000000000';
const NONE = Symbol('AWS::NoValue');

const service: Record<string, string> = {
  'AWS::S3::Bucket': 's3',
  'AWS::SQS::Queue': 'sqs',
  'AWS::Lambda::Function': 'lambda',
  'AWS::Events::EventBus': 'events',
  'AWS::DynamoDB::Table': 'dynamodb',
  'AWS::SecretsManager::Secret': 'secretsmanager',
  'AWS::StepFunctions::StateMachine': 'states',
  'AWS::IAM::Role': 'iam',
  'AWS::KMS::Key': 'kms',
  'AWS::Logs::LogGroup': 'logs',
};

/**
 * The template's intrinsic functions, as CloudFormation would work them out: enough of them to see what a function's
 * environment or a role's resources are for given parameters. A resource's ARN is `arn:aws:<service>:::<logical id>`,
 * or with its name where the template gives it one.
 */
export class Resolver {
  readonly #template: Template;
  readonly #parameters: Record<string, string>;

  /** @param parameters of the template, and pseudo parameters such as `AWS::Region` that are to be others. */
  constructor(template: Template, parameters: Record<string, string> = {}) {
    this.#template = template;
    const defaults = Object.entries(template.Parameters).map(([name, { Default }]) => [name, String(Default ?? '')]);
    this.#parameters = { ...Object.fromEntries(defaults), ...parameters };
  }

  holds(condition: string): boolean {
    const definition = this.#template.Conditions[condition];
    if (definition === undefined) throw new Error(`No condition ${condition}`);
    return this.#test(definition);
  }

  /** What CloudFormation would say of these parameters before it creates anything. */
  refusals(): string[] {
    return Object.values(this.#template.Rules)
      .filter(({ RuleCondition }) => this.#test(RuleCondition))
      .flatMap(({ Assertions }) => Assertions)
      .filter(({ Assert }) => !this.#test(Assert))
      .map(({ AssertDescription }) => AssertDescription);
  }

  exists(logicalId: string): boolean {
    const resource = this.#template.Resources[logicalId];
    if (resource === undefined) throw new Error(`No resource ${logicalId}`);
    return resource.Condition === undefined || this.holds(resource.Condition);
  }

  value(node: unknown): unknown {
    if (Array.isArray(node)) return node.map((item) => this.value(item)).filter((item) => item !== NONE);
    if (node === null || typeof node !== 'object') return node;
    const [[key, argument] = ['', undefined], ...more] = Object.entries(node);
    if (more.length === 0) {
      if (key === 'Ref') return this.#reference(String(argument));
      if (key === 'Fn::GetAtt') return this.#attribute(argument);
      if (key === 'Fn::Sub') return this.#substitute(argument);
      if (key === 'Fn::If' && Array.isArray(argument)) {
        return this.value(argument[this.holds(String(argument[0])) ? 1 : 2]);
      }
      if (key === 'Fn::Join' && Array.isArray(argument)) {
        return (this.value(argument[1]) as unknown[]).join(String(argument[0]));
      }
      if (key.startsWith('Fn::')) throw new Error(`${key} is not resolved here`);
    }
    return Object.fromEntries(
      Object.entries(node)
        .map(([name, item]) => [name, this.value(item)] as const)
        .filter(([, item]) => item !== NONE),
    );
  }

  #test(node: unknown): boolean {
    const [[key, argument] = ['', []]] = Object.entries(node as Record<string, unknown[]>);
    if (key === 'Fn::Equals') return this.value(argument?.[0]) === this.value(argument?.[1]);
    if (key === 'Fn::Not') return !this.#test(argument?.[0]);
    if (key === 'Fn::And') return (argument ?? []).every((item) => this.#test(item));
    if (key === 'Fn::Or') return (argument ?? []).some((item) => this.#test(item));
    if (key === 'Condition') return this.holds(String(argument));
    throw new Error(`${key} is no condition`);
  }

  #reference(name: string): unknown {
    if (name === 'AWS::NoValue') return NONE;
    const known = this.#parameters[name] ?? pseudo[name];
    if (known !== undefined) return known;
    if (!this.exists(name)) throw new Error(`${name} is referred to, but not there for these parameters`);
    const resource = this.#template.Resources[name];
    const named = this.#nameOf(name);
    switch (resource?.Type) {
      case 'AWS::SNS::Topic':
        return `arn:aws:sns:eu-central-1:123456789012:${named}`;
      case 'AWS::SecretsManager::Secret':
      case 'AWS::StepFunctions::StateMachine':
        return this.#arn(name);
      default:
        return named;
    }
  }

  #nameOf(logicalId: string): string {
    const properties = this.#template.Resources[logicalId]?.Properties ?? {};
    const name = Object.entries(properties).find(([key]) =>
      /^(Name|(Queue|Table|Bucket|Function|StateMachine|LogGroup|Role|Topic)Name)$/.test(key),
    )?.[1];
    return name === undefined ? logicalId.toLowerCase() : String(this.value(name));
  }

  #arn(logicalId: string): string {
    const type = this.#template.Resources[logicalId]?.Type ?? '';
    const name = this.#nameOf(logicalId);
    const where = 'eu-central-1:123456789012';
    switch (type) {
      case 'AWS::S3::Bucket':
        return `arn:aws:s3:::${name}`;
      case 'AWS::IAM::Role':
        return `arn:aws:iam::123456789012:role/${name}`;
      case 'AWS::StepFunctions::StateMachine':
        return `arn:aws:states:${where}:stateMachine:${name}`;
      case 'AWS::DynamoDB::Table':
        return `arn:aws:dynamodb:${where}:table/${name}`;
      case 'AWS::Lambda::Function':
        return `arn:aws:lambda:${where}:function:${name}`;
      case 'AWS::Logs::LogGroup':
        return `arn:aws:logs:${where}:log-group:${name}:*`;
      case 'AWS::KMS::Key':
        return `arn:aws:kms:${where}:key/${name}`;
      default:
        return `arn:aws:${service[type] ?? 'other'}:${where}:${name}`;
    }
  }

  #attribute(argument: unknown): unknown {
    const [logicalId = '', ...path] = Array.isArray(argument) ? argument : String(argument).split('.');
    if (!this.exists(logicalId)) throw new Error(`${logicalId} is referred to, but not there for these parameters`);
    const attribute = path.join('.');
    if (attribute === 'Arn') return this.#arn(logicalId);
    if (attribute === 'ApiEndpoint') return 'https://api.execute-api.eu-central-1.amazonaws.com';
    if (attribute === 'DomainId') return GENERATED_DOMAIN;
    return this.#nameOf(logicalId);
  }

  #substitute(argument: unknown): string {
    const [text, given] = Array.isArray(argument) ? [argument[0], argument[1]] : [argument, {}];
    return String(text).replaceAll(/\$\{([^!}][^}]*)\}/g, (_, name: string) => {
      const own = (given as Record<string, unknown>)[name];
      if (own !== undefined) return String(this.value(own));
      return String(name.includes('.') ? this.#attribute(name) : this.#reference(name));
    });
  }
}
