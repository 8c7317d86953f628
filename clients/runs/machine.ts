import { DescribeStateMachineCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { CommandError } from '../errors.ts';

const stateSchema = z.object({
  Type: z.string(),
  Next: z.string().optional(),
  Default: z.string().optional(),
  End: z.boolean().optional(),
  Choices: z.array(z.object({ Next: z.string() })).default([]),
  Catch: z.array(z.object({ Next: z.string() })).default([]),
});
const machineSchema = z.object({ StartAt: z.string(), States: z.record(z.string(), stateSchema) });

/** A way from one state to another; `FAILS` where it is taken only after the last try failed. */
export interface Way {
  from: string;
  to: string;
  kind: 'NEXT' | 'FAILS';
}

/** A state machine as far as its picture needs it. */
export interface Machine {
  start: string;
  states: { name: string; type: string; ends: boolean }[];
  ways: Way[];
}

/** A state machine by its Amazon States Language. @throws CommandError where it is none. */
export function machineOf(asl: string): Machine {
  let value: unknown;
  try {
    value = JSON.parse(asl);
  } catch {
    value = undefined;
  }
  const { data, error } = machineSchema.safeParse(value);
  if (data === undefined) {
    throw new CommandError(`The state machine's definition is not what was expected: ${error.issues[0]?.message}.`);
  }
  const ways: Way[] = [];
  const add = (way: Way) => {
    if (!ways.some(({ from, to }) => from === way.from && to === way.to)) ways.push(way);
  };
  for (const [from, { Next, Default, Choices, Catch }] of Object.entries(data.States)) {
    for (const to of [...Choices.map((choice) => choice.Next), Default, Next]) {
      if (to !== undefined) add({ from, to, kind: 'NEXT' });
    }
    for (const { Next: to } of Catch) add({ from, to, kind: 'FAILS' });
  }
  const states = Object.entries(data.States).map(([name, { Type: type, End }]) => ({
    name,
    type,
    ends: End === true || type === 'Succeed' || type === 'Fail',
  }));
  return { start: data.StartAt, states, ways };
}

/** The state machine as it is deployed now. */
export async function readMachine(stateMachineArn: string, stepFunctions: SFNClient): Promise<Machine> {
  const { definition = '' } = await stepFunctions.send(new DescribeStateMachineCommand({ stateMachineArn }));
  return machineOf(definition);
}
