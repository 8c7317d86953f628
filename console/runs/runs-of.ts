import { remember } from '../../clients/remember.ts';
import { createRuns, type Runs } from '../../clients/runs/runs.ts';
import type { Operator } from '../operator.ts';

/** Searches that are remembered: a manifest's name may be a caller's, and so is in no link. */
const SEARCHES = 100;

interface Watch {
  runs: Runs;
  searches: ReturnType<typeof remember<string>>;
}

const watches = new WeakMap<Operator, Watch>();

/** One for each console, however many pages of it are open: they share what is asked, and what is known. */
export function runsOf(operator: Operator): Watch {
  let watch = watches.get(operator);
  if (watch === undefined) {
    watch = { runs: createRuns(operator), searches: remember<string>(SEARCHES) };
    watches.set(operator, watch);
  }
  return watch;
}
