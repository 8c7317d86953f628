import { domainScores } from '../engine/voiceprint/domain-scores.ts';
import { readModel } from '../engine/voiceprint/model.ts';
import type { Prints } from '../engine/voiceprint/prints.ts';
import { normalized } from '../engine/voiceprint/score.ts';
import type { BenchTable } from './table.ts';

const STRANGERS = 200;
const FRAUDSTERS = [50, 500];
const ROUNDS = 2000;

const voice = (dimension: number) => normalized(Float32Array.from({ length: dimension }, () => Math.random() - 0.5));

function prints(count: number, dimension: number): Prints {
  const matrix = new Float32Array(count * dimension);
  for (let row = 0; row < count; row++) matrix.set(voice(dimension), row * dimension);
  return { ids: Array.from({ length: count }, (_, row) => `${row}`), dimension, matrix };
}

/** Processor microseconds of one call, warm. */
function microseconds(work: () => void): number {
  for (let i = 0; i < ROUNDS / 10; i++) work();
  const before = process.threadCpuUsage();
  for (let i = 0; i < ROUNDS; i++) work();
  const { user, system } = process.threadCpuUsage(before);
  return Math.round((user + system) / ROUNDS);
}

/** What a score costs once the voice is known: a full sample of strangers, watchlists of two lengths. */
export async function run(): Promise<BenchTable> {
  const { dimension, calibration } = await readModel();
  const scores = domainScores(prints(STRANGERS, dimension), calibration);
  const heard = voice(dimension);
  const claimed = { id: 'nobody', embedding: voice(dimension) };
  const begun = process.threadCpuUsage();
  scores.authenticate(heard, claimed);
  const { user, system } = process.threadCpuUsage(begun);
  const rows: (string | number)[][] = [
    ['the first score of a generation, with the thresholds', Math.round(user + system)],
    [
      `a voice against one voiceprint and ${STRANGERS} strangers`,
      microseconds(() => scores.authenticate(heard, claimed)),
    ],
  ];
  for (const count of FRAUDSTERS) {
    const watchlist = prints(count, dimension);
    rows.push([`a voice against ${count} fraudsters`, microseconds(() => scores.risk(heard, watchlist))]);
  }
  return { title: `Scores, ${dimension} numbers a voiceprint`, columns: ['what', 'CPU microseconds'], rows };
}
