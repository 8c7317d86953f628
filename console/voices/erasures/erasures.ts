import { randomBytes } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { deleteObjects } from '../../../clients/erase/delete-objects.ts';
import { type Erased, eraseSpeaker } from '../../../clients/erase/erase-speaker.ts';
import { type FoundObjects, findObjects } from '../../../clients/erase/find-objects.ts';
import type { ObjectVersion } from '../../../clients/erase/object-versions.ts';
import { uriOf } from '../../../clients/erase/receipt.ts';
import { runningJobs } from '../../../clients/erase/running-jobs.ts';
import { explain } from '../../../clients/explain.ts';
import type { Operator } from '../../operator.ts';

/** Versions deleted between two signs of progress. */
const AT_ONCE = 100;
/** Erasures that are kept at hand: they hold customers' ids, in this process's memory alone. */
const KEPT = 20;

/** What happens to one person's data, from the erased voiceprint on. */
export interface Erasure {
  /** Random: it is in addresses. */
  id: string;
  speakerId: string;
  domainId: string;
  /** ISO 8601. */
  erasedAt: string;
  voiceprint: Erased;
  phase: 'SEARCHING' | 'FOUND' | 'DELETING' | 'DELETED' | 'STOPPED';
  /** Objects looked at so far. */
  looked: number;
  /** What names them and is still there. */
  found: FoundObjects;
  /** What named them and is deleted. */
  gone: FoundObjects;
  /** Jobs that have not ended and enroll them. */
  jobs: string[];
  /** What could not be deleted. */
  left: { bucket: string; key: string; why: string }[];
  /** Why it stopped. */
  trouble?: string;
}

export const isBusy = ({ phase }: Erasure) => phase === 'SEARCHING' || phase === 'DELETING';

const nothing = (): FoundObjects => ({ recordings: [], results: [], manifests: [] });

async function search(erasure: Erasure, { s3, voiceId, buckets }: Operator): Promise<void> {
  const { speakerId, domainId } = erasure;
  const look = (count: number) => {
    erasure.looked = count;
  };
  const found = await findObjects(speakerId, buckets(), { s3, look });
  erasure.jobs = await runningJobs(domainId, new Set(found.results.map(uriOf)), voiceId);
  erasure.found = found;
  erasure.phase = 'FOUND';
}

async function remove(erasure: Erasure, s3: S3Client): Promise<void> {
  const { found, gone } = erasure;
  // What says which recordings are theirs goes last: cut short, it can be found again.
  for (const kind of ['recordings', 'results', 'manifests'] as const) {
    const stays: ObjectVersion[] = [];
    while (found[kind].length > 0) {
      const some = found[kind].slice(0, AT_ONCE);
      const left = await deleteObjects(some, s3);
      const refused = new Set(left.map(uriOf));
      erasure.left.push(...left);
      for (const version of some) (refused.has(uriOf(version)) ? stays : gone[kind]).push(version);
      found[kind] = found[kind].slice(AT_ONCE);
    }
    found[kind] = stays;
  }
  erasure.phase = 'DELETED';
}

/** Erasures of this console. Searching and deleting go on while nobody looks. */
export function createErasures() {
  const kept = new Map<string, Erasure>();
  const start = (erasure: Erasure, phase: 'SEARCHING' | 'DELETING', work: Promise<void>) => {
    erasure.phase = phase;
    delete erasure.trouble;
    work.catch((error: unknown) => {
      erasure.phase = 'STOPPED';
      erasure.trouble = explain(error);
    });
  };
  const lookAgain = (erasure: Erasure, operator: Operator) => {
    Object.assign(erasure, { looked: 0, found: nothing(), jobs: [], left: [] });
    start(erasure, 'SEARCHING', search(erasure, operator));
  };
  return {
    get: (id: string) => kept.get(id),

    /** Erases the voiceprint, then begins to look for what names them: nobody is recognized by it meanwhile. */
    async erase(
      { speakerId, domainId, optOut }: { speakerId: string; domainId: string; optOut: boolean },
      operator: Operator,
    ): Promise<Erasure> {
      const erasedAt = operator.now().toISOString();
      const voiceprint = await eraseSpeaker({ DomainId: domainId, SpeakerId: speakerId }, optOut, operator.voiceId);
      const erasure: Erasure = {
        id: randomBytes(12).toString('base64url'),
        speakerId,
        domainId,
        erasedAt,
        voiceprint,
        phase: 'SEARCHING',
        looked: 0,
        found: nothing(),
        jobs: [],
        gone: nothing(),
        left: [],
      };
      kept.set(erasure.id, erasure);
      const [oldest] = kept.keys();
      if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
      lookAgain(erasure, operator);
      return erasure;
    },

    /** Looks once more, such as when a job has ended since. */
    lookAgain,

    /** Deletes what was found, for good. Nothing where it was not looked for, or is being deleted. */
    deleteFound(erasure: Erasure, { s3 }: Operator): void {
      if (erasure.phase === 'FOUND') start(erasure, 'DELETING', remove(erasure, s3));
    },
  };
}

export type Erasures = ReturnType<typeof createErasures>;
