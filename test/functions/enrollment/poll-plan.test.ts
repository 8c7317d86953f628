import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  nextWait,
  type PollLimits,
  type PollMemory,
  remember,
  rememberFailure,
  waitAfterFailure,
} from '../../../functions/enrollment/poll-plan.ts';

/** A job in simulated seconds: how long it queues and runs, and what share of it is done after a share of its run. */
interface Job {
  queued: number;
  run: number;
  progress: (share: number) => number;
}

/** Polls a job to its end as the state machine does. */
function poll({ queued, run, progress }: Job, limits: PollLimits) {
  const waits: number[] = [];
  let memory: PollMemory = {};
  let now = 0;
  while (now < queued + run) {
    const percent = now < queued ? undefined : Math.floor(100 * progress((now - queued) / run));
    memory = remember(memory, now, percent);
    const wait = nextWait(memory, now, limits);
    waits.push(wait);
    now += wait;
  }
  return { waits, late: now - queued - run };
}

const linear = (share: number) => share;
const unknown = () => 0;
/** Progress that only grows, in jumps of any size at any time: what no job promises, but may do. */
const share = fc.integer({ min: 0, max: 1000 }).map((thousandths) => thousandths / 1000);
const jumping = fc
  .array(fc.tuple(share, share))
  .map((jumps) => (done: number) => Math.max(0, ...jumps.map(([at, to]) => (done >= at ? to : 0))));

const limits = fc
  .record({ floor: fc.integer({ min: 1, max: 30 }), more: fc.constantFrom(0, 10, 300, 10_000) })
  .map(({ floor, more }) => ({ floor, ceiling: floor + more }));
/** As many short runs as long ones, up to a day. */
const run = fc.integer({ min: 0, max: 4936 }).map((power) => Math.round(10 ** (power / 1000)));
const queued = fc.integer({ min: 0, max: 20_000 });

/** A tenth more each time, from ten times the floor; the ceiling where that is less. */
const mostPolls = (seconds: number, { floor, ceiling }: PollLimits) =>
  // Waits are whole: below ten seconds that may make a tenth a twentieth.
  22 + Math.log(1 + seconds / (10 * floor)) / Math.log(1.05) + seconds / ceiling;

describe('the poll plan', () => {
  it('waits whole seconds, from floor to ceiling, 1,500 polls long', () => {
    fc.assert(
      fc.property(queued, run, jumping, limits, (q, r, progress, within) => {
        const { waits } = poll({ queued: q, run: Math.min(r, 20_000), progress }, within);
        for (const wait of waits.slice(0, 1499)) {
          expect(Number.isInteger(wait) && wait >= within.floor && wait <= within.ceiling).toBe(true);
        }
      }),
    );
  });

  it('polls O(log T) + T / ceiling times, whatever the progress', () => {
    fc.assert(
      fc.property(run, jumping, limits, (seconds, progress, within) => {
        const { waits } = poll({ queued: 0, run: seconds, progress }, within);
        expect(waits.length).toBeLessThanOrEqual(mostPolls(seconds, within));
      }),
    );
  });

  it('sees the end within a tenth of the run, or the floor, where progress is even or unknown', () => {
    fc.assert(
      fc.property(queued, run, fc.constantFrom(linear, unknown), limits, (q, seconds, progress, within) => {
        const { late } = poll({ queued: 0, run: seconds, progress }, within);
        expect(late).toBeLessThanOrEqual(Math.max(within.floor, seconds / 10));
        // The start is seen late, too: by what was waited in the queue.
        const behind = poll({ queued: q, run: seconds, progress }, within);
        expect(behind.late).toBeLessThanOrEqual(Math.max(within.floor, seconds / 10, q / 10));
      }),
      { numRuns: 300 },
    );
  });

  it('sees the end within a quarter of the run, or the floor, whatever the progress promised', () => {
    fc.assert(
      fc.property(run, jumping, fc.integer({ min: 1, max: 20 }), limits, (seconds, progress, faster, within) => {
        for (const promised of [progress, (done: number) => done / faster]) {
          const { late } = poll({ queued: 0, run: seconds, progress: promised }, within);
          expect(late).toBeLessThanOrEqual(Math.max(within.floor, seconds / 4));
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    [80, 1, linear],
    [80, 1, unknown],
    [600, 5, linear],
    [600, 5, unknown],
    [86_400, 5, linear],
    [86_400, 5, unknown],
  ])(
    'takes less than half of the polls of a fixed interval for a run of %i s at a floor of %i s',
    (seconds, floor, progress) => {
      const { waits } = poll({ queued: 0, run: seconds, progress }, { floor, ceiling: 300 });
      expect(waits.length).toBeLessThan(seconds / floor / 2);
    },
  );

  it('keeps within the state machine’s history, however long the queue and the run', () => {
    const year = 365 * 86_400;
    for (const within of [
      { floor: 1, ceiling: 1 },
      { floor: 5, ceiling: 300 },
    ]) {
      for (const job of [
        { queued: 0, run: year, progress: linear },
        { queued: year, run: 10, progress: linear },
      ]) {
        // Twelve events a poll that needs two tries, of 25,000; a start that waited a week has 8,000 before.
        expect(poll(job, within).waits.length).toBeLessThan(1700);
      }
    }
  });

  it('keeps within it where the job can’t be seen at all, or only every other time', () => {
    const year = 365 * 86_400;
    for (const seen of [() => false, (look: number) => look % 2 === 0]) {
      let memory: PollMemory = {};
      let looks = 0;
      for (let now = 0; now < year; looks++) {
        memory = seen(looks) ? remember(memory, now, 0) : rememberFailure(memory, now);
        const plan = seen(looks) ? nextWait : waitAfterFailure;
        now += plan(memory, now, { floor: 1, ceiling: 30 });
      }
      expect(looks).toBeLessThan(1700);
    }
  });
});
