import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Retrier, retrierSchema, retryDelay } from './machine.ts';

/**
 * The batches of one large job in an account that has few concurrent executions, second by second: a batch that finds no
 * slot is throttled, and comes again when the file's Retry says so. What is given up becomes rows of 500.
 */
const BATCHES = 2000;
const SLOTS = 8;
/** The stack's default of `engineConcurrency`: so many batches at most are tried at once. */
const CONCURRENCY = 100;

const taskSchema = z.object({ Retry: z.array(retrierSchema) });
const definition = z
  .object({
    States: z.object({
      Prepare: taskSchema,
      EnrollSpeakers: z.object({ ItemProcessor: z.object({ States: z.object({ EnrollBatch: taskSchema }) }) }),
      Merge: taskSchema,
    }),
  })
  .parse(JSON.parse(readFileSync('statemachine/enrollment-job.asl.json', 'utf8')));
const { Prepare, Merge, EnrollSpeakers } = definition.States;
const { Retry } = EnrollSpeakers.ItemProcessor.States.EnrollBatch;

const retrierOf = (retriers: Retrier[], error: string): Retrier => {
  const found = retriers.find(({ ErrorEquals }) => ErrorEquals.includes(error) || ErrorEquals.includes('States.ALL'));
  if (found === undefined) throw new Error(`Nothing retries ${error}.`);
  return found;
};

function lcg(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

interface Batch {
  /** How often it was throttled. */
  throttled: number;
}

function simulate(retrier: Retrier, seed: number) {
  const random = lcg(seed);
  const due = new Map<number, Batch[]>();
  const freed = new Map<number, number>();
  const at = (second: number, batch: Batch) => due.set(second, [...(due.get(second) ?? []), batch]);
  let [waiting, underWay, busy, done, givenUp, most] = [BATCHES, 0, 0, 0, 0, 0];
  for (let now = 0; done + givenUp < BATCHES; now++) {
    const ended = freed.get(now) ?? 0;
    [busy, done, underWay] = [busy - ended, done + ended, underWay - ended];
    for (; waiting > 0 && underWay < CONCURRENCY; waiting--, underWay++) at(now, { throttled: 0 });
    for (const batch of due.get(now) ?? []) {
      if (busy < SLOTS) {
        busy++;
        // Five speakers, some seconds to a minute each.
        const until = now + 10 + Math.floor(random() * 200);
        freed.set(until, (freed.get(until) ?? 0) + 1);
      } else if (batch.throttled === retrier.MaxAttempts) {
        givenUp++;
        underWay--;
      } else {
        batch.throttled++;
        most = Math.max(most, batch.throttled);
        at(now + 1 + Math.floor(retryDelay(retrier, batch.throttled, random())), batch);
      }
    }
    due.delete(now);
  }
  return { givenUp, most };
}

describe(`${BATCHES} batches with ${SLOTS} free slots`, () => {
  const throttled = retrierOf(Retry, 'Lambda.TooManyRequestsException');

  it.each([1, 2, 3])('are all worked off (seed %i)', (seed) => {
    const { givenUp, most } = simulate(throttled, seed);
    expect(givenUp).toBe(0);
    // Far from the limit, and from the history of 25,000 events.
    expect(most).toBeLessThan(throttled.MaxAttempts / 2);
    expect(3 * throttled.MaxAttempts).toBeLessThan(10_000);
  });

  it('would not all be with a patience of minutes', () => {
    expect(simulate({ ...throttled, MaxAttempts: 8, BackoffRate: 2 }, 1).givenUp).toBeGreaterThan(BATCHES / 10);
  });
});

it.each([
  ['Prepare', Prepare.Retry],
  ['EnrollBatch', Retry],
  ['Merge', Merge.Retry],
])('%s bears an hour in which every call of its function fails', (_, retriers) => {
  for (const error of ['Lambda.TooManyRequestsException', 'Runtime.ImportModuleError']) {
    const retrier = retrierOf(retriers, error);
    const delays = Array.from({ length: retrier.MaxAttempts }, (_, index) => retryDelay(retrier, index + 1, 0.5));
    expect(delays.reduce((sum, delay) => sum + delay, 0)).toBeGreaterThan(3600);
  }
});
