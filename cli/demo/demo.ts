import { join } from 'node:path';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeSpeakerEnrollmentJobCommand, VoiceIDClient } from '@aws-sdk/client-voice-id';
import { z } from 'zod';
import { readOutcome } from '../../clients/output-file.ts';
import { readWav } from '../../engine/audio/wav.ts';
import { clientOf, MANIFESTS, RECORDINGS } from '../../local/account.ts';
import { type Cloud, startCloud } from '../../local/cloud.ts';
import { showMoments } from '../call/moments.ts';
import { playCall } from '../call/play-call.ts';
import { subscribe } from '../subscribe.ts';
import { print, table } from '../terminal.ts';
import { type DemoSpeaker, ownSpeakers, syntheticSpeakers } from './recordings.ts';
import { openWorkplace } from './workplace.ts';

export interface DemoOptions {
  /** A folder for each speaker; undefined: synthetic callers. */
  recordings: string | undefined;
  /** Where the caller is on recordings of two channels. */
  channel: 0 | 1;
  /** Whether the local cloud goes on when all is shown, until the signal. */
  stay: boolean;
}

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

/** Of the speaker at that place. Events quote it: no name. */
const requestId = (index: number) => `request-${index + 1}`;

async function upload(
  speakers: readonly DemoSpeaker[],
  { recordings: own, channel }: DemoOptions,
  s3: S3Client,
): Promise<void> {
  const put = (Bucket: string, Key: string, Body: Uint8Array | string) =>
    s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  const requests = [];
  for (const [index, { speakerId, recordings }] of speakers.entries()) {
    const specifications = [];
    for (const { name, bytes } of recordings) {
      const key = `${speakerId}/${name}`;
      await put(RECORDINGS, key, bytes);
      specifications.push({ S3Uri: `s3://${RECORDINGS}/${key}`, ChannelId: channel });
    }
    requests.push({ RequestId: requestId(index), SpeakerId: speakerId, AudioSpecifications: specifications });
  }
  if (own === undefined) {
    await put(RECORDINGS, 'broken/call.wav', 'This is no recording.');
    const AudioSpecifications = [{ S3Uri: `s3://${RECORDINGS}/broken/call.wav`, ChannelId: 0 }];
    requests.push({ RequestId: requestId(requests.length), SpeakerId: 'caller-broken', AudioSpecifications });
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
async function follow(
  cloud: Cloud,
  voiceId: VoiceIDClient,
  signal: AbortSignal,
  drop: () => Promise<void>,
): Promise<string | undefined> {
  const stop = new AbortController();
  const clients = clientOf(cloud.origin, cloud.accessKey);
  const received = subscribe({
    bus: 'vivavoce',
    pattern: { source: ['vivavoce.enrollment'] },
    clients,
    signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
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
      // Shown while it can be: the event says how it ended.
      watching?.catch(() => undefined);
    }
    return undefined;
  } finally {
    stop.abort();
    await watching?.catch(() => undefined);
    progress('');
  }
}

/** So many times faster than speech: the point is seen in a few seconds. */
const CALL_SPEED = 20;
/** Bytes of a turn: what a decision takes, and the listening's lead; longer turns only take longer. */
const TURN_BYTES = 20 * 16_000;

const samplesOf = (wavs: readonly Uint8Array[], channel: number): Uint8Array => {
  const turns = wavs.map((wav) => {
    const samples = Int16Array.from(readWav(wav, channel, 'of the demo'), (sample) => Math.round(sample * 32_767));
    return new Uint8Array(samples.buffer);
  });
  return new Uint8Array(Buffer.concat(turns)).subarray(0, TURN_BYTES);
};

/** A call of an enrolled speaker, on which somebody else takes over. */
async function call([first, second]: readonly DemoSpeaker[], channel: number, cloud: Cloud): Promise<void> {
  if (first === undefined || second === undefined) return;
  const { speakerId } = first;
  print(
    `\nA call of ${first.name}, ${CALL_SPEED} times faster than speech; then ${second.name} takes over the line.\n`,
  );
  const lambda = new LambdaClient(clientOf(cloud.origin, cloud.accessKey));
  const turns = [
    { who: first.name, samples: samplesOf(first.call, channel) },
    { who: second.name, samples: samplesOf(second.call, channel) },
  ];
  const shown = showMoments();
  await playCall({ turns, flow: { speakerId }, speed: CALL_SPEED }, { origin: cloud.origin, lambda }, shown.show);
  shown.end();
}

/** Everything, once the cloud runs. @returns the exit code. */
async function show(
  speakers: readonly DemoSpeaker[],
  options: DemoOptions,
  cloud: Cloud,
  signal: AbortSignal,
): Promise<number> {
  const clients = clientOf(cloud.origin, cloud.accessKey);
  const voiceId = new VoiceIDClient(clients);
  const s3 = new S3Client({ ...clients, forcePathStyle: true });
  const jobId = await follow(cloud, voiceId, signal, () => upload(speakers, options, s3));
  if (jobId === undefined) return 1;
  const { s3Uri, rows } = await readOutcome({ DomainId: cloud.domainId, JobId: jobId }, { voiceId, s3 });
  const names = new Map(speakers.map(({ name }, index) => [requestId(index), name]));
  print(
    `\n${table(
      ['speaker', 'outcome', 'message'],
      rows.map((row) => [names.get(row.requestId) ?? 'caller-broken', row.outcome, row.message]),
    )}`,
  );
  print(`\nOutput: ${s3Uri}`);
  const enrolled = new Set(rows.filter((row) => row.message === '').map((row) => row.requestId));
  const onTheLine = speakers.filter((_, index) => enrolled.has(requestId(index)));
  await call(onTheLine, options.channel, cloud);
  return 0;
}

/**
 * Nothing is taken from the environment, which may be set for AWS, and nothing is left, whatever ends it.
 * @param signal ends it early. @returns the exit code.
 */
export async function runDemo(options: DemoOptions, signal: AbortSignal): Promise<number> {
  const { recordings: own } = options;
  const workplace = await openWorkplace();
  const { directory } = workplace;
  const env = { POWERTOOLS_LOG_LEVEL: 'SILENT' };
  const starting = startCloud({ host: '127.0.0.1', port: 0, dataDir: join(directory, 'cloud'), env });
  const demo = async () => {
    const speaking =
      own === undefined
        ? syntheticSpeakers(directory, (done, total) => progress(`Callers spoken: ${done} of ${total}`))
        : ownSpeakers(own);
    const [{ speakers, skipped }, cloud] = await Promise.all([speaking, starting]);
    progress('');
    const origin = own === undefined ? 'synthesized' : `from ${own}`;
    print(`Local cloud at ${cloud.origin}, ${speakers.length} speakers ${origin}.`);
    print(`Console at ${cloud.consoleLink}`);
    for (const what of skipped) print(`Skipped ${what}.`);
    return show(speakers, options, cloud, signal);
  };
  const showing = demo();
  try {
    const code = await Promise.race([showing, aborted(signal)]);
    if (signal.aborted) return code;
    if (options.stay) {
      print('\nThe local cloud stays until Ctrl-C: open the link of the console above.');
      await aborted(signal);
    } else print('\nTo look at it in the browser: npm run demo -- --stay, and open the link of the console.');
    return code;
  } finally {
    // What is under way and knows of the signal ends by itself while its cloud is there; the rest is cut off.
    await Promise.race([showing.catch(() => undefined), aborted(AbortSignal.timeout(ENDING_MS))]);
    // Also where it was still starting: what is not awaited would go on.
    const cloud = await starting.catch(() => undefined);
    await cloud?.stop();
    await workplace.remove();
  }
}

/** Milliseconds. */
const ENDING_MS = 1000;

/** The exit code of a process that a signal ends. */
const INTERRUPTED = 130;

const aborted = (signal: AbortSignal) =>
  new Promise<number>((resolve) => {
    if (signal.aborted) resolve(INTERRUPTED);
    signal.addEventListener('abort', () => resolve(INTERRUPTED), { once: true });
  });
