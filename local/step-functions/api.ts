import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { arn, STATE_MACHINE, stateMachineArn } from '../account.ts';
import { AwsError } from '../aws-error.ts';
import type { BusEvent } from '../event-bus/bus.ts';
import { readJson, writeFileDurably } from '../files.ts';
import { createInterpreter, type ExecutionDeps, type Running } from './execution.ts';
import { endedAs, type Happened, happened } from './history.ts';

const historyEvent = z
  .object({ id: z.number(), previousEventId: z.number(), type: z.string(), timestamp: z.number() })
  .loose();

/** An execution as it is kept: one file each. */
const keptSchema = z.object({
  name: z.string(),
  input: z.string(),
  status: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'ABORTED', 'TIMED_OUT']),
  startDate: z.number(),
  stopDate: z.number().optional(),
  output: z.string().optional(),
  error: z.string().optional(),
  cause: z.string().optional(),
  history: z.array(historyEvent),
});
type Kept = z.infer<typeof keptSchema>;

export interface StepFunctions {
  /** One action of the Step Functions API. @throws AwsError */
  call(action: string, input: unknown): object;
  /** Goes on with the executions that an earlier process left running. Every step is idempotent: from the start. */
  resume(): void;
  stop(): Promise<void>;
}

const ofExecution = z.object({ executionArn: z.string() });
const ofMachine = z.object({ stateMachineArn: z.string() });
const inputs = {
  StartExecution: z.object({
    stateMachineArn: z.string(),
    name: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,80}$/, 'InvalidName')
      .optional(),
    input: z.string().max(262_144).default('{}'),
  }),
  StopExecution: ofExecution.extend({ error: z.string().optional(), cause: z.string().optional() }),
  ListExecutions: ofMachine.extend({
    statusFilter: z.string().optional(),
    maxResults: z.number().int().min(0).max(1000).default(100),
    nextToken: z.string().optional(),
  }),
  GetExecutionHistory: ofExecution.extend({
    maxResults: z.number().int().min(0).max(1000).default(100),
    reverseOrder: z.boolean().default(false),
    nextToken: z.string().optional(),
  }),
};

function parse<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const name = issue?.message === 'InvalidName' ? 'InvalidName' : 'ValidationException';
  throw new AwsError(name, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`);
}

const executionArn = (name: string) => arn('states', `execution:${STATE_MACHINE}:${name}`);
/**
 * The local Step Functions: one state machine, its executions kept in `directory`.
 * @param tell puts the service's own events on the default bus.
 */
export function createStepFunctions(
  definition: string,
  directory: string,
  deps: ExecutionDeps,
  tell: (event: BusEvent) => void,
): StepFunctions {
  mkdirSync(directory, { recursive: true });
  const executions = new Map<string, Kept>();
  const running = new Map<string, Running>();
  const execute = createInterpreter(definition, deps);
  let stopping = false;
  const fileOf = (name: string) => join(directory, `${name}.json`);
  const save = (kept: Kept) => writeFileDurably(fileOf(kept.name), JSON.stringify(kept));
  for (const file of readdirSync(directory)) {
    if (!file.endsWith('.json')) continue;
    const kept = keptSchema.parse(readJson(join(directory, file)));
    executions.set(kept.name, kept);
  }

  const tellStatus = (kept: Kept) =>
    tell({
      source: 'aws.states',
      'detail-type': 'Step Functions Execution Status Change',
      resources: [executionArn(kept.name)],
      detail: {
        executionArn: executionArn(kept.name),
        stateMachineArn,
        name: kept.name,
        status: kept.status,
        startDate: kept.startDate,
        stopDate: kept.stopDate ?? null,
        input: kept.input,
        inputDetails: { included: true },
        output: kept.output ?? null,
        error: kept.error ?? null,
        cause: kept.cause ?? null,
      },
    });

  const note = (kept: Kept, event: Happened | undefined) => {
    if (event === undefined) return;
    const id = kept.history.length + 1;
    const { type, at, details } = event;
    kept.history.push({ id, previousEventId: id - 1, type, timestamp: at / 1000, ...details });
  };

  const end = (kept: Kept, ended: Partial<Kept> & Pick<Kept, 'status'>) => {
    const now = Date.now();
    Object.assign(kept, ended, { stopDate: now });
    note(kept, endedAs(kept, now));
    // First the event, then the file: a crash between the two tells it again, and its receiver knows repeats.
    tellStatus(kept);
    save(kept);
  };

  const run = (kept: Kept) => {
    const context = {
      Execution: {
        Id: executionArn(kept.name),
        Name: kept.name,
        Input: JSON.parse(kept.input),
        StartTime: new Date(kept.startDate).toISOString(),
      },
      StateMachine: { Id: stateMachineArn, Name: STATE_MACHINE },
    };
    kept.history = [];
    const execution = execute(JSON.parse(kept.input), context, (event) => {
      if (kept.status === 'RUNNING') note(kept, happened(event));
    });
    running.set(kept.name, execution);
    void execution.result.then((result) => {
      running.delete(kept.name);
      if (stopping || kept.status !== 'RUNNING') return;
      if (result.status === 'SUCCEEDED') end(kept, { status: 'SUCCEEDED', output: JSON.stringify(result.output) });
      else end(kept, { status: result.status, error: result.error, cause: result.cause });
    });
  };

  const find = (input: unknown) => {
    const { executionArn: wanted } = parse(ofExecution.loose(), input);
    const kept = executions.get(wanted.slice(wanted.lastIndexOf(':') + 1));
    if (kept === undefined || executionArn(kept.name) !== wanted) {
      throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${wanted}'`);
    }
    return kept;
  };
  const machine = (input: unknown) => {
    const { stateMachineArn: wanted } = parse(ofMachine.loose(), input);
    if (wanted !== stateMachineArn)
      throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${wanted}'`);
  };
  const summary = (kept: Kept) => ({
    executionArn: executionArn(kept.name),
    stateMachineArn,
    name: kept.name,
    status: kept.status,
    startDate: kept.startDate / 1000,
    ...(kept.stopDate !== undefined && { stopDate: kept.stopDate / 1000 }),
  });
  const page = <T>(all: readonly T[], size: number, token: string | undefined) => {
    const from = Number(token ?? 0) || 0;
    const to = from + (size === 0 ? 100 : size);
    return { items: all.slice(from, to), ...(to < all.length && { nextToken: String(to) }) };
  };

  const actions: Record<string, (input: unknown) => object> = {
    StartExecution(input) {
      const { name = crypto.randomUUID(), input: given } = parse(inputs.StartExecution, input);
      machine(input);
      try {
        JSON.parse(given);
      } catch {
        throw new AwsError('InvalidExecutionInput', 'The execution input is not JSON.');
      }
      const there = executions.get(name);
      if (there !== undefined) {
        if (there.status === 'RUNNING' && there.input === given) {
          return { executionArn: executionArn(name), startDate: there.startDate / 1000 };
        }
        throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${executionArn(name)}'`);
      }
      const kept: Kept = { name, input: given, status: 'RUNNING', startDate: Date.now(), history: [] };
      executions.set(name, kept);
      save(kept);
      run(kept);
      return { executionArn: executionArn(name), startDate: kept.startDate / 1000 };
    },
    StopExecution(input) {
      const kept = find(input);
      const { error, cause } = parse(inputs.StopExecution, input);
      if (kept.status === 'RUNNING') {
        const execution = running.get(kept.name);
        end(kept, { status: 'ABORTED', error, cause });
        execution?.abort();
      }
      return { stopDate: (kept.stopDate ?? Date.now()) / 1000 };
    },
    DescribeExecution(input) {
      const { input: given, output, error, cause, ...kept } = find(input);
      return {
        ...summary({ ...kept, input: given }),
        input: given,
        inputDetails: { included: true },
        ...(output !== undefined && { output, outputDetails: { included: true } }),
        ...(error !== undefined && { error }),
        ...(cause !== undefined && { cause }),
      };
    },
    ListExecutions(input) {
      const { statusFilter, maxResults, nextToken } = parse(inputs.ListExecutions, input);
      machine(input);
      const all = [...executions.values()]
        .filter(({ status }) => statusFilter === undefined || status === statusFilter)
        .sort((a, b) => b.startDate - a.startDate);
      const { items, ...next } = page(all, maxResults, nextToken);
      return { executions: items.map(summary), ...next };
    },
    GetExecutionHistory(input) {
      const { maxResults, nextToken, reverseOrder } = parse(inputs.GetExecutionHistory, input);
      const { history } = find(input);
      const { items, ...next } = page(reverseOrder ? history.toReversed() : history, maxResults, nextToken);
      return { events: items, ...next };
    },
    DescribeStateMachine(input) {
      machine(input);
      return {
        stateMachineArn,
        name: STATE_MACHINE,
        status: 'ACTIVE',
        type: 'STANDARD',
        definition,
        roleArn: arn('iam', 'role/vivavoce-state-machine').replace(':us-east-1:', '::'),
        creationDate: 0,
      };
    },
    ListStateMachines: () => ({
      stateMachines: [{ stateMachineArn, name: STATE_MACHINE, type: 'STANDARD', creationDate: 0 }],
    }),
  };

  return {
    call(action, input) {
      const handler = Object.hasOwn(actions, action) ? actions[action] : undefined;
      if (handler === undefined) {
        throw new AwsError('UnknownOperationException', `Step Functions' ${action} is not served by this local cloud.`);
      }
      return handler(input);
    },
    resume() {
      for (const kept of executions.values()) if (kept.status === 'RUNNING') run(kept);
    },
    async stop() {
      stopping = true;
      const left = [...running.values()];
      for (const execution of left) execution.abort();
      await Promise.all(left.map(({ result }) => result));
    },
  };
}
