import type { Erased } from './erase-speaker.ts';
import type { FoundObjects } from './find-objects.ts';

/** What can be kept of an erasure: when and what, and nothing that says who it was. */
export interface Receipt {
  version: '1';
  /** ISO 8601. */
  erasedAt: string;
  domainId: string;
  voiceprint: Erased;
  objects: { found: { recordings: number; results: number; manifests: number }; deleted: number };
  /** Jobs that had not ended and had enrolled them. */
  jobsThatGoOn: readonly string[];
}

interface Erasure {
  erasedAt: string;
  domainId: string;
  voiceprint: Erased;
  found: FoundObjects;
  deleted: number;
  jobs: readonly string[];
}

export const receiptOf = ({ erasedAt, domainId, voiceprint, found, deleted, jobs }: Erasure): Receipt => ({
  version: '1',
  erasedAt,
  domainId,
  voiceprint,
  objects: {
    found: {
      recordings: found.recordings.length,
      results: found.results.length,
      manifests: found.manifests.length,
    },
    deleted,
  },
  jobsThatGoOn: jobs,
});

export const receiptName = (erasedAt: string) => `erasure-${erasedAt.replaceAll(':', '-')}.json`;

/** Versions in the order in which they are deleted: cut short, the manifests still say which recordings are left. */
export const inOrder = ({ recordings, results, manifests }: FoundObjects) => [...recordings, ...results, ...manifests];

export const uriOf = ({ bucket, key }: { bucket: string; key: string }) => `s3://${bucket}/${key}`;
