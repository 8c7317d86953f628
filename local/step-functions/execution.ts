import { StateMachine } from 'aws-local-stepfunctions';
import { z } from 'zod';
import type { Lambda } from '../lambda.ts';

/** What an execution may call. */
export interface ExecutionDeps {
  lambda: Lambda;
  putEvents(input: unknown): object;
}

export interface ExecutionResult {
  status: 'SUCCEEDED' | 'FAILED' | 'ABORTED';
  output?: unknown;
  error?: string;
  cause?: string;
}

export interface Running {
  abort(): void;
  result: Promise<ExecutionResult>;
}

type Definition = ConstructorParameters<typeof StateMachine>[0];
type Overrides = NonNullable<NonNullable<Parameters<StateMachine['run']>[1]>['overrides']>;
type Handlers = NonNullable<Overrides['taskResourceLocalHandlers']>;
/** One line of the interpreter's log; the package does not export the type. */
export type EventLog = ReturnType<StateMachine['run']>['eventLogs'] extends AsyncGenerator<infer Event> ? Event : never;
type Input = Parameters<StateMachine['run']>[0];

/** The deployed definition, with its substitutions made. */
export function substitute(asl: string, substitutions: Record<string, string>): string {
  return asl.replace(/\$\{(\w+)\}/g, (_whole, name: string) => {
    const value = substitutions[name];
    if (value === undefined) throw new Error(`The state machine has no substitution for ${name}.`);
    return value;
  });
}

/** Each Task by its resource: a function of ours, or EventBridge's PutEvents. */
function handlersOf(definition: Definition, deps: ExecutionDeps): Handlers {
  const handlers: Handlers = {};
  for (const [name, state] of Object.entries(definition.States)) {
    if (state.Type !== 'Task' || !('Resource' in state)) continue;
    const { Resource: resource } = state;
    const functionName = /:function:([^:]+)$/.exec(resource)?.[1];
    if (functionName !== undefined) {
      handlers[name] = async (input) => (await deps.lambda.invoke(functionName, input)) as Input;
    } else if (resource === 'arn:aws:states:::events:putEvents') {
      handlers[name] = async (input) => putEvents(input, deps) as Input;
    } else throw new Error(`The local cloud runs no task ${resource}.`);
  }
  return handlers;
}

/** An error of a service integration, under the name by which Retry and Catch know it. */
export class IntegrationError extends Error {
  override readonly name: string;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

const putResult = z.looseObject({ FailedEntryCount: z.number() });

/**
 * PutEvents as Step Functions' integration makes it: where the API counts the entries that failed, it throws.
 * @throws IntegrationError EventBridge.FailedEntry
 */
function putEvents(input: unknown, deps: ExecutionDeps): object {
  const result = putResult.parse(deps.putEvents(withDetailText(input)));
  if (result.FailedEntryCount > 0) throw new IntegrationError('EventBridge.FailedEntry', JSON.stringify(result));
  return result;
}

/** Step Functions' integration takes Detail as an object; the API takes it as text. */
function withDetailText(input: unknown): unknown {
  const { Entries } = input as { Entries: { Detail: unknown }[] };
  return { Entries: Entries.map((entry) => ({ ...entry, Detail: JSON.stringify(entry.Detail) })) };
}

/** Starts an execution of the definition, from its start. */
export type Execute = (
  input: unknown,
  context: { Execution: Record<string, unknown> },
  onEvent: (event: EventLog) => void,
) => Running;

/**
 * The deployed definition, ready to be executed any number of times.
 * Not checked here: that it is sound is a test's matter, and compiling the checks took a sixth of the cloud's start.
 */
export function createInterpreter(definitionJson: string, deps: ExecutionDeps): Execute {
  const definition = JSON.parse(definitionJson) as Definition;
  const machine = new StateMachine(definition, { validationOptions: { noValidate: true } });
  const taskResourceLocalHandlers = handlersOf(definition, deps);
  return (input, context, onEvent) => {
    const run = machine.run(input as Input, {
      overrides: { taskResourceLocalHandlers },
      context: { ...context, State: { EnteredTime: new Date().toISOString() } },
    });
    void (async () => {
      for await (const event of run.eventLogs) onEvent(event);
    })();
    const result = run.result.then(
      (output): ExecutionResult => ({ status: 'SUCCEEDED', output }),
      (error: unknown): ExecutionResult => {
        if (error instanceof Error && error.name === 'ExecutionAborted') return { status: 'ABORTED' };
        const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
        const [name, message] = cause instanceof Error ? [cause.name, cause.message] : ['Error', String(cause)];
        return { status: 'FAILED', error: name, cause: message };
      },
    );
    return { abort: run.abort, result };
  };
}
