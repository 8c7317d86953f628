import { setTimeout as sleep } from 'node:timers/promises';
import { createRunFinder, type Put } from '../../clients/find-runs.ts';
import type { Operator } from '../operator.ts';

/** Manifests that were sent together. */
export interface Sent {
  uploads: readonly Put[];
  /** The upload ids of their runs, of as many as have begun. */
  look(): Promise<ReadonlyMap<Put, string>>;
}

/** How many are remembered: they are asked for once, right after they were sent. */
const REMEMBERED = 200;
/** Milliseconds between two looks, a little more from each to the next; and how many looks. Eight seconds in all. */
const FIRST_WAIT = 250;
const SLOWER = 1.25;
const LOOKS = 10;

/** What was sent lately, by an id that names nobody: an upload's key may. */
export function createSentUploads(newId: () => string): {
  add(uploads: readonly Put[], since: Date, operator: Operator): string;
  get(id: string): Sent | undefined;
} {
  const all = new Map<string, Sent>();
  return {
    add(uploads, since, { stepFunctions, stateMachineArn }) {
      const id = newId();
      let finder: ReturnType<typeof createRunFinder<Put>> | undefined;
      const look = () => {
        // Its ARN may be a setting that is missing: then the uploads are there all the same.
        finder ??= createRunFinder(uploads, { stepFunctions, stateMachineArn: stateMachineArn(), since });
        return finder();
      };
      all.set(id, { uploads, look });
      const [oldest] = all.keys();
      if (all.size > REMEMBERED && oldest !== undefined) all.delete(oldest);
      return id;
    },
    get: (id) => all.get(id),
  };
}

/** The upload ids of their runs: waits a while until all have begun, and answers with those that have. */
export async function runsOf({ uploads, look }: Sent, signal: AbortSignal): Promise<ReadonlyMap<Put, string>> {
  let found = await look();
  let wait = FIRST_WAIT;
  for (let looks = 1; found.size < uploads.length && looks < LOOKS; looks++) {
    await sleep(wait, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    wait *= SLOWER;
    found = await look();
  }
  return found;
}
