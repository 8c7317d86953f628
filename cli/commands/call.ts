import { readFile } from 'node:fs/promises';
import { CommandError, UsageError } from '../../clients/errors.ts';
import { readWav } from '../../engine/audio/wav.ts';
import { showMoments } from '../call/moments.ts';
import { type Moment, playCall, type Turn } from '../call/play-call.ts';
import { lambdaClient } from '../clients.ts';
import { COMMON_HELP, clientOptions, common, parse } from '../options.ts';
import { SESSION_HELP, sessionOptions, sessionParameters } from '../session-options.ts';
import { print } from '../terminal.ts';

const HELP = `npm run vivavoce -- call RECORDING --speaker ID [--takeover RECORDING] [OPTIONS]

Plays a call through the whole live way of the local cloud, as Amazon Connect would: into a Kinesis Video Stream at the
pace of speech, from there into a session, and asks each second who is on the line.

  --speaker ID              whom the caller says to be
  --takeover RECORDING      somebody else, who speaks when the first has finished
  --channel 0|1             of recordings with two channels: where the caller is (0)
  --speed N                 so many times faster than speech (1)
  --consent                 the caller consents to be enrolled: the call becomes a recording and a manifest${SESSION_HELP}
${COMMON_HELP}
`;

async function turn(who: string, file: string, channel: number): Promise<Turn> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new CommandError(`${file} can't be read: ${cause instanceof Error ? cause.message : cause}`);
  }
  try {
    const samples = Int16Array.from(readWav(bytes, channel, file), (sample) => Math.round(sample * 32_767));
    return { who, samples: new Uint8Array(samples.buffer) };
  } catch (error) {
    if (error instanceof Error && error.name === 'UnusableRecordingError') throw new CommandError(error.message);
    throw error;
  }
}

export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parse(
    argv,
    {
      ...common,
      ...sessionOptions,
      speaker: { type: 'string' },
      takeover: { type: 'string' },
      channel: { type: 'string', default: '0' },
      speed: { type: 'string', default: '1' },
      consent: { type: 'boolean', default: false },
    },
    true,
  );
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [recording, ...more] = positionals;
  if (recording === undefined || more.length > 0) {
    throw new UsageError(`Found ${positionals.length} recordings, expected one.`);
  }
  if (values.speaker === undefined) throw new UsageError('Found no --speaker, expected whom the caller says to be.');
  if (!/^[01]$/.test(values.channel)) throw new UsageError(`Found --channel ${values.channel}, expected 0 or 1.`);
  const speed = Number(values.speed);
  if (!(speed > 0)) throw new UsageError(`Found --speed ${values.speed}, expected a number above 0.`);
  const client = clientOptions(values);
  if (!('endpoint' in client)) {
    throw new UsageError('Calls are played into a local cloud: on AWS Amazon Connect streams them.');
  }
  const parameters = sessionParameters(values);
  const channel = Number(values.channel);
  const turns = [await turn('caller', recording, channel)];
  if (values.takeover !== undefined) turns.push(await turn('somebody else', values.takeover, channel));

  const lambda = lambdaClient(values);
  const flow = { speakerId: values.speaker, enrollmentConsent: values.consent, parameters };
  const moments: Moment[] = [];
  const shown = values.json ? undefined : showMoments();
  const contactId = await playCall({ turns, flow, speed }, { origin: client.endpoint, lambda }, (moment) => {
    moments.push(moment);
    shown?.show(moment);
  });
  shown?.end();
  if (values.json) print(JSON.stringify({ contactId, moments }));
  else if (values.consent) {
    print(`Contact ${contactId}; if there was enough speech, and the speaker is new, it is enrolled from in a moment.`);
  }
  return moments.at(-1)?.check.authentication === 'AUTHENTICATED' ? 0 : 1;
}
