import { createHash } from 'node:crypto';
import { type Cause, groupByCause } from '../../clients/causes.ts';
import { failuresOf, isFailure, type OutcomeRow, totals } from '../../clients/output-file.ts';
import { maskFor } from '../../functions/enrollment/privacy.ts';

/** Requests that ended alike: failures that one thing mends, or successes of one kind. */
export interface Group {
  /** For URLs and anchors: it tells nothing of what was found, which may name a caller. */
  key: string;
  failed: boolean;
  /** Such as `not enough speech`, or `enrolled`. */
  what: string;
  /** What to do about each of them; undefined where nothing is to be done. */
  advice?: string;
  rows: OutcomeRow[];
}

/** How requests ended, as a word in a colour of the style sheet. */
export interface Ending {
  word: string;
  tone: 'bad' | 'good' | 'again' | 'dull';
}

export const FAILED: Ending = { word: 'failed', tone: 'bad' };

const ENDINGS: Record<string, Ending> = {
  NEW_ENROLLMENT: { word: 'enrolled', tone: 'good' },
  ENROLLMENT_OVERWRITE: { word: 'enrolled anew', tone: 'again' },
  DUPLICATE_SKIPPED: { word: 'skipped, as enrolled already', tone: 'dull' },
};

export const endingOf = (row: Pick<OutcomeRow, 'outcome'>): Ending =>
  isFailure(row) ? FAILED : (ENDINGS[row.outcome] ?? { word: row.outcome, tone: 'good' });

/** Causes that have a group of their own: nobody reads a list of more. */
const MOST_CAUSES = 50;

/** An engine that is not ours may say something else of each request: the rarest causes are one then. */
function fewCauses(causes: readonly Cause[]): readonly Cause[] {
  if (causes.length <= MOST_CAUSES) return causes;
  const others = causes.slice(MOST_CAUSES).flatMap(({ failures }) => failures);
  const advice = 'Mend what each message says, and drop the requests again.';
  return [...causes.slice(0, MOST_CAUSES), { what: 'other causes', advice, failures: others }];
}

const keyOf = (what: string) => createHash('sha256').update(what).digest('base64url').slice(0, 8);

/** A message names its recording, which is often named after the speaker. */
export const withoutRecordings = maskFor([], undefined);

/** All requests of a job, their recordings' names taken out of what is said of them: failures first, the most frequent cause first; those of one group in the order of the file. */
export function groupsOf(rows: readonly OutcomeRow[]): Group[] {
  const causes = fewCauses(groupByCause(failuresOf(rows))).map(({ what, advice, failures }) => ({
    key: keyOf(what),
    failed: true,
    what,
    advice,
    rows: failures.map(({ requestId, errorCode, message }) => ({
      requestId,
      outcome: String(errorCode),
      message: withoutRecordings(message),
    })),
  }));
  const successes = rows.filter((row) => !isFailure(row));
  const kinds = totals(successes).map(([outcome]) => ({
    key: keyOf(outcome),
    failed: false,
    what: endingOf({ outcome }).word,
    rows: successes.filter((row) => row.outcome === outcome),
  }));
  return [...causes, ...kinds];
}

/** How many requests ended how, those that failed first. */
export function countsOf(rows: readonly OutcomeRow[]): (Ending & { count: number })[] {
  const failed = rows.filter(isFailure).length;
  const others = totals(rows.filter((row) => !isFailure(row)));
  return [
    ...(failed > 0 ? [{ ...FAILED, count: failed }] : []),
    ...others.map(([outcome, count]) => ({ ...endingOf({ outcome }), count })),
  ];
}
