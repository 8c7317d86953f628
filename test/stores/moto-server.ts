import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

/** moto's server, as VIVAVOCE_MOTO_SERVER or the PATH have it; undefined where it is not installed. */
export const motoServer: string | undefined = [process.env.VIVAVOCE_MOTO_SERVER, 'moto_server'].find(
  (command) => command !== undefined && spawnSync(command, ['--help'], { stdio: 'ignore' }).status === 0,
);

export const NOT_INSTALLED =
  "moto's server is not installed: pip install 'moto[server]', or name it in VIVAVOCE_MOTO_SERVER";

export interface Moto {
  origin: string;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/** AWS as https://docs.getmoto.org has it: S3, SQS, Step Functions, STS, DynamoDB on one port, in memory. */
export async function startMoto(): Promise<Moto> {
  if (motoServer === undefined) throw new Error(NOT_INSTALLED);
  const port = await freePort();
  const child = spawn(motoServer, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const origin = `http://127.0.0.1:${port}`;
  for (;;) {
    const answer = await fetch(`${origin}/moto-api/`).catch(() => undefined);
    if (answer?.ok) break;
    if (child.exitCode !== null) throw new Error(`moto's server ended with ${child.exitCode} before it served.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    origin,
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
