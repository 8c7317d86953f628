import { readFileSync } from 'node:fs';
import { StateMachine } from 'aws-local-stepfunctions';
import { z } from 'zod';
import { readSettings, schemas } from '../../functions/enrollment/settings.ts';
import * as poll from '../../functions/poll-enrollment/poll-enrollment.ts';
import * as start from '../../functions/start-job/start-job.ts';
import * as summarize from '../../functions/summarize-enrollment/summarize-enrollment.ts';
import { fakeAws } from '../functions/fake-aws.ts';

type Input = Parameters<StateMachine['run']>[0];
type Definition = ConstructorParameters<typeof StateMachine>[0];

/** As it is in the repository, substitutions unmade. */
export const text = readFileSync('statemachine/enrollment.asl.json', 'utf8');
const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:';
const substitutions: Record<string, string> = {
  StartJobFunctionArn: `${FUNCTION}start-job`,
  PollEnrollmentFunctionArn: `${FUNCTION}poll-enrollment`,
  SummarizeEnrollmentFunctionArn: `${FUNCTION}summarize-enrollment`,
  EventBusName: 'vivavoce',
  Partition: 'aws',
};
export const deployed = text.replace(/\$\{(\w+)\}/g, (_, name: string) => substitutions[name] ?? '');
const states = z
  .looseObject({
    States: z.record(z.string(), z.looseObject({ Type: z.string(), Resource: z.string().optional() })),
  })
  .parse(JSON.parse(deployed)).States;
/** Checked once: that takes longer than most executions. */
const machine = new StateMachine(JSON.parse(deployed) as Definition, {
  validationOptions: { checkPaths: true, checkArn: false },
});
const namesOf = (type: string) => Object.keys(states).filter((name) => states[name]?.Type === type);

/** An event as it is put on the bus. */
export const entrySchema = z.object({
  EventBusName: z.string(),
  Source: z.literal('vivavoce.enrollment'),
  DetailType: z.string(),
  Detail: z.looseObject({ uploadId: z.string(), status: z.string() }),
});
export type Entry = z.infer<typeof entrySchema>;

export interface World {
  aws: ReturnType<typeof fakeAws>;
  /** What came to the bus. */
  events: Entry[];
  /** Every task that was called, and how long every wait was, in order. */
  steps: (string | number)[];
  /** Asked when a task is called, and again when its work is done, before it answers. */
  onTask: (task: string, when: 'called' | 'done') => void;
  /** Asked at every PutEvents: whether the entry fails. */
  entryFails: () => boolean;
  /**
   * Runs an execution in simulated time; the name of the error where it does not succeed. `onStart` is given what stops
   * it by hand.
   */
  run(name: string, onStart?: (abort: () => void) => void): Promise<string | undefined>;
}

/** The state machine with the functions' own code, over services in memory, its waits taking no time. */
export function createWorld(env: Record<string, string> = {}): World {
  const aws = fakeAws();
  const startSettings = readSettings(schemas.startJob, env);
  const pollSettings = readSettings(schemas.pollEnrollment, env);
  const world: World = {
    aws,
    events: [],
    steps: [],
    onTask: () => undefined,
    entryFails: () => false,
    run,
  };

  const now = () => aws.clock.now;
  const functions: Record<string, (input: unknown) => Promise<unknown>> = {
    [`${FUNCTION}start-job`]: (input) =>
      start.startJob(start.inputSchema.parse(input), {
        voiceId: aws.voiceId,
        settings: startSettings,
        now,
        random: () => 0,
      }),
    [`${FUNCTION}poll-enrollment`]: (input) =>
      poll.pollEnrollment(poll.inputSchema.parse(input), { voiceId: aws.voiceId, settings: pollSettings, now }),
    [`${FUNCTION}summarize-enrollment`]: (input) =>
      summarize.summarizeEnrollment(summarize.inputSchema.parse(input), { s3: aws.s3, now: () => new Date(now()) }),
    'arn:aws:states:::events:putEvents': async (input) => {
      const { Entries } = z.object({ Entries: z.array(entrySchema).length(1) }).parse(input);
      if (world.entryFails()) return { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] };
      // As it arrives: JSON.
      world.events.push(...z.array(entrySchema).parse(JSON.parse(JSON.stringify(Entries))));
      return { FailedEntryCount: 0, Entries: [{ EventId: '1' }] };
    },
  };

  async function run(name: string, onStart?: (abort: () => void) => void) {
    const execution = aws.executions.get(name);
    if (execution === undefined) throw new Error(`No execution ${name}.`);
    const waits: Record<string, unknown> = {};
    let seconds = 0;
    const callTask = (task: string, call: (input: unknown) => Promise<unknown>) => async (input: Input) => {
      world.steps.push(task);
      world.onTask(task, 'called');
      const result = await aws.invoke(() => call(input));
      const { waitSeconds } = z.object({ waitSeconds: z.number().default(0) }).parse(result);
      seconds = waitSeconds;
      world.onTask(task, 'done');
      // Lambda answers with JSON.
      return JSON.parse(JSON.stringify(result)) as Input;
    };
    for (const wait of namesOf('Wait')) {
      // Looked up when the state is entered: that is when simulated time passes.
      Object.defineProperty(waits, wait, {
        enumerable: true,
        get() {
          world.steps.push(seconds);
          aws.clock.now += seconds * 1000;
          return 0;
        },
      });
    }
    const tasks = namesOf('Task').map((task) => {
      const call = functions[states[task]?.Resource ?? ''];
      if (call === undefined) throw new Error(`${task} has an unknown resource.`);
      return [task, callTask(task, call)] as const;
    });
    const { result, abort, eventLogs } = machine.run(JSON.parse(execution.input), {
      overrides: {
        taskResourceLocalHandlers: Object.fromEntries(tasks),
        waitTimeOverrides: waits as Record<string, number>,
        retryIntervalOverrides: Object.fromEntries(namesOf('Task').map((task) => [task, 0])),
      },
      context: {
        Execution: { Id: `arn:execution:${name}`, Name: name },
        State: { EnteredTime: new Date(aws.clock.now).toISOString() },
      },
    });
    onStart?.(abort);
    // As Step Functions keeps it: every state that was entered, with what it was given.
    const logged = (async () => {
      for await (const event of eventLogs) {
        if (event.type === 'StateEntered') {
          execution.history.push(JSON.stringify(event.state.input));
        }
      }
    })();
    try {
      await result;
      return undefined;
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      return cause instanceof Error ? cause.name : String(cause);
    } finally {
      await logged;
    }
  }
  return world;
}
