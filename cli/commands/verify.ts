import { readFile } from 'node:fs/promises';
import { EvaluateSessionCommand, type EvaluateSessionResponse } from '@aws-sdk/client-voice-id';
import { askEngine } from '../../clients/ask-engine.ts';
import { CommandError, UsageError } from '../../clients/errors.ts';
import { readChunk } from '../../engine/audio/chunk.ts';
import { randomId } from '../../engine/store/ids.ts';
import { domainId, voiceIdClient } from '../clients.ts';
import { COMMON_HELP, common, domainOption, formed, parse, whole } from '../options.ts';
import { print, table } from '../terminal.ts';

const HELP = `npm run vivavoce -- verify SPEAKER RECORDING [--channel N] [OPTIONS]

Asks whether it is the speaker who speaks in a recording, as a call is asked about: its latest speech decides.

  SPEAKER              by the customer's id, or the generated one (id#…)
  RECORDING            a WAV file of 8 kHz; or an s3:// URI, which the engine reads itself
  --channel 0|1        where the caller is, in a recording of two channels
  --acceptance-threshold 0..100   score from which it is them (90)
  --risk-threshold 0..100         score from which it is a fraudster (20)
  --watchlist-id ID               another watchlist than the domain's default one
  --net-speech-seconds 5..30      speech that the verdict is of (10)
  --domain-id ID                  another domain than the one named vivavoce
${COMMON_HELP}

The exit code is 0 where the speaker is accepted, 3 where not, 1 where nobody could be asked.
`;

const NOT_ACCEPTED = 3;
/** Bytes of a chunk: half of what an engine on AWS takes. */
const CHUNK = 2 * 1024 * 1024;

interface Chunk {
  body: Uint8Array;
  contentType: string;
}

/** The recording as chunks: itself where it is small, else samples of the channel asked for. */
async function chunksOf(recording: string, channel: number | undefined): Promise<Chunk[]> {
  if (recording.startsWith('s3://')) return [{ body: Buffer.from(recording), contentType: 'text/uri-list' }];
  let bytes: Uint8Array;
  try {
    bytes = await readFile(recording);
  } catch (cause) {
    throw new CommandError(`${recording} can't be read: ${cause instanceof Error ? cause.message : cause}`);
  }
  if (bytes.length <= CHUNK) return [{ body: bytes, contentType: 'audio/wav' }];
  try {
    const samples = Int16Array.from(readChunk(bytes, 'audio/wav', channel), (sample) => Math.round(sample * 32_767));
    const raw = new Uint8Array(samples.buffer);
    return Array.from({ length: Math.ceil(raw.length / CHUNK) }, (_, i) => ({
      body: raw.subarray(i * CHUNK, (i + 1) * CHUNK),
      contentType: 'audio/pcm',
    }));
  } catch (error) {
    if (error instanceof Error && error.name === 'UnusableRecordingError') throw new CommandError(error.message);
    throw error;
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
      'domain-id': { type: 'string' },
      channel: { type: 'string' },
      'acceptance-threshold': { type: 'string' },
      'risk-threshold': { type: 'string' },
      'watchlist-id': { type: 'string' },
      'net-speech-seconds': { type: 'string' },
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
  const within = (name: keyof typeof values & string, min: number, max: number) => {
    const text = values[name];
    return typeof text === 'string' ? whole(name, text, min, max) : undefined;
  };
  const channelId = within('channel', 0, 1);
  const watchlistId = formed('watchlist-id', values['watchlist-id'], /^[a-zA-Z0-9]{22}$/, '22 letters and digits');
  const asked = {
    speakerId,
    channelId,
    acceptanceThreshold: within('acceptance-threshold', 0, 100),
    riskThreshold: within('risk-threshold', 0, 100),
    watchlistId,
    netSpeechSeconds: within('net-speech-seconds', 5, 30),
  };
  const query = Object.fromEntries(
    Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
  const given = domainOption(values['domain-id']);
  const chunks = await chunksOf(recording, channelId);

  const client = voiceIdClient(values);
  const DomainId = await domainId(client, given);
  const session = `verify-${randomId()}`;
  for (const [i, chunk] of chunks.entries()) {
    const { channelId: _, ...ofSession } = query;
    const said = chunk.contentType === 'audio/pcm' ? ofSession : query;
    const end = i === chunks.length - 1 ? { end: 'true' } : {};
    await askEngine(client, `/_sessions/${DomainId}/${session}/audio`, { ...said, ...end }, chunk);
  }
  const { $metadata: _, ...answer } = await client.send(
    new EvaluateSessionCommand({ DomainId, SessionNameOrId: session }),
  );
  print(values.json ? JSON.stringify(answer) : show(answer));
  return answer.AuthenticationResult?.Decision === 'ACCEPT' ? 0 : NOT_ACCEPTED;
}
