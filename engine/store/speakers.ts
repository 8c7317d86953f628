import { changeGeneration } from './generations.ts';
import { generatedSpeakerId } from './ids.ts';
import type { Condition, Table, Version } from './table.ts';
import type { Voiceprint } from './voiceprints.ts';

export type SpeakerStatus = 'PENDING' | 'ENROLLED' | 'OPTED_OUT' | 'EXPIRED';
export type EnrollmentStatus = 'NEW_ENROLLMENT' | 'ENROLLMENT_OVERWRITE' | 'DUPLICATE_SKIPPED';

export interface Speaker {
  domainId: string;
  generatedSpeakerId: string;
  customerSpeakerId: string;
  status: SpeakerStatus;
  voiceprint?: Voiceprint | undefined;
  /** The request that made the voiceprint: a restarted job finds its own work by it. */
  enrolledBy?: { jobId: string; index: number; status: EnrollmentStatus } | undefined;
  createdAt: number;
  updatedAt: number;
  lastAccessedAt: number;
}

/** Voice ID dropped voiceprints that nobody used for three years. */
const UNUSED_EXPIRES_MS = 3 * 365.25 * 24 * 3600 * 1000;

/** When a speaker expires that nobody uses meanwhile, epoch milliseconds. */
export const expiryOf = (speaker: Speaker): number => speaker.lastAccessedAt + UNUSED_EXPIRES_MS;

/** ENROLLED turns to EXPIRED unused for three years, or under a model that is no longer the one in use. */
export function statusOf(speaker: Speaker, now: number, modelId: string): SpeakerStatus {
  if (speaker.status !== 'ENROLLED') return speaker.status;
  const unused = now > expiryOf(speaker);
  return unused || speaker.voiceprint?.modelId !== modelId ? 'EXPIRED' : 'ENROLLED';
}

const partition = (domainId: string) => `SPEAKER#${domainId}`;

/** Speakers of a domain, found by the customer's id or the generated one. */
export class Speakers {
  readonly #table: Table;
  readonly #key: Uint8Array;

  constructor(table: Table, key: Uint8Array) {
    this.#table = table;
    this.#key = key;
  }

  generatedId(domainId: string, speakerId: string): string {
    return speakerId.startsWith('id#') ? speakerId : generatedSpeakerId(this.#key, domainId, speakerId);
  }

  async get(domainId: string, speakerId: string): Promise<{ speaker: Speaker; version: Version } | undefined> {
    const stored = await this.#table.get(partition(domainId), this.generatedId(domainId, speakerId));
    return stored && { speaker: stored.value as Speaker, version: stored.version };
  }

  put(speaker: Speaker, condition: Condition): Promise<Version> {
    return this.#table.put(partition(speaker.domainId), speaker.generatedSpeakerId, speaker, condition);
  }

  /** A speaker without a voiceprint. The one that was there is out of all scores from now on. */
  putErased(speaker: Omit<Speaker, 'voiceprint'>, condition: Condition): Promise<Version> {
    const { domainId, generatedSpeakerId: sort } = speaker;
    const put = { partition: partition(domainId), sort, value: speaker };
    return changeGeneration(this.#table, domainId, 'SPEAKERS', { put, where: condition });
  }

  /** The voiceprint is out of all scores from now on. */
  async delete(domainId: string, speakerId: string): Promise<void> {
    const place = { partition: partition(domainId), sort: this.generatedId(domainId, speakerId) };
    await changeGeneration(this.#table, domainId, 'SPEAKERS', { delete: place });
  }

  async list(
    domainId: string,
    limit: number,
    after?: string,
  ): Promise<{ speakers: Speaker[]; next?: string | undefined }> {
    const page = await this.#table.page(partition(domainId), { limit, after });
    return { speakers: page.items.map((item) => item.value as Speaker), next: page.next };
  }

  /**
   * The first `size` speakers that fit, in the order of their generated ids. That order is random and stable: a keyed
   * hash, so that nobody who chooses an id chooses a place. At most `among` are looked at, so that the cost does not
   * grow with the domain where few fit.
   */
  async sample(
    domainId: string,
    { size, among, fits }: { size: number; among: number; fits: (speaker: Speaker) => boolean },
  ): Promise<Speaker[]> {
    const found: Speaker[] = [];
    let after: string | undefined;
    let seen = 0;
    do {
      const page = await this.#table.query(partition(domainId), { after, limit: size });
      for (const { value } of page.items) {
        const speaker = value as Speaker;
        if (found.length < size && fits(speaker)) found.push(speaker);
      }
      seen += page.items.length;
      after = page.next;
    } while (after !== undefined && found.length < size && seen < among);
    return found;
  }

  /** Scores know of it from the next generation on. */
  deleteAll(domainId: string): Promise<void> {
    return this.#table.deleteAll(partition(domainId));
  }
}
