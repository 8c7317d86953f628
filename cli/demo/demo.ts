import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeSpeakerEnrollmentJobCommand, VoiceIDClient } from '@aws-sdk/client-voice-id';
import { z } from 'zod';
import { readWav } from '../../engine/audio/wav.ts';
import { MANIFESTS, RECORDINGS, REGION } from '../../local/account.ts';
import { type Cloud, startCloud } from '../../local/cloud.ts';
import { showMoments } from '../call/moments.ts';
import { playCall } from '../call/play-call.ts';
import { readOutcome } from '../output-file.ts';
import { subscribe } from '../subscribe.ts';
import { print, table } from '../terminal.ts';
import { callers, recordCall } from './callers.ts';
import { type DemoSpeaker, ownSpeakers, syntheticSpeakers } from './recordings.ts';

const MANIFEST = 'monday-calls.json';
/** Long enough for thousands of recordings. */
const PATIENCE_MS = 60 * 60_000;

const eventSchema = z.object({
  'detail-type': z.string(),
  source: z.string(),
  detail: z.looseObject({ jobId: z.string().optional(), status: z.string().optional() }),
});

/** One line that is written over where someone watches, and left out where nobody does. */
function progress(text: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[2K${text}`);
}

async function upload(speakers: readonly DemoSpeaker[], withBroken: boolean, s3: S3Client): Promise<void> {
  const put = (Bucket: string, Key: string, Body: Uint8Array | string) =>
    s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  const requests = [];
  for (const [index, { speakerId, recordings }] of speakers.entries()) {
    const specifications = [];
    for (const { name, bytes } of recordings) {
      const key = `${speakerId}/${name}`;
      await put(RECORDINGS, key, bytes);
      specifications.push({ S3Uri: `s3://${RECORDINGS}/${key}`, ChannelId: 0 });
    }
    requests.push({ RequestId: `request-${index + 1}`, SpeakerId: speakerId, AudioSpecifications: specifications });
  }
  if (withBroken) {
    await put(RECORDINGS, 'broken/call.wav', 'This is no recording.');
    const AudioSpecifications = [{ S3Uri: `s3://${RECORDINGS}/broken/call.wav`, ChannelId: 0 }];
    requests.push({ RequestId: `request-${requests.length + 1}`, SpeakerId: 'caller-broken', AudioSpecifications });
  }
  await put(MANIFESTS, MANIFEST, JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests: requests }));
  print(`Dropped s3://${MANIFESTS}/${MANIFEST}: ${requests.length} requests.`);
}

/** Percent done, on one line, until `signal`. */
async function watch(jobId: string, cloud: Cloud, voiceId: VoiceIDClient, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { Job } = await voiceId.send(
      new DescribeSpeakerEnrollmentJobCommand({ DomainId: cloud.domainId, JobId: jobId }),
    );
    progress(`Enrolling: ${Job?.JobStatus} ${Job?.JobProgress?.PercentComplete ?? 0}%`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

const isEnding = (detailType: string) =>
  /(Completed|Completed With Errors|Failed|Timed Out|Rejected)$/.test(detailType);

/** Every event through a rule, until the upload's ending. @returns the job's id, if it came to one. */
async function follow(cloud: Cloud, voiceId: VoiceIDClient, drop: () => Promise<void>): Promise<string | undefined> {
  const stop = new AbortController();
  const timeout = AbortSignal.timeout(PATIENCE_MS);
  const clients = { region: REGION, endpoint: cloud.origin, credentials: cloud.accessKey };
  const received = subscribe({
    bus: 'vivavoce',
    pattern: { source: ['vivavoce.enrollment'] },
    clients,
    signal: timeout,
    subscribed: drop,
  });
  let watching: Promise<void> | undefined;
  try {
    for await (const raw of received) {
      const event = eventSchema.parse(raw);
      progress('');
      print(`Event: ${event['detail-type']}`);
      const { jobId } = event.detail;
      if (isEnding(event['detail-type'])) {
        if (jobId === undefined) print(JSON.stringify(event.detail, null, 2));
        return jobId;
      }
      if (jobId !== undefined) watching ??= watch(jobId, cloud, voiceId, stop.signal);
    }
    return undefined;
  } finally {
    stop.abort();
    await watching;
    progress('');
  }
}

/** So many times faster than speech: the point is seen in a few seconds. */
const CALL_SPEED = 12;
/** Bytes of a turn: what a decision takes, and the listening's lead; longer turns only take longer. */
const TURN_BYTES = 20 * 16_000;

const samplesOf = (wav: Uint8Array): Uint8Array => {
  const samples = Int16Array.from(readWav(wav, 0, 'of the demo'), (sample) => Math.round(sample * 32_767));
  return new Uint8Array(samples.buffer).subarray(0, TURN_BYTES);
};

/** A call of an enrolled speaker, on which somebody else takes over. */
async function call(speakers: readonly DemoSpeaker[], own: boolean, cloud: Cloud): Promise<void> {
  const [first, second] = speakers;
  const [caller] = callers;
  if (first === undefined || second === undefined || caller === undefined) return;
  // Synthetic callers say other sentences than those that they enrolled with.
  const same = own ? first.recordings.at(-1)?.bytes : await recordCall(caller, 4, 4);
  const other = second.recordings.at(-1)?.bytes;
  if (same === undefined || other === undefined) return;
  const { speakerId } = first;
  print(
    `\nA call of ${speakerId}, ${CALL_SPEED} times faster than speech; then ${second.speakerId} takes over the line.\n`,
  );
  const lambda = new LambdaClient({ region: REGION, endpoint: cloud.origin, credentials: cloud.accessKey });
  const turns = [
    { who: speakerId, samples: samplesOf(same) },
    { who: second.speakerId, samples: samplesOf(other) },
  ];
  const shown = showMoments();
  await playCall({ turns, flow: { speakerId }, speed: CALL_SPEED }, { origin: cloud.origin, lambda }, shown.show);
  shown.end();
}

/** @param directory of own recordings; undefined: synthetic callers. @returns the exit code. */
export async function runDemo(directory: string | undefined): Promise<number> {
  const dataDir = await mkdtemp(join(tmpdir(), 'vivavoce-demo-'));
  let cloud: Cloud | undefined;
  try {
    const speaking =
      directory === undefined
        ? syntheticSpeakers((done, total) => progress(`Callers spoken: ${done} of ${total}`))
        : ownSpeakers(directory);
    const [speakers, started] = await Promise.all([
      speaking,
      startCloud({ host: '127.0.0.1', port: 0, dataDir, env: { ...process.env, POWERTOOLS_LOG_LEVEL: 'SILENT' } }),
    ]);
    cloud = started;
    progress('');
    print(
      `Local cloud at ${cloud.origin}, ${speakers.length} speakers ${directory === undefined ? 'synthesized' : `from ${directory}`}.`,
    );
    const clients = { region: REGION, endpoint: cloud.origin, credentials: cloud.accessKey };
    const voiceId = new VoiceIDClient(clients);
    const s3 = new S3Client({ ...clients, forcePathStyle: true });

    const jobId = await follow(cloud, voiceId, () => upload(speakers, directory === undefined, s3));
    if (jobId === undefined) return 1;
    const { s3Uri, rows } = await readOutcome({ DomainId: cloud.domainId, JobId: jobId }, { voiceId, s3 });
    print(
      `\n${table(
        ['request', 'outcome', 'message'],
        rows.map((row) => [row.requestId, row.outcome, row.message]),
      )}`,
    );
    print(`\nOutput: ${s3Uri}`);
    const enrolled = new Set(rows.filter((row) => row.message === '').map((row) => row.requestId));
    await call(
      speakers.filter((_, index) => enrolled.has(`request-${index + 1}`)),
      directory !== undefined,
      cloud,
    );
    return 0;
  } finally {
    await cloud?.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}
