import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { examine, type Sound } from '../../clients/ears/examine.ts';
import { causeOf, factsOf, formatInWords } from '../../clients/ears/words.ts';
import { CommandError, UsageError } from '../../clients/errors.ts';
import { voiceIdClient } from '../clients.ts';
import { picture } from '../hear/picture.ts';
import { COMMON_HELP, common, parse, whole } from '../options.ts';
import { print, table } from '../terminal.ts';

const HELP = `npm run vivavoce -- hear RECORDING [--channel N] [OPTIONS]

Shows a recording as enrolling hears it: what counts as speech (A; B is a second voice), how good it is, and why it would be
refused. Nothing of it is kept.

  RECORDING            a WAV file; or an s3:// URI, which the engine reads itself
  --channel 0|1        where the caller is, in a recording of two channels (0)
${COMMON_HELP}

The exit code is 0 where it is good to enroll from, 3 where not, 1 where nobody could be asked.
`;

const NOT_GOOD = 3;

async function soundOf(recording: string): Promise<Sound> {
  if (recording.startsWith('s3://')) return { s3Uri: recording };
  try {
    return { file: await readFile(recording), name: basename(recording) };
  } catch (cause) {
    throw new CommandError(`${recording} can't be read: ${cause instanceof Error ? cause.message : cause}`);
  }
}

export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parse(argv, { ...common, channel: { type: 'string' } }, true);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [recording, ...more] = positionals;
  if (recording === undefined || more.length > 0)
    throw new UsageError(`Found ${positionals.length} arguments, expected one: RECORDING.`);
  const channelId = values.channel === undefined ? 0 : whole('channel', values.channel, 0, 1);
  const examined = await examine(voiceIdClient(values), await soundOf(recording), channelId);
  const code = examined.refusal === null ? 0 : NOT_GOOD;
  if (values.json) {
    print(JSON.stringify(examined));
    return code;
  }
  const { format, refusal } = examined;
  const facts = factsOf(examined).map(({ what, found, fine }) => [what, found, fine ? '' : 'not fine']);
  const sections = [
    format === null ? undefined : formatInWords(format),
    picture(examined),
    facts.length === 0 ? undefined : table(['', 'found', ''], facts),
    refusal === null
      ? 'Good to enroll from.'
      : `Would be refused: ${refusal.message}\n${causeOf(examined)?.advice ?? ''}`,
  ];
  print(sections.filter((section) => section !== undefined).join('\n\n'));
  return code;
}
