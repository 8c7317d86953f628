import { nextWait, type PollMemory, remember } from '../functions/enrollment/poll-plan.ts';
import type { BenchTable } from './table.ts';

const LIMITS = { floor: 5, ceiling: 300 };
/** Seconds of a job, from a handful of speakers to ten thousand of them. */
const RUNS = [10, 60, 600, 3600, 6 * 3600, 24 * 3600];

/** Polls until the end is seen, and how late that is, of a job that runs `length` seconds with even progress. */
function simulate(length: number, wait: (memory: PollMemory, now: number) => number): { polls: number; late: number } {
  let memory: PollMemory = {};
  let polls = 0;
  for (let now = 0; ; ) {
    polls++;
    if (now >= length) return { polls, late: now - length };
    memory = remember(memory, now, Math.floor((100 * now) / length));
    now += wait(memory, now);
  }
}

const fixed = (seconds: number) => () => seconds;

/** Simulated time: no clock is read, and nothing is waited for. */
export async function run(): Promise<BenchTable> {
  const rows = RUNS.map((length) => {
    const plan = simulate(length, (memory, now) => nextWait(memory, now, LIMITS));
    const floor = simulate(length, fixed(LIMITS.floor));
    const minute = simulate(length, fixed(60));
    const percent = (late: number) => `${((100 * late) / length).toFixed(1)}%`;
    return [
      `${length} s`,
      plan.polls,
      percent(plan.late),
      floor.polls,
      `${(floor.polls / plan.polls).toFixed(1)}x`,
      minute.polls,
      percent(minute.late),
    ];
  });
  return {
    title: `Polls until a job's end is seen, and how late (floor ${LIMITS.floor} s, ceiling ${LIMITS.ceiling} s)`,
    columns: ['job', 'plan: polls', 'late', 'every 5 s: polls', 'against plan', 'every 60 s: polls', 'late'],
    rows,
  };
}
