import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { arn } from './account.ts';

export interface InvokeTask {
  functionName: string;
  event: unknown;
  timeoutSeconds: number;
}

type Handler = (event: unknown, context: Context) => Promise<unknown>;

/** Amazon Connect's functions are in a room of their own. */
const CONNECT = new Set(['listen-to-call', 'check-caller']);

/** Loaded once a thread, as an execution environment loads its function once. */
const handlers = new Map<string, Promise<{ handler: Handler }>>();

function contextOf({ functionName, timeoutSeconds }: InvokeTask): Context {
  const deadline = Date.now() + timeoutSeconds * 1000;
  const unused = () => undefined;
  return {
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: arn('lambda', `function:${functionName}`),
    memoryLimitInMB: '1024',
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: unused,
    fail: unused,
    succeed: unused,
  };
}

/** An error goes as its name and message: between threads it would lose its name. */
export type Invoked = { result: unknown } | { error: { name: string; message: string } };

/** One invocation. Event and result go through JSON, as they do on AWS. */
export default async function invoke(task: InvokeTask): Promise<Invoked> {
  try {
    return { result: await call(task) };
  } catch (error) {
    if (!(error instanceof Error)) return { error: { name: 'Error', message: String(error) } };
    return { error: { name: error.name, message: error.message } };
  }
}

async function call(task: InvokeTask): Promise<unknown> {
  const { functionName } = task;
  let loading = handlers.get(functionName);
  if (loading === undefined) {
    const room = CONNECT.has(functionName) ? 'connect' : 'functions';
    loading = import(`../${room}/${functionName}/index.ts`);
    handlers.set(functionName, loading);
  }
  const { handler } = await loading;
  const result = await handler(JSON.parse(JSON.stringify(task.event)), contextOf(task));
  return result === undefined ? null : JSON.parse(JSON.stringify(result));
}
