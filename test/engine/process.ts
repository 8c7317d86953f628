import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { VoiceIDClient } from '@aws-sdk/client-voice-id';
import { z } from 'zod';
import { ACCESS_KEY } from './harness.ts';
import { type Answer, type Asked, type Aws, ENCRYPTION_KEY, startAws } from './lambda/aws.ts';

export interface EngineProcess {
  pid: number;
  port: number;
  origin: string;
  client: VoiceIDClient;
  /** Its exit code; null where a signal ended it. */
  exited: Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
  /** Kills and waits for the end. */
  stop(signal: NodeJS.Signals): Promise<void>;
}

const logLine = z.looseObject({ message: z.string() });
export type LogLine = z.infer<typeof logLine>;

function servedPort(child: ChildProcess, log: (line: LogLine) => void): Promise<number> {
  const { stdout } = child;
  if (stdout === null) throw new Error('The engine has no output.');
  return new Promise((done, fail) => {
    const lines = createInterface(stdout);
    lines.on('line', (text) => {
      const line = logLine.parse(JSON.parse(text));
      log(line);
      if (line.message === 'Serving') done(z.number().parse(line.port));
    });
    lines.once('close', () => fail(new Error('The engine ended before it served.')));
  });
}

/**
 * `npm run engine` in a process of its own, with all its AWS services at one origin.
 * @param log told of each line that it logs.
 */
export async function spawnEngine(
  awsOrigin: string,
  env: NodeJS.ProcessEnv = {},
  log: (line: LogLine) => void = () => undefined,
): Promise<EngineProcess> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'engine/main.ts', '--port', '0', '--host', '127.0.0.1'],
    {
      env: {
        PATH: process.env.PATH,
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
        AWS_REGION: 'us-east-1',
        AWS_ENDPOINT_URL: awsOrigin,
        AWS_ACCESS_KEY_ID: 'container',
        AWS_SECRET_ACCESS_KEY: 'container-secret',
        VIVAVOCE_CREDENTIALS: `${ACCESS_KEY.accessKeyId}:${ACCESS_KEY.secretAccessKey}`,
        VIVAVOCE_ENCRYPTION_KEY: ENCRYPTION_KEY,
        VIVAVOCE_WORKERS: '1',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const port = await servedPort(child, log);
  const origin = `http://127.0.0.1:${port}`;
  return {
    pid: child.pid ?? 0,
    port,
    origin,
    client: new VoiceIDClient({ region: 'us-east-1', endpoint: origin, credentials: ACCESS_KEY }),
    exited,
    kill: (signal) => void child.kill(signal),
    async stop(signal) {
      child.kill(signal);
      await exited;
    },
  };
}

/** The same on a DynamoDB in memory; other services answer as `answer` does. */
export async function startEngineProcess(
  answer: (asked: Asked) => Answer = () => ({ status: 404, body: '<Error><Code>NoSuchKey</Code></Error>' }),
  env: NodeJS.ProcessEnv = {},
): Promise<EngineProcess & { aws: Aws }> {
  const aws = await startAws(answer);
  const engine = await spawnEngine(aws.origin, env);
  return {
    ...engine,
    aws,
    async stop(signal) {
      await engine.stop(signal);
      await aws.stop();
    },
  };
}
