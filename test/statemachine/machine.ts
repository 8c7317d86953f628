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

/** A retrier as the file has it; every one gives all of its numbers. */
export const retrierSchema = z.object({
  ErrorEquals: z.array(z.string()),
  IntervalSeconds: z.number(),
  BackoffRate: z.number(),
  MaxDelaySeconds: z.number().optional(),
  MaxAttempts: z.number(),
  JitterStrategy: z.enum(['FULL', 'NONE']).default('NONE'),
});
export type Retrier = z.infer<typeof retrierSchema>;
/** Seconds before the try after `attempts` that failed; `luck` is what share of them a full jitter leaves. */
export function retryDelay(retrier: Retrier, attempts: number, luck: number): number {
  const { IntervalSeconds, BackoffRate, MaxDelaySeconds = Number.POSITIVE_INFINITY, JitterStrategy } = retrier;
  const delay = Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** (attempts - 1));
  return JitterStrategy === 'FULL' ? delay * luck : delay;
}

const states = z
  .looseObject({
    States: z.record(
      z.string(),
      z.looseObject({ Type: z.string(), Resource: z.string().optional(), Retry: z.array(retrierSchema).default([]) }),
    ),
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
  /** What share a full jitter leaves of a retry's delay: half, as on average. */
  luck: number;
  /** Asked at every PutEvents: whether the entry fails. */
  entryFails: () => boolean;
  /**
   * Runs an execution in simulated time; the name of the error where it does not succeed. `onStart` is given what stops
   * it by hand.
   */
  run(name: string, onStart?: (abort: () => void) => void): Promise<string | undefined>;
}

const named = (name: string, message: string) => Object.assign(new Error(message), { name });

/** The state machine with the functions' own code, over services in memory, its waits and retries taking simulated time. */
export function createWorld(env: Record<string, string> = {}): World {
  const aws = fakeAws();
  const startSettings = readSettings(schemas.startJob, env);
  const pollSettings = readSettings(schemas.pollEnrollment, env);
  const world: World = {
    aws,
    events: [],
    steps: [],
    onTask: () => undefined,
    luck: 0.5,
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
      if (world.entryFails()) throw named('EventBridge.FailedEntry', '{"FailedEntryCount":1}');
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
    /** Tries that failed since the task's state was entered. */
    let attempts = 0;
    const callTask = (task: string, call: (input: unknown) => Promise<unknown>) => async (input: Input) => {
      world.steps.push(task);
      try {
        world.onTask(task, 'called');
        const result = await aws.invoke(() => call(input));
        const { waitSeconds } = z.object({ waitSeconds: z.number().default(0) }).parse(result);
        seconds = waitSeconds;
        world.onTask(task, 'done');
        attempts = 0;
        // Lambda answers with JSON.
        return JSON.parse(JSON.stringify(result)) as Input;
      } catch (error) {
        const [retrier] = states[task]?.Retry ?? [];
        attempts++;
        if (retrier !== undefined && attempts <= retrier.MaxAttempts) {
          aws.clock.now += retryDelay(retrier, attempts, world.luck) * 1000;
        } else attempts = 0;
        throw error;
      }
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
    // As Step Functions keeps it: two events a state, the first with what it was given, and three a task's try.
    const logged = (async () => {
      const push = (...types: string[]) => execution.history.push(...types.map((type) => ({ type })));
      for await (const event of eventLogs) {
        if (!('state' in event)) continue;
        const { type, input } = event.state;
        if (event.type === 'StateEntered') {
          execution.history.push({ type: `${type}StateEntered`, input: JSON.stringify(input) });
        } else if (event.type === 'StateFailed') {
          push('LambdaFunctionScheduled', 'LambdaFunctionStarted', 'LambdaFunctionFailed');
        } else if (event.type === 'StateExited') {
          if (type === 'Task') push('LambdaFunctionScheduled', 'LambdaFunctionStarted', 'LambdaFunctionSucceeded');
          push(`${type}StateExited`);
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
