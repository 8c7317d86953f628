import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readFlowEvent } from '../../connect/call/flow-event.ts';

/**
 * The Amazon Connect flow language, version 2019-10-30, as far as this flow uses it:
 * https://docs.aws.amazon.com/connect/latest/APIReference/flow-language.html. `errors` are those that an action must
 * name, `conditions` whether it may branch on its result.
 */
const TYPES: Record<string, { parameters: z.ZodType; errors: string[]; conditions: boolean; ends?: boolean }> = {
  MessageParticipant: {
    parameters: z.strictObject({ Text: z.string().min(1) }),
    errors: ['NoMatchingError'],
    conditions: false,
  },
  GetParticipantInput: {
    parameters: z.strictObject({
      Text: z.string().min(1),
      StoreInput: z.literal('False'),
      InputTimeLimitSeconds: z.string().regex(/^\d+$/),
    }),
    errors: ['InputTimeLimitExceeded', 'NoMatchingCondition', 'NoMatchingError'],
    conditions: true,
  },
  UpdateContactMediaStreamingBehavior: {
    parameters: z.strictObject({
      MediaStreamingState: z.enum(['Enabled', 'Disabled']),
      MediaStreamType: z.literal('Audio'),
      Participants: z.array(
        z.strictObject({
          ParticipantType: z.literal('Customer'),
          MediaDirections: z.array(z.enum(['From', 'To'])).min(1),
        }),
      ),
    }),
    errors: ['NoMatchingError'],
    conditions: false,
  },
  InvokeLambdaFunction: {
    parameters: z.strictObject({
      LambdaFunctionARN: z.string().startsWith('arn:aws:lambda:'),
      InvocationTimeLimitSeconds: z.string().regex(/^[1-8]$/),
      InvocationType: z.enum(['SYNCHRONOUS', 'ASYNCHRONOUS']),
      LambdaInvocationAttributes: z.record(z.string(), z.string()),
      ResponseValidation: z.strictObject({ ResponseType: z.enum(['STRING_MAP', 'JSON']) }),
    }),
    errors: ['NoMatchingError'],
    conditions: false,
  },
  Compare: {
    parameters: z.strictObject({ ComparisonValue: z.string().regex(/^\$\.\w+(\.\w+)*$/) }),
    errors: ['NoMatchingCondition'],
    conditions: true,
  },
  Loop: {
    parameters: z.strictObject({ LoopCount: z.string().regex(/^(\d{1,2}|100)$/) }),
    errors: [],
    conditions: true,
  },
  UpdateContactAttributes: {
    parameters: z.strictObject({
      TargetContact: z.enum(['Current', 'Related']),
      Attributes: z.record(z.string(), z.string()),
    }),
    errors: ['NoMatchingError'],
    conditions: false,
  },
  DisconnectParticipant: { parameters: z.strictObject({}), errors: [], conditions: false, ends: true },
};

const branch = z.strictObject({
  NextAction: z.string(),
  Condition: z.strictObject({ Operator: z.literal('Equals'), Operands: z.array(z.string()).length(1) }),
});
const flowSchema = z.strictObject({
  Version: z.literal('2019-10-30'),
  StartAction: z.string(),
  Metadata: z.looseObject({ ActionMetadata: z.record(z.string(), z.unknown()) }),
  Actions: z.array(
    z.strictObject({
      Identifier: z
        .string()
        .min(1)
        .max(50)
        .regex(/^[^%:(\\/)=$,;[\]{}]+$/),
      Type: z.string(),
      Parameters: z.record(z.string(), z.unknown()),
      Transitions: z.strictObject({
        NextAction: z.string().optional(),
        Errors: z.array(z.strictObject({ NextAction: z.string(), ErrorType: z.string() })).optional(),
        Conditions: z.array(branch).optional(),
      }),
    }),
  ),
});

const flow = flowSchema.parse(JSON.parse(await readFile('connect/flow.json', 'utf8')));
const ids = flow.Actions.map(({ Identifier }) => Identifier);
const nextOf = ({ Transitions }: (typeof flow.Actions)[number]) =>
  [
    Transitions.NextAction,
    ...(Transitions.Errors ?? []).map(({ NextAction }) => NextAction),
    ...(Transitions.Conditions ?? []).map(({ NextAction }) => NextAction),
  ].filter((id) => id !== undefined);

describe('the flow', () => {
  it('has actions of its own names, that lead to actions that are there', () => {
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain(flow.StartAction);
    for (const action of flow.Actions) expect(ids).toEqual(expect.arrayContaining(nextOf(action)));
    expect(Object.keys(flow.Metadata.ActionMetadata).toSorted()).toEqual(ids.toSorted());
  });

  it('comes to every action, and from every action to an end', () => {
    const reached = new Set([flow.StartAction]);
    for (const id of reached) {
      const action = flow.Actions.find(({ Identifier }) => Identifier === id);
      for (const next of action === undefined ? [] : nextOf(action)) reached.add(next);
    }
    expect([...reached].toSorted()).toEqual(ids.toSorted());
    for (const action of flow.Actions) {
      expect(nextOf(action).length === 0, action.Identifier).toBe(TYPES[action.Type]?.ends === true);
    }
  });

  it.each(flow.Actions)('$Identifier is a $Type by the rules of the language', ({ Type, Parameters, Transitions }) => {
    const rules = TYPES[Type];
    expect(rules, Type).toBeDefined();
    expect(rules?.parameters.safeParse(Parameters).error).toBeUndefined();
    expect((Transitions.Errors ?? []).map(({ ErrorType }) => ErrorType).toSorted()).toEqual(rules?.errors.toSorted());
    const conditions = (Transitions.Conditions ?? []).map(({ Condition }) => Condition.Operands[0]);
    if (rules?.conditions !== true) expect(conditions).toEqual([]);
    if (Type === 'Loop') expect(conditions.toSorted()).toEqual(['ContinueLooping', 'DoneLooping']);
  });

  it('streams before it listens, and listens before it asks', () => {
    const order = ['Stream the call', 'Listen to the call', 'Who is it'].map((id) => ids.indexOf(id));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  it('gives the functions parameters that they take, and branches on what they answer', () => {
    for (const { Type, Parameters } of flow.Actions) {
      if (Type !== 'InvokeLambdaFunction') continue;
      const given = z.record(z.string(), z.string()).parse(Parameters.LambdaInvocationAttributes);
      const values = Object.entries(given).map(([name, value]) => [name, value.replace(/^\$\..*/, 'customer-1')]);
      const event = {
        Name: 'ContactFlowEvent',
        Details: {
          ContactData: { ContactId: '4a573372-1f28-4e26-b97b-0123456789ab', Attributes: {}, MediaStreams: {} },
          Parameters: Object.fromEntries(values),
        },
      };
      const read = Object.entries(readFlowEvent(event).parameters).filter(([, value]) => value !== undefined);
      expect(read.map(([name]) => name).toSorted()).toEqual(Object.keys(given).toSorted());
    }
    const answers: Record<string, string[]> = {
      '$.External.authentication': ['AUTHENTICATED', 'NOT_AUTHENTICATED', 'INCONCLUSIVE', 'NOT_ENROLLED', 'OPTED_OUT'],
      '$.External.fraud': ['HIGH_RISK'],
    };
    for (const { Type, Parameters, Transitions } of flow.Actions) {
      if (Type !== 'Compare') continue;
      const branches = (Transitions.Conditions ?? []).map(({ Condition }) => Condition.Operands[0]);
      expect(branches).toEqual(answers[String(Parameters.ComparisonValue)]);
    }
  });
});

describe('a flow’s event', () => {
  const event = (contact: object, parameters: object = {}) => ({
    Name: 'ContactFlowEvent',
    Details: { ContactData: { ContactId: 'c-1', ...contact }, Parameters: parameters },
  });

  it('names the speaker by the block’s parameter, or by the contact’s customer id', () => {
    expect(readFlowEvent(event({ CustomerId: 'a' })).parameters.speakerId).toBe('a');
    expect(readFlowEvent(event({ CustomerId: 'a' }, { speakerId: 'b' })).parameters.speakerId).toBe('b');
    expect(readFlowEvent(event({ CustomerId: '' }, { speakerId: '' })).parameters.speakerId).toBeUndefined();
    expect(readFlowEvent(event({ CustomerId: null })).parameters.speakerId).toBeUndefined();
  });

  it('takes consent for given only where it is said', () => {
    const consent = (attributes: object, parameters: object = {}) =>
      readFlowEvent(event({ Attributes: attributes }, parameters)).parameters.enrollmentConsent ?? false;
    expect(consent({})).toBe(false);
    expect(consent({ enrollmentConsent: '' })).toBe(false);
    expect(consent({ enrollmentConsent: 'no' })).toBe(false);
    expect(consent({ enrollmentConsent: 'true' })).toBe(true);
    expect(consent({ enrollmentConsent: 'true' }, { enrollmentConsent: 'false' })).toBe(false);
  });

  it.each([
    ['acceptanceThreshold', '101'],
    ['riskThreshold', '-1'],
    ['netSpeechSeconds', '31'],
    ['waitSeconds', '7'],
    ['watchlistId', 'short'],
    ['speakerId', 'Anna Müller'],
  ])('with a malformed %s is refused by name, and what it says is not quoted', (name, value) => {
    expect(() => readFlowEvent(event({}, { [name]: value }))).toThrow(new RegExp(`${name} is malformed, expected`));
    expect(() => readFlowEvent(event({}, { [name]: value }))).not.toThrow(value);
  });

  it('of something else is refused', () => {
    expect(() => readFlowEvent({ Name: 'ContactFlowEvent' })).toThrow(/no event of an Amazon Connect flow/);
    expect(() => readFlowEvent(event({ ContactId: '../other' }))).toThrow(/ContactId is missing or malformed/);
  });
});
