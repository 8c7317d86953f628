/** What polling has seen of a job so far. Times are epoch seconds. */
export interface PollMemory {
  /** First poll that found the job queued. */
  queuedSince?: number;
  /** First poll that found the job running. */
  runningSince?: number;
  /** The progress last seen, and the first poll that saw it. */
  percent?: number;
  percentSince?: number;
  /** How often the job was looked at. */
  polls?: number;
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
 * A look costs the state machine nine of the 25,000 events that its history may have. After so many looks waits grow
 * beyond the ceiling, a share of the time so far each, so that no job outlasts the history.
 */
const POLLS_WITHIN_CEILING = 2000;

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
  const polls = (memory.polls ?? 0) + 1;
  if (percent === undefined) return { ...memory, polls, queuedSince: memory.queuedSince ?? now };
  const moved = memory.percent !== percent;
  return {
    ...memory,
    polls,
    runningSince: memory.runningSince ?? now,
    percent,
    percentSince: moved ? now : (memory.percentSince ?? now),
  };
}

/**
 * Seconds to wait before the next poll: whole, to the nearest, from floor to ceiling. A job of length T takes O(log T) + T / ceiling
 * polls. Its end is seen within 10% of T, or the floor, where progress is even or unknown; within 25% whatever it is;
 * while it is queued, within 10% of the time it has queued.
 */
export function nextWait(memory: PollMemory, now: number, limits: PollLimits): number {
  const elapsed = now - (memory.runningSince ?? memory.queuedSince ?? now);
  const hoped = Math.min(remaining(memory, now), elapsed * MOST_OF_ELAPSED);
  const wait = Math.max(elapsed * SHARE_OF_ELAPSED, hoped);
  const outgrown = (memory.polls ?? 0) < POLLS_WITHIN_CEILING ? 0 : elapsed * SHARE_OF_ELAPSED;
  const ceiling = Math.max(limits.ceiling, outgrown);
  return Math.floor(Math.min(ceiling, Math.max(limits.floor, Math.round(wait))));
}
