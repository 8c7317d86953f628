import { AwsError } from './aws-error.ts';
import { FunctionError, type Lambda } from './lambda.ts';

/** What `Invoke` answers: its status, its headers, and the function's own answer. */
export interface InvokeAnswer {
  statusCode: number;
  headers: Record<string, string>;
  body: unknown;
}

const FUNCTIONS = new Set([
  'start-enrollment',
  'start-job',
  'poll-enrollment',
  'summarize-enrollment',
  'listen-to-call',
  'check-caller',
]);

/** The function that a request to Lambda's `Invoke` is for; undefined for any other request. */
export function invokedFunction(path: string): string | undefined {
  const name = /^\/2015-03-31\/functions\/([^/?]+)\/invocations/.exec(path)?.[1];
  return name === undefined ? undefined : decodeURIComponent(name).replace(/^.*:function:/, '');
}

/** `Invoke`, waiting for the function's answer or (`Event`) not; a function that fails then is told to `failed`. */
export async function invoke(
  functionName: string,
  invocationType: string,
  event: unknown,
  { lambda, failed }: { lambda: Lambda; failed: (functionName: string, error: unknown) => void },
): Promise<InvokeAnswer> {
  if (!FUNCTIONS.has(functionName)) {
    throw new AwsError('ResourceNotFoundException', `Function not found: ${functionName}`, 404);
  }
  if (invocationType === 'Event') {
    void lambda.invoke(functionName, event).catch((error) => failed(functionName, error));
    return { statusCode: 202, headers: {}, body: undefined };
  }
  try {
    return { statusCode: 200, headers: {}, body: await lambda.invoke(functionName, event) };
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
    const body = { errorType: error.name, errorMessage: error.message };
    return { statusCode: 200, headers: { 'x-amz-function-error': 'Unhandled' }, body };
  }
}
