import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ACCOUNT, arn, BUS, REGION } from '../account.ts';
import { AwsError } from '../aws-error.ts';
import { readJson, writeFileDurably } from '../files.ts';
import { compilePattern, InvalidEventPatternError } from './pattern.ts';

const ruleSchema = z.object({
  bus: z.string(),
  name: z.string(),
  pattern: z.string(),
  state: z.enum(['ENABLED', 'DISABLED']),
  description: z.string().optional(),
  targets: z.array(z.object({ Id: z.string(), Arn: z.string() })),
});
type Rule = z.infer<typeof ruleSchema>;

const BUSES = ['default', BUS];
/** Bytes of all entries of one PutEvents together. */
const MAX_ENTRIES_BYTES = 256 * 1024;
const MAX_ENTRIES = 10;

/** An event as rules and targets see it. */
export interface BusEvent {
  source: string;
  'detail-type': string;
  detail: unknown;
  resources?: string[];
  time?: Date;
}

export interface EventBus {
  /** One action of the EventBridge API. @throws AwsError */
  call(action: string, input: unknown): object;
  /** Puts an event of the cloud's own; on disk in every target when it returns. */
  put(bus: string, event: BusEvent): string;
  /** Calls `target` with each event that a rule of the stack would bring to a Lambda. */
  onEvent(pattern: string, bus: string, target: (event: object) => void): void;
}

const busName = z
  .string()
  .default('default')
  .transform((name) => name.slice(name.lastIndexOf('/') + 1));
const inputs = {
  PutEvents: z.object({
    Entries: z
      .array(
        z.object({
          Source: z.string().optional(),
          DetailType: z.string().optional(),
          Detail: z.string().optional(),
          EventBusName: busName,
          Resources: z.array(z.string()).default([]),
          Time: z.number().optional(),
        }),
      )
      .min(1)
      .max(MAX_ENTRIES),
  }),
  PutRule: z.object({
    Name: z.string().regex(/^[.\-_A-Za-z0-9]{1,64}$/),
    EventBusName: busName,
    EventPattern: z.string('EventPattern is needed: schedules are not served here'),
    State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
    Description: z.string().optional(),
  }),
  ListRules: z.object({ EventBusName: busName, NamePrefix: z.string().default('') }),
  OfRule: z.object({ Name: z.string(), EventBusName: busName }),
  TargetsOfRule: z.object({ Rule: z.string(), EventBusName: busName }),
  PutTargets: z.object({
    Rule: z.string(),
    EventBusName: busName,
    Targets: z
      .array(z.looseObject({ Id: z.string().min(1), Arn: z.string() }))
      .min(1)
      .max(100),
  }),
  RemoveTargets: z.object({ Rule: z.string(), EventBusName: busName, Ids: z.array(z.string()).min(1) }),
  TestEventPattern: z.object({ EventPattern: z.string(), Event: z.string() }),
};

function parse<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new AwsError('ValidationException', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`);
}

function isJsonObject(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/**
 * The local EventBridge: two buses, rules kept in `file`, SQS queues as targets with the whole event as the body.
 * @param send puts a message on a queue, on disk when it returns; false where there is no such queue.
 */
export function createEventBus(file: string, send: (queueArn: string, body: string) => boolean): EventBus {
  const rules = new Map<string, { rule: Rule; matches: (event: unknown) => boolean }>();
  const own: { bus: string; matches: (event: unknown) => boolean; target: (event: object) => void }[] = [];
  const idOf = (bus: string, name: string) => `${bus}/${name}`;
  const ruleArn = ({ bus, name }: Rule) => arn('events', bus === 'default' ? `rule/${name}` : `rule/${bus}/${name}`);

  for (const rule of z.array(ruleSchema).parse(readJson(file) ?? [])) {
    rules.set(idOf(rule.bus, rule.name), { rule, matches: compilePattern(rule.pattern) });
  }
  const save = () =>
    writeFileDurably(
      file,
      JSON.stringify(
        [...rules.values()].map(({ rule }) => rule),
        null,
        2,
      ),
    );

  const compiled = (pattern: string) => {
    try {
      return compilePattern(pattern);
    } catch (error) {
      if (error instanceof InvalidEventPatternError) throw new AwsError(error.name, error.message);
      throw error;
    }
  };
  const knownBus = (name: string) => {
    if (!BUSES.includes(name)) throw new AwsError('ResourceNotFoundException', `Event bus ${name} does not exist.`);
    return name;
  };
  const find = (bus: string, name: string) => {
    const found = rules.get(idOf(knownBus(bus), name));
    if (found === undefined)
      throw new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus ${bus}.`);
    return found;
  };
  const describe = (rule: Rule) => ({
    Name: rule.name,
    Arn: ruleArn(rule),
    EventPattern: rule.pattern,
    State: rule.state,
    EventBusName: rule.bus,
    ...(rule.description !== undefined && { Description: rule.description }),
  });

  const put = (bus: string, event: BusEvent): string => {
    const id = randomUUID();
    const { time, resources = [], ...rest } = event;
    const whole = {
      version: '0',
      id,
      'detail-type': rest['detail-type'],
      source: rest.source,
      account: ACCOUNT,
      time: (time ?? new Date()).toISOString().replace(/\.\d+Z$/, 'Z'),
      region: REGION,
      resources,
      detail: rest.detail,
    };
    const body = JSON.stringify(whole);
    for (const { rule, matches } of rules.values()) {
      if (rule.bus !== bus || rule.state !== 'ENABLED' || !matches(whole)) continue;
      for (const target of rule.targets) send(target.Arn, body);
    }
    for (const one of own) if (one.bus === bus && one.matches(whole)) one.target(whole);
    return id;
  };

  const putEvents = (input: unknown) => {
    const { Entries } = parse(inputs.PutEvents, input);
    const size = Entries.reduce(
      (sum, entry) =>
        sum + Buffer.byteLength(`${entry.Source}${entry.DetailType}${entry.Detail}${entry.Resources.join('')}`),
      0,
    );
    if (size > MAX_ENTRIES_BYTES)
      throw new AwsError('ValidationException', 'Total size of the entries in the request is over the limit.');
    const results = Entries.map((entry) => {
      const { Source, DetailType, Detail, EventBusName, Resources, Time } = entry;
      if (!Source || !DetailType || Detail === undefined) {
        return { ErrorCode: 'InvalidArgument', ErrorMessage: 'Source, DetailType and Detail are needed.' };
      }
      if (/^aws\./.test(Source))
        return {
          ErrorCode: 'NotAuthorizedForSourceException',
          ErrorMessage: 'Sources that begin with aws. are reserved.',
        };
      if (!isJsonObject(Detail)) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
      if (!BUSES.includes(EventBusName))
        return { ErrorCode: 'ResourceNotFoundException', ErrorMessage: 'No such event bus.' };
      const time = Time === undefined ? {} : { time: new Date(Time * 1000) };
      const EventId = put(EventBusName, {
        source: Source,
        'detail-type': DetailType,
        detail: JSON.parse(Detail),
        resources: Resources,
        ...time,
      });
      return { EventId };
    });
    return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
  };

  const actions: Record<string, (input: unknown) => object> = {
    PutEvents: putEvents,
    PutRule(input) {
      const { Name, EventBusName, EventPattern, State, Description } = parse(inputs.PutRule, input);
      const matches = compiled(EventPattern);
      const id = idOf(knownBus(EventBusName), Name);
      const rule: Rule = {
        bus: EventBusName,
        name: Name,
        pattern: EventPattern,
        state: State,
        ...(Description !== undefined && { description: Description }),
        targets: rules.get(id)?.rule.targets ?? [],
      };
      rules.set(id, { rule, matches });
      save();
      return { RuleArn: ruleArn(rule) };
    },
    DescribeRule(input) {
      const { Name, EventBusName } = parse(inputs.OfRule, input);
      return describe(find(EventBusName, Name).rule);
    },
    ListRules(input) {
      const { EventBusName, NamePrefix } = parse(inputs.ListRules, input);
      knownBus(EventBusName);
      const listed = [...rules.values()].map(({ rule }) => rule);
      return {
        Rules: listed.filter((rule) => rule.bus === EventBusName && rule.name.startsWith(NamePrefix)).map(describe),
      };
    },
    DeleteRule(input) {
      const { Name, EventBusName } = parse(inputs.OfRule, input);
      const found = rules.get(idOf(knownBus(EventBusName), Name));
      if (found !== undefined && found.rule.targets.length > 0) {
        throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
      }
      rules.delete(idOf(EventBusName, Name));
      save();
      return {};
    },
    PutTargets(input) {
      const { Rule: name, EventBusName, Targets } = parse(inputs.PutTargets, input);
      const { rule } = find(EventBusName, name);
      const FailedEntries = Targets.filter(({ Arn }) => !Arn.startsWith(`arn:aws:sqs:${REGION}:${ACCOUNT}:`)).map(
        ({ Id }) => ({
          TargetId: Id,
          ErrorCode: 'ValidationException',
          ErrorMessage: 'Targets are SQS queues of this local cloud.',
        }),
      );
      const refused = new Set(FailedEntries.map(({ TargetId }) => TargetId));
      const taken = Targets.filter(({ Id }) => !refused.has(Id)).map(({ Id, Arn }) => ({ Id, Arn }));
      const ids = new Set(taken.map(({ Id }) => Id));
      rule.targets = [...rule.targets.filter(({ Id }) => !ids.has(Id)), ...taken];
      save();
      return { FailedEntryCount: FailedEntries.length, FailedEntries };
    },
    ListTargetsByRule(input) {
      const { Rule: name, EventBusName } = parse(inputs.TargetsOfRule, input);
      return { Targets: find(EventBusName, name).rule.targets };
    },
    RemoveTargets(input) {
      const { Rule: name, EventBusName, Ids } = parse(inputs.RemoveTargets, input);
      const { rule } = find(EventBusName, name);
      rule.targets = rule.targets.filter(({ Id }) => !Ids.includes(Id));
      save();
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
    TestEventPattern(input) {
      const { EventPattern, Event } = parse(inputs.TestEventPattern, input);
      if (!isJsonObject(Event)) throw new AwsError('ValidationException', 'The event is not a JSON object.');
      return { Result: compiled(EventPattern)(JSON.parse(Event)) };
    },
  };

  return {
    call(action, input) {
      const handler = Object.hasOwn(actions, action) ? actions[action] : undefined;
      if (handler === undefined)
        throw new AwsError('UnknownOperationException', `EventBridge's ${action} is not served by this local cloud.`);
      return handler(input);
    },
    put,
    onEvent: (pattern, bus, target) => own.push({ bus, matches: compilePattern(pattern), target }),
  };
}
