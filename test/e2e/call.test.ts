import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { DescribeSpeakerCommand, EvaluateSessionCommand } from '@aws-sdk/client-voice-id';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkCaller, listenToCall } from '../../cli/call/flow.ts';
import { type Moment, playCall } from '../../cli/call/play-call.ts';
import { callers } from '../../cli/demo/callers.ts';
import { signedFetch } from '../../clients/signed-fetch.ts';
import { AGENT, CUSTOMER } from '../../connect/call/fragments.ts';
import { clusterElement, fileHead, tracksElement } from '../../local/matroska-writer.ts';
import { streamArn } from '../../local/video-streams.ts';
import { recordCall } from '../speech.ts';
import { startTestCloud, type TestCloud } from './cloud.ts';

const HEADER_BYTES = 44;
const samplesOf = (wav: Uint8Array) => wav.subarray(HEADER_BYTES);

let test: TestCloud;
let lambda: LambdaClient;
/** Anna, Bert, and something else that Anna says. */
let anna: Uint8Array;
let bert: Uint8Array;
let annaAgain: Uint8Array;

beforeAll(async () => {
  const [one = { voice: 'slt' as const }, two = one] = callers;
  // A stream that stands still for less than this is of a call that goes on: a busy machine's do.
  test = await startTestCloud({ CALL_IDLE_SECONDS: '4' });
  const { origin, accessKey } = test.cloud;
  lambda = new LambdaClient({ region: 'us-east-1', endpoint: origin, credentials: accessKey });
  [anna, bert, annaAgain] = await Promise.all([recordCall(one, 0, 7), recordCall(two, 2, 5), recordCall(one, 4, 3)]);
}, 300_000);
afterAll(() => test?.stop(), 300_000);

const play = async (turns: { who: string; wav: Uint8Array }[], flow: Parameters<typeof playCall>[0]['flow']) => {
  const moments: Moment[] = [];
  const spoken = turns.map(({ who, wav }) => ({ who, samples: samplesOf(wav) }));
  const cloud = { origin: test.cloud.origin, lambda };
  const contactId = await playCall({ turns: spoken, flow, speed: 60, patienceMs: 200_000 }, cloud, (moment) =>
    moments.push(moment),
  );
  return { contactId, moments };
};

async function keysOf(bucket: string): Promise<string[]> {
  const { Contents = [] } = await test.s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  return Contents.map(({ Key = '' }) => Key);
}

const statusOf = async (SpeakerId: string) => {
  const { Speaker } = await test.voiceId.send(new DescribeSpeakerCommand({ DomainId: test.cloud.domainId, SpeakerId }));
  return Speaker?.Status;
};

describe('calls', () => {
  it('one with consent ends as an enrolled speaker, one without leaves nothing', { timeout: 300_000 }, async () => {
    const [consented, silent] = await Promise.all([
      play([{ who: 'Anna', wav: anna }], { speakerId: 'anna', enrollmentConsent: true }),
      play([{ who: 'Bert', wav: bert }], { speakerId: 'bert' }),
    ]);
    for (const { moments } of [consented, silent]) {
      expect(moments.at(-1)?.check).toMatchObject({
        enrollmentStatus: 'NOT_ENROLLED',
        authentication: 'NOT_ENROLLED',
        streaming: 'ENDED',
        fraud: 'LOW_RISK',
      });
    }
    const manifest = `from-calls/${consented.contactId}.json`;
    const [ending] = await test.endings([manifest]);
    expect(ending?.detail).toMatchObject({ status: 'COMPLETED', counts: { requested: 1, enrolled: 1 } });
    expect(await statusOf('anna')).toBe('ENROLLED');
    expect(await keysOf('vivavoce-manifests')).toEqual([manifest]);
    expect(await keysOf('vivavoce-recordings')).toEqual([`from-calls/${consented.contactId}.wav`]);
    await expect(statusOf('bert')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('who takes over an enrolled caller’s line is found out', { timeout: 300_000 }, async () => {
    const turns = [
      { who: 'Anna', wav: annaAgain },
      { who: 'Bert', wav: bert },
    ];
    const { moments } = await play(turns, { speakerId: 'anna', enrollmentConsent: true });
    const of = (who: string) => moments.filter((moment) => moment.who === who).map(({ check }) => check.authentication);
    expect(of('Anna')).toContain('AUTHENTICATED');
    expect(of('Anna')).not.toContain('NOT_AUTHENTICATED');
    expect(of('Bert').at(-1)).toBe('NOT_AUTHENTICATED');
    expect(of('Bert').lastIndexOf('AUTHENTICATED')).toBeLessThan(of('Bert').indexOf('NOT_AUTHENTICATED'));
    // She is enrolled already: with or without consent there is nothing to keep.
    expect(await keysOf('vivavoce-recordings')).toHaveLength(1);
    expect(test.logs()).not.toMatch(/anna|bert/i);
  });
});

const hasFfmpeg = await promisify(execFile)('ffmpeg', ['-version']).then(
  () => true,
  () => false,
);

/** A Matroska file of two tracks, the customer's the second: ffmpeg's, where it is installed. */
const files: Record<string, (wav: Uint8Array) => Promise<Uint8Array>> = hasFfmpeg
  ? {
      'ffmpeg’s': async (wav) => {
        const folder = await mkdtemp(join(tmpdir(), 'vivavoce-ffmpeg-'));
        try {
          const [input, output] = [join(folder, 'call.wav'), join(folder, 'call.mkv')];
          await writeFile(input, wav);
          const silence = [
            '-f',
            'lavfi',
            '-i',
            'anullsrc=r=8000:cl=mono',
            '-i',
            input,
            '-map',
            '0',
            '-map',
            '1',
            '-shortest',
          ];
          const tracks = ['-metadata:s:a:0', `title=${AGENT}`, '-metadata:s:a:1', `title=${CUSTOMER}`];
          const pcm = ['-c:a', 'pcm_s16le', '-ar', '8000', '-ac', '1', '-cluster_time_limit', '1000'];
          await promisify(execFile)('ffmpeg', ['-v', 'error', ...silence, ...tracks, ...pcm, output]);
          return await readFile(output);
        } finally {
          await rm(folder, { recursive: true });
        }
      },
    }
  : {
      'our own writer’s': async (wav) => {
        const samples = samplesOf(wav);
        const clusters = Array.from({ length: Math.ceil(samples.length / 16_000) }, (_, second) => {
          const part = samples.subarray(second * 16_000, (second + 1) * 16_000);
          return clusterElement(second * 1000, [new Uint8Array(part.length), part]);
        });
        return Buffer.concat([fileHead(), tracksElement([AGENT, CUSTOMER]), ...clusters]);
      },
    };

it.each(Object.entries(files))(
  '%s Matroska file comes to the same verdict as the WAV file',
  async (_, make) => {
    const { origin, domainId, accessKey } = test.cloud;
    const contactId = randomUUID();
    const name = `file-${contactId}`;
    const body = Buffer.from(await make(annaAgain));
    const put = await fetch(`${origin}/putMedia`, { method: 'POST', headers: { 'x-amzn-stream-name': name }, body });
    const [first = ''] = (await put.text()).split('\n');
    const { FragmentNumber } = z.object({ FragmentNumber: z.string() }).parse(JSON.parse(first));
    const line = {
      contactId,
      streamName: name,
      streamArn: streamArn(name),
      startFragment: String(BigInt(FragmentNumber) - 1n),
      say: () => undefined,
      hangUp: () => undefined,
    };
    await listenToCall(lambda, line, { speakerId: 'anna' });
    while ((await checkCaller(lambda, line, { speakerId: 'anna' })).streaming !== 'ENDED') {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const session = `wav-${randomUUID().slice(0, 8)}`;
    const engine = { origin, region: 'us-east-1', credentials: accessKey };
    const path = `/_sessions/${domainId}/${session}/audio`;
    const query = { speakerId: 'anna', end: 'true' };
    const fed = await signedFetch(engine, { method: 'POST', path, query, body: annaAgain });
    expect(fed.status).toBe(200);
    const verdict = async (SessionNameOrId: string) => {
      const evaluated = await test.voiceId.send(new EvaluateSessionCommand({ DomainId: domainId, SessionNameOrId }));
      const { Decision, Score } = evaluated.AuthenticationResult ?? {};
      return { Decision, Score, risk: evaluated.FraudDetectionResult?.Decision };
    };
    const byCall = await verdict(contactId);
    expect(byCall).toEqual(await verdict(session));
    expect(byCall).toMatchObject({ Decision: 'ACCEPT' });
  },
  120_000,
);
