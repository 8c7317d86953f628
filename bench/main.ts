/** `npm run bench [-- NAME… [--full] [--set DIR]… [--model DIR] [--price DOLLARS]]`: each benchmark's table, `bench/results/NAME.json`, and its picture in `docs/performance/`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { pictureOf } from './pictures/pictures.ts';
import { type BenchTable, print } from './table.ts';

interface BenchOptions {
  full: boolean;
  /** Folders of recordings, for those that measure on some. */
  sets: readonly string[];
  /** A model's directory; undefined: the starter. */
  model?: string | undefined;
  /** Dollars a GB-second of Lambda; undefined: the benchmark's own. */
  price?: number | undefined;
}

type Bench = { run(options: BenchOptions): Promise<BenchTable> };

const benches: Record<string, { summary: string; load: () => Promise<Bench> }> = {
  'poll-plan': {
    summary: 'polls and lateness against fixed intervals, in simulated time',
    load: () => import('./poll-plan.ts'),
  },
  batch: {
    summary:
      'callers of 45 s: a job against the bare computation, and what 10,000 and a million take and cost; --price',
    load: () => import('./batch.ts'),
  },
  'start-latency': {
    summary: 'from an upload to its job, by the size of the manifest',
    load: () => import('./start-latency.ts'),
  },
  'cold-start': {
    summary: 'a function before its first event, against an empty one; sizes',
    load: () => import('./cold-start.ts'),
  },
  live: {
    summary: 'a chunk and a verdict: idle, beside a job, against a full watchlist',
    load: () => import('./live.ts'),
  },
  'lambda-live': {
    summary: 'a chunk and a verdict with the engine in the stack: its functions cold and warm',
    load: () => import('./lambda-live.ts'),
  },
  scaling: { summary: 'time and memory by the number of requests', load: () => import('./scaling.ts') },
  enrolled: {
    summary: 'time of a request by the number of speakers enrolled already',
    load: () => import('./enrolled.ts'),
  },
  sessions: {
    summary: 'a chunk and a verdict by the number of calls under way',
    load: () => import('./sessions.ts'),
  },
  scores: { summary: 'what a score costs once the voice is known', load: () => import('./scores.ts') },
  verdicts: {
    summary: 'who gets in, through the API: strangers, the right people, fraudsters; --set DIR for people of your own',
    load: () => import('./verdicts.ts'),
  },
  takeovers: {
    summary: 'how often a voice that takes over is heard, and one voice taken for two; --set DIR for calls of your own',
    load: () => import('./takeovers.ts'),
  },
  'voice-activity': {
    summary: 'where somebody speaks: agreement and cost beside Silero; --set DIR for recordings of your own',
    load: () => import('./voice-activity.ts'),
  },
  embedding: { summary: 'the model: speed and error rates beside others', load: () => import('./embedding.ts') },
};

const HELP = `npm run bench [-- NAME… [--full] [--set DIR]… [--model DIR] [--price DOLLARS]]

${Object.entries(benches)
  .map(([name, { summary }]) => `  ${name.padEnd(15)} ${summary}`)
  .join('\n')}

Without a name: all. --full: the long variants, too. --set: a folder per speaker of 8 kHz WAV files. --price: of a GB-second of Lambda. Ratios hold where times don't: machines are noisy, and differ.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    full: { type: 'boolean', default: false },
    set: { type: 'string', multiple: true, default: [] },
    model: { type: 'string' },
    price: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const price = values.price === undefined ? undefined : Number(values.price);
if (price !== undefined && !(price >= 0)) {
  process.stderr.write(`--price is '${values.price}', expected dollars a GB-second such as 0.0000133334.\n`);
  process.exit(2);
}
const unknown = positionals.filter((name) => !Object.hasOwn(benches, name));
if (values.help || unknown.length > 0) {
  if (unknown.length > 0) process.stderr.write(`There is no benchmark '${unknown.join("', '")}'.\n\n`);
  process.stdout.write(HELP);
  process.exit(unknown.length > 0 ? 2 : 0);
}

const results = new URL('./results/', import.meta.url);
const pictures = new URL('../docs/performance/', import.meta.url);
await mkdir(results, { recursive: true });
for (const [name, { load }] of Object.entries(benches)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const table = await (await load()).run({ full: values.full, sets: values.set, model: values.model, price });
  print(table);
  const machine = {
    cores: availableParallelism(),
    processor: cpus()[0]?.model,
    memoryBytes: totalmem(),
    node: process.version,
  };
  await writeFile(
    new URL(`${name}.json`, results),
    `${JSON.stringify({ at: new Date().toISOString(), machine, ...table }, null, 2)}\n`,
  );
  const picture = pictureOf(name, table);
  if (picture !== undefined) await writeFile(new URL(picture.file, pictures), picture.svg);
}
