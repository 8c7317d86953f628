import { expect, test } from 'vitest';
import { oncePermitted } from '../../../engine/lambda/once-permitted.ts';

const named = (name: string) => Object.assign(new Error(name), { name });

/** A clock that only sleeping moves. */
function clock() {
  const waits: number[] = [];
  let time = 0;
  return {
    waits,
    now: () => time,
    sleep: async (milliseconds: number) => {
      waits.push(milliseconds);
      time += milliseconds;
    },
  };
}

test('what is refused while a role becomes known is tried again, less and less often', async () => {
  const { waits, ...deps } = clock();
  let refusals = 4;
  const act = async () => {
    if (refusals-- > 0) throw named('AccessDeniedException');
    return 'made';
  };
  expect(await oncePermitted(act, deps)).toBe('made');
  expect(waits).toEqual([500, 1000, 2000, 4000]);
});

test('a refusal that stays is told, before the function’s own time is over', async () => {
  const { waits, ...deps } = clock();
  await expect(oncePermitted(() => Promise.reject(named('AccessDeniedException')), deps)).rejects.toThrow(
    'AccessDenied',
  );
  expect(waits.reduce((sum, wait) => sum + wait)).toBeLessThanOrEqual(40_000);
  expect(waits.length).toBeGreaterThan(5);
});

test('any other error is told at once', async () => {
  const { waits, ...deps } = clock();
  await expect(oncePermitted(() => Promise.reject(named('ServiceQuotaExceededException')), deps)).rejects.toThrow();
  expect(waits).toEqual([]);
});
