import { runDemo } from '../demo/demo.ts';
import { oneOf, parse } from '../options.ts';

const HELP = `npm run demo [-- --recordings DIR] [--channel 0|1] [--stay]

The main job, end to end, on this machine: starts the local cloud in a temporary directory, uploads callers' recordings
and a manifest, shows each speaker's outcome and every event, then plays a call on which somebody else takes over. Nothing
that is set for AWS is used, and nothing is left.

  --recordings DIR     your own: a folder for each speaker, with .wav files (8 kHz, PCM-16) in it, of which the last are
                       held back for the call; without it a handful of callers are synthesized
  --channel 0|1        where the caller is on recordings of two channels (0)
  --stay               keep the local cloud until Ctrl-C, to look at the run in the web console
`;

export async function run(argv: string[]): Promise<number> {
  const { values } = parse(argv, {
    recordings: { type: 'string' },
    channel: { type: 'string', default: '0' },
    stay: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const channel = oneOf('channel', values.channel, ['0', '1']) === '1' ? 1 : 0;
  process.umask(0o077);
  const stop = new AbortController();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const interrupt = () => stop.abort();
  for (const signal of signals) process.on(signal, interrupt);
  let code: number;
  try {
    code = await runDemo({ recordings: values.recordings, channel, stay: values.stay }, stop.signal);
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
  }
  // What was under way has lost its cloud: nobody waits for it.
  if (stop.signal.aborted) process.exit(code);
  return code;
}
