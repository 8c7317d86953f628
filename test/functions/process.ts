import { execFile } from 'node:child_process';
import { z } from 'zod';
import { ENVIRONMENT } from './data.ts';

const answerSchema = z.object({ result: z.unknown().optional(), error: z.string().optional() });
const line = z.looseObject({ correlation_id: z.string().optional(), message: z.string().optional() });

/**
 * Runs the function in a process of its own, as Lambda does; its answers, and the lines that it logged.
 * @param module the file to run in place of the source: a packaged one.
 */
export async function invokeFunction(
  origin: string,
  name: string,
  events: unknown[],
  env: Record<string, string> = {},
  module?: string,
) {
  const output = await new Promise<string>((resolve, reject) => {
    const child = execFile(
      process.execPath,
      ['test/functions/invoke.ts', name, ...(module === undefined ? [] : [module])],
      {
        env: {
          ...ENVIRONMENT,
          AWS_REGION: 'us-east-1',
          AWS_ACCESS_KEY_ID: 'test',
          AWS_SECRET_ACCESS_KEY: 'test',
          AWS_ENDPOINT_URL: origin,
          ...env,
        },
        maxBuffer: 64 * 1024 * 1024,
      },
      (error, stdout, stderr) => (error === null ? resolve(stdout + stderr) : reject(new Error(stderr))),
    );
    child.stdin?.end(JSON.stringify(events));
  });
  const lines = output.split('\n').filter((text) => text !== '');
  const isAnswer = (text: string) => text.startsWith('ANSWER ');
  return {
    output,
    answers: lines.filter(isAnswer).map((text) => answerSchema.parse(JSON.parse(text.slice(7)))),
    logged: lines.filter((text) => !isAnswer(text)).map((text) => line.parse(JSON.parse(text))),
  };
}
