import { generatedSpeakerId } from './ids.ts';
import type { Condition, Table } from './table.ts';
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

/** ENROLLED turns to EXPIRED unused for three years, or under a model that is no longer the one in use. */
export function statusOf(speaker: Speaker, now: number, modelId: string): SpeakerStatus {
  if (speaker.status !== 'ENROLLED') return speaker.status;
  const unused = now - speaker.lastAccessedAt > UNUSED_EXPIRES_MS;
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

  async get(domainId: string, speakerId: string): Promise<{ speaker: Speaker; version: number } | undefined> {
    const stored = await this.#table.get(partition(domainId), this.generatedId(domainId, speakerId));
    return stored && { speaker: stored.value as Speaker, version: stored.version };
  }

  put(speaker: Speaker, condition: Condition): Promise<void> {
    return this.#table.put(partition(speaker.domainId), speaker.generatedSpeakerId, speaker, condition);
  }

  delete(domainId: string, speakerId: string): Promise<void> {
    return this.#table.delete(partition(domainId), this.generatedId(domainId, speakerId));
  }

  async list(
    domainId: string,
    limit: number,
    after?: string,
  ): Promise<{ speakers: Speaker[]; next?: string | undefined }> {
    const page = await this.#table.page(partition(domainId), { limit, after });
    return { speakers: page.items.map((item) => item.value as Speaker), next: page.next };
  }

  deleteAll(domainId: string): Promise<void> {
    return this.#table.deleteAll(partition(domainId));
  }
}
