import { setTimeout as sleep } from 'node:timers/promises';
import { findRuns } from '../../clients/find-runs.ts';
import type { Dropped } from '../../clients/watch.ts';
import type { Operator } from '../operator.ts';

/** Manifests that were sent together. */
export interface Sent {
  uploads: Dropped[];
  /** Executions before it are none of theirs. */
  since: Date;
}

/** How many are remembered: they are asked for once, right after they were sent. */
const REMEMBERED = 200;
/** Milliseconds until a run is there, as a rule: its manifest's event goes through a queue. */
const LONGEST_WAIT = 8000;
const BETWEEN_LOOKS = 250;

/** What was sent lately, by an id that names nobody: an upload's key may. */
export function createSentUploads(newId: () => string): {
  add(sent: Sent): string;
  get(id: string): Sent | undefined;
} {
  const all = new Map<string, Sent>();
  return {
    add(sent) {
      const id = newId();
      all.set(id, sent);
      const [oldest] = all.keys();
      if (all.size > REMEMBERED && oldest !== undefined) all.delete(oldest);
      return id;
    },
    get: (id) => all.get(id),
  };
}

/** The upload ids of their runs: waits a while until all are there, and answers with those that are. */
export async function runsOf(
  { uploads, since }: Sent,
  { stepFunctions, stateMachineArn }: Operator,
  signal: AbortSignal,
): Promise<Map<Dropped, string>> {
  const look = () => findRuns(uploads, { stepFunctions, stateMachineArn: stateMachineArn(), since });
  let found = await look();
  for (let waited = 0; found.size < uploads.length && waited < LONGEST_WAIT; waited += BETWEEN_LOOKS) {
    await sleep(BETWEEN_LOOKS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    found = await look();
  }
  return found;
}
