import { Piscina } from 'piscina';
import type { Invoked, InvokeTask } from './lambda-worker.ts';

/** What AWS would tell an asynchronous invocation's caller of a function that failed. */
export class FunctionError extends Error {
  /** The error's name in the function: what Retry and Catch match. */
  override readonly name: string;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

export interface Lambda {
  /** @throws FunctionError with the name of the error that the function threw. */
  invoke(functionName: string, event: unknown, signal?: AbortSignal): Promise<unknown>;
  close(): Promise<void>;
}

/** How many invocations run at once: each in a thread of its own, as each has an environment of its own on AWS. */
const CONCURRENCY = 4;
/** Calls that are listened to at once, beside them: each takes an invocation for as long as it lasts. */
const LISTENERS = 8;
/** Seconds; the stack's. */
const TIMEOUT_SECONDS = 120;
const LISTENING_SECONDS = 900;

/** Runs the handlers of `functions/` and `connect/` from source, with `env` as all of their environment. */
export function createLambda(env: Record<string, string>): Lambda {
  const { NODE_COMPILE_CACHE } = process.env;
  const threads = {
    filename: new URL('./lambda-worker.ts', import.meta.url).href,
    env: { ...env, ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }) },
    idleTimeout: 30_000,
  };
  const functions = new Piscina<InvokeTask, Invoked>({ ...threads, minThreads: 1, maxThreads: CONCURRENCY });
  const listeners = new Piscina<InvokeTask, Invoked>({ ...threads, minThreads: 0, maxThreads: LISTENERS });
  return {
    async invoke(functionName, event, signal) {
      const listens = functionName === 'listen-to-call';
      const timeoutSeconds = listens ? LISTENING_SECONDS : TIMEOUT_SECONDS;
      const pool = listens ? listeners : functions;
      const timeout = AbortSignal.timeout(timeoutSeconds * 1000);
      const task = { functionName, event, timeoutSeconds };
      let invoked: Invoked;
      try {
        invoked = await pool.run(task, { signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]) });
      } catch (cause) {
        const late = timeout.aborted;
        throw new FunctionError(
          late ? 'States.Timeout' : 'Lambda.Unknown',
          late ? `${functionName} timed out.` : String(cause),
        );
      }
      if ('error' in invoked) throw new FunctionError(invoked.error.name, invoked.error.message);
      return invoked.result;
    },
    async close() {
      await Promise.all([functions.destroy(), listeners.destroy()]);
    },
  };
}
