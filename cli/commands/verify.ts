import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { EvaluateSessionCommand, type EvaluateSessionResponse } from '@aws-sdk/client-voice-id';
import { askEngine, EngineBusyError } from '../../clients/ask-engine.ts';
import { CommandError, UsageError } from '../../clients/errors.ts';
import { readChunk } from '../../engine/audio/chunk.ts';
import { randomId } from '../../engine/store/ids.ts';
import { domainId, voiceIdClient } from '../clients.ts';
import { COMMON_HELP, common, domainOption, parse, whole } from '../options.ts';
import { SESSION_HELP, sessionOptions, sessionParameters } from '../session-options.ts';
import { print, table } from '../terminal.ts';

const HELP = `npm run vivavoce -- verify SPEAKER RECORDING [--channel N] [OPTIONS]

Asks whether it is the speaker who speaks in a recording, as a call is asked about: its latest speech decides.

  SPEAKER              by the customer's id, or the generated one (id#…)
  RECORDING            a WAV file of 8 kHz; or an s3:// URI, which the engine reads itself
  --channel 0|1        where the caller is, in a recording of two channels
  --domain-id ID       another domain than the one named vivavoce${SESSION_HELP}
${COMMON_HELP}

The exit code is 0 where the speaker is accepted, 3 where not, 1 where nobody could be asked.
`;

const NOT_ACCEPTED = 3;
/** Bytes of a chunk: half of what an engine on AWS takes. */
const CHUNK = 2 * 1024 * 1024;

interface Chunk {
  body: Uint8Array;
  contentType: string;
  /** Samples before it. */
  offset: number;
}

/** The recording as chunks: itself where it is small, else samples of the channel asked for. */
async function chunksOf(recording: string, channel: number | undefined): Promise<Chunk[]> {
  if (recording.startsWith('s3://')) return [{ body: Buffer.from(recording), contentType: 'text/uri-list', offset: 0 }];
  let bytes: Uint8Array;
  try {
    bytes = await readFile(recording);
  } catch (cause) {
    throw new CommandError(`${recording} can't be read: ${cause instanceof Error ? cause.message : cause}`);
  }
  if (bytes.length <= CHUNK) return [{ body: bytes, contentType: 'audio/wav', offset: 0 }];
  try {
    const samples = Int16Array.from(readChunk(bytes, 'audio/wav', channel), (sample) => Math.round(sample * 32_767));
    const raw = new Uint8Array(samples.buffer);
    return Array.from({ length: Math.ceil(raw.length / CHUNK) }, (_, i) => ({
      body: raw.subarray(i * CHUNK, (i + 1) * CHUNK),
      contentType: 'audio/pcm',
      offset: (i * CHUNK) / 2,
    }));
  } catch (error) {
    if (error instanceof Error && error.name === 'UnusableRecordingError') throw new CommandError(error.message);
    throw error;
  }
}

/** Tries of a chunk: some six seconds in all. */
const TRIES = 6;

/** A chunk whose answer is lost, or that the engine can't take now, is sent again: it says where in the call it belongs. */
async function untilAnswered(send: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await send();
      return;
    } catch (error) {
      const passes = error instanceof EngineBusyError || error instanceof TypeError;
      if (!passes || tries === TRIES) throw error;
    }
    await sleep(100 * 2 ** tries);
  }
}

function show({ AuthenticationResult: voice, FraudDetectionResult: risk }: EvaluateSessionResponse): string {
  const time = (date: Date | undefined) => date?.toISOString() ?? '';
  const found = risk?.RiskDetails?.KnownFraudsterRisk;
  return table(
    ['', 'decision', 'score', 'threshold', 'speech from', 'to'],
    [
      [
        'speaker',
        voice?.Decision ?? '',
        String(voice?.Score ?? ''),
        String(voice?.Configuration?.AcceptanceThreshold ?? ''),
        time(voice?.AudioAggregationStartedAt),
        time(voice?.AudioAggregationEndedAt),
      ],
      [
        'watchlist',
        risk?.Decision ?? '',
        String(found?.RiskScore ?? ''),
        String(risk?.Configuration?.RiskThreshold ?? ''),
        time(risk?.AudioAggregationStartedAt),
        time(risk?.AudioAggregationEndedAt),
      ],
    ],
  );
}

export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parse(
    argv,
    {
      ...common,
      ...sessionOptions,
      'domain-id': { type: 'string' },
      channel: { type: 'string' },
    },
    true,
  );
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [speakerId, recording, ...more] = positionals;
  if (speakerId === undefined || recording === undefined || more.length > 0) {
    throw new UsageError(`Found ${positionals.length} arguments, expected two: SPEAKER RECORDING.`);
  }
  const channelId = values.channel === undefined ? undefined : whole('channel', values.channel, 0, 1);
  const query = { speakerId, ...sessionParameters(values) };
  const given = domainOption(values['domain-id']);
  const chunks = await chunksOf(recording, channelId);

  const client = voiceIdClient(values);
  const DomainId = await domainId(client, given);
  const session = `verify-${randomId()}`;
  for (const [i, chunk] of chunks.entries()) {
    const said: Record<string, string> = { ...query, offset: String(chunk.offset) };
    if (channelId !== undefined && chunk.contentType !== 'audio/pcm') said.channelId = String(channelId);
    if (i === chunks.length - 1) said.end = 'true';
    await untilAnswered(() => askEngine(client, `/_sessions/${DomainId}/${session}/audio`, said, chunk));
  }
  const { $metadata: _, ...answer } = await client.send(
    new EvaluateSessionCommand({ DomainId, SessionNameOrId: session }),
  );
  print(values.json ? JSON.stringify(answer) : show(answer));
  return answer.AuthenticationResult?.Decision === 'ACCEPT' ? 0 : NOT_ACCEPTED;
}
