/**
 * A Lambda of its own: imports the handler named on the command line, or that of the module named after it, gives it the events on its standard input one
 * after the other, and prints a line for each with what came of it.
 */
import { text } from 'node:stream/consumers';

const name = process.argv[2] ?? '';
const events: unknown[] = JSON.parse(await text(process.stdin));
const { handler } = await import(process.argv[3] ?? `../../functions/${name}/index.ts`);
for (const event of events) {
  const context = {
    functionName: name,
    functionVersion: '1',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:123456789012:function:${name}`,
    memoryLimitInMB: '512',
    awsRequestId: crypto.randomUUID(),
    logGroupName: 'group',
    logStreamName: 'stream',
    getRemainingTimeInMillis: () => 60_000,
  };
  const answer = await handler(event, context).then(
    (result: unknown) => ({ result }),
    (error: Error) => ({ error: error.name }),
  );
  process.stdout.write(`\nANSWER ${JSON.stringify(answer)}\n`);
}
