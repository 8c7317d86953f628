/** What polling has seen of a job so far. Times are epoch seconds. */
export interface PollMemory {
  /** When waiting for the job to run began: the first try to start it, or the first poll that did not find it running. */
  queuedSince?: number | undefined;
  /** First poll that found the job running. */
  runningSince?: number | undefined;
  /** The progress last seen, and the first poll that saw it. */
  percent?: number | undefined;
  percentSince?: number | undefined;
  /** How often the job was looked at, those times included that it could not be seen. */
  polls?: number | undefined;
  /** How often in a row it could not be seen. */
  failures?: number | undefined;
}

export interface PollLimits {
  /** Seconds, whole. */
  floor: number;
  ceiling: number;
}

/**
 * A wait of this share of the time run so far can't see the end later than this share of the whole run. Polls then
 * grow with the logarithm of the run: 24 for each factor of ten.
 */
const SHARE_OF_ELAPSED = 0.1;
/**
 * Where progress says that more is left, wait for that. But it promises nothing: a job may fail at any time, or skip the
 * rest. So never longer than this share of the time run so far, and no end is seen later than that.
 */
const MOST_OF_ELAPSED = 0.25;

/**
 * A look costs the state machine nine of the 25,000 events that its history may have, and three more for each time that
 * its function fails. After so many looks waits grow beyond the ceiling, a share of the time so far each, so that no job
 * outlasts the history, not even one whose every look needs two tries.
 */
const POLLS_WITHIN_CEILING = 1500;

/** Seconds that the progress leaves, if it goes on as it went; 0 where it tells nothing. */
function remaining(memory: PollMemory, now: number): number {
  const { runningSince, percent, percentSince } = memory;
  if (runningSince === undefined || percentSince === undefined || percent === undefined || percent <= 0) return 0;
  // The percentage was reached at `percentSince` at the latest, and may be up to one more than it says.
  const total = ((percentSince - runningSince) * 100) / (percent + 1);
  return Math.max(0, runningSince + total - now);
}

/** Memory with what a poll at `now` saw: `percent` is undefined while the job is queued. */
export function remember(memory: PollMemory, now: number, percent: number | undefined): PollMemory {
  const { failures: _, ...seen } = memory;
  const polls = (memory.polls ?? 0) + 1;
  if (percent === undefined) return { ...seen, polls, queuedSince: memory.queuedSince ?? now };
  const moved = memory.percent !== percent;
  return {
    ...seen,
    polls,
    runningSince: memory.runningSince ?? now,
    percent,
    percentSince: moved ? now : (memory.percentSince ?? now),
  };
}

/** Memory after a poll at `now` that could not see the job: what was known of it still is. */
export function rememberFailure(memory: PollMemory, now: number): PollMemory {
  return {
    ...memory,
    polls: (memory.polls ?? 0) + 1,
    failures: (memory.failures ?? 0) + 1,
    queuedSince: memory.queuedSince ?? memory.runningSince ?? now,
  };
}

const elapsedOf = (memory: PollMemory, now: number) => now - (memory.runningSince ?? memory.queuedSince ?? now);

/** The longest wait: the ceiling, or once there were very many polls, a share of the time so far. */
function longestWait(memory: PollMemory, now: number, { ceiling }: PollLimits): number {
  if ((memory.polls ?? 0) < POLLS_WITHIN_CEILING) return ceiling;
  return Math.max(ceiling, Math.floor(elapsedOf(memory, now) * SHARE_OF_ELAPSED));
}

/**
 * Seconds to wait before the next poll: whole, to the nearest, from floor to ceiling. A job of length T takes O(log T) + T / ceiling
 * polls. Its end is seen within 10% of T, or the floor, where progress is even or unknown; within 25% whatever it is;
 * while it is queued, within 10% of the time it has queued.
 */
export function nextWait(memory: PollMemory, now: number, limits: PollLimits): number {
  const elapsed = elapsedOf(memory, now);
  const hoped = Math.min(remaining(memory, now), elapsed * MOST_OF_ELAPSED);
  const wait = Math.max(elapsed * SHARE_OF_ELAPSED, hoped);
  return Math.floor(Math.min(longestWait(memory, now, limits), Math.max(limits.floor, Math.round(wait))));
}

/** The same where the job could not be seen: the floor, twice as long each time, up to the ceiling. */
export function waitAfterFailure(memory: PollMemory, now: number, limits: PollLimits): number {
  const longest = longestWait(memory, now, limits);
  if (longest > limits.ceiling) return longest;
  return Math.min(longest, limits.floor * 2 ** Math.min((memory.failures ?? 1) - 1, 20));
}
