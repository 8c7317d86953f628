import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { bundle } from '../../infra/bundle.ts';
import { execution } from './data.ts';
import { fakeAws } from './fake-aws.ts';
import { invokeFunction } from './process.ts';

const TRACE = '1-5759e988-bd862e3fe1be46a994272793';
const segmentSchema = z.looseObject({
  name: z.string(),
  trace_id: z.string().optional(),
  namespace: z.string().optional(),
  aws: z.looseObject({ operation: z.string().optional() }).optional(),
});

/** What X-Ray's daemon is sent: a line with the form's version, and the segment. */
async function listenAsDaemon() {
  const socket = createSocket('udp4');
  const segments: z.infer<typeof segmentSchema>[] = [];
  socket.on('message', (packet) => {
    const [, body = ''] = packet.toString('utf8').split('\n');
    segments.push(segmentSchema.parse(JSON.parse(body)));
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { socket, segments, address: `127.0.0.1:${socket.address().port}` };
}

test('a packaged function’s traces have its handler, and each call of an AWS client once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vivavoce-traces-'));
  const server = await fakeAws().serve();
  const daemon = await listenAsDaemon();
  try {
    const file = join(folder, 'index.mjs');
    await bundle('functions/poll-enrollment/index.ts', file);
    const env = {
      LAMBDA_TASK_ROOT: folder,
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      _HANDLER: 'index.handler',
      _X_AMZN_TRACE_ID: `Root=${TRACE};Parent=53995c3f42cd8ad8;Sampled=1`,
      AWS_XRAY_DAEMON_ADDRESS: daemon.address,
    };
    const { answers } = await invokeFunction(server.origin, 'poll-enrollment', [execution()], env, file);
    expect(answers).toMatchObject([{ result: { next: 'END' } }]);
    await expect.poll(() => daemon.segments.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
    expect(daemon.segments.map(({ name }) => name).toSorted()).toEqual(['## index.handler', 'VoiceID']);
    expect(daemon.segments).toContainEqual(
      expect.objectContaining({
        namespace: 'aws',
        aws: expect.objectContaining({ operation: 'DescribeSpeakerEnrollmentJob' }),
      }),
    );
    expect(new Set(daemon.segments.map(({ trace_id }) => trace_id))).toEqual(new Set([TRACE]));
  } finally {
    daemon.socket.close();
    server.close();
    await rm(folder, { recursive: true });
  }
});
