import { runDemo } from '../demo/demo.ts';
import { parse } from '../options.ts';

const HELP = `npm run demo [-- --recordings DIR]

The main job, end to end, on this machine: starts the local cloud in a temporary directory, uploads callers' recordings
and a manifest, shows each request's outcome and every event, then checks one caller's voice against the voiceprint.

  --recordings DIR     your own: a folder for each speaker, with .wav files (8 kHz, PCM-16) in it;
                       without it a handful of callers are synthesized
`;

export async function run(argv: string[]): Promise<number> {
  const { values } = parse(argv, {
    recordings: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  return runDemo(values.recordings);
}
