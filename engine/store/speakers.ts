import { changeGeneration } from './generations.ts';
import { generatedSpeakerId } from './ids.ts';
import type { Condition, Stored, Table, Version, Write } from './table.ts';
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

/** In a speaker's place: there was one, while these jobs waited or ran. */
export interface Erased {
  erasedAt: number;
  /** They enroll nobody there: by their ids, for the clock of whoever erases is not that of whoever started them. */
  jobIds: string[];
}

/** Longer than a job waits and runs. */
const ERASED_KEPT_DAYS = 30;

export type Look =
  | { speaker: Speaker; erased?: undefined; there: Version }
  | { speaker?: undefined; erased: Erased; there: Version }
  | { speaker?: undefined; erased?: undefined; there: 'absent' };

function speakerOf({ value }: Stored): Speaker[] {
  const found = value as Speaker | Erased;
  return 'erasedAt' in found ? [] : [found];
}

function lookOf(stored: Stored | undefined): Look {
  if (stored === undefined) return { there: 'absent' };
  const found = stored.value as Speaker | Erased;
  const there = stored.version;
  return 'erasedAt' in found ? { erased: found, there } : { speaker: found, there };
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

  /** A speaker, and where a write goes on, which says that nobody else wrote meanwhile. */
  async look(domainId: string, speakerId: string): Promise<Look> {
    return lookOf(await this.#table.get(partition(domainId), this.generatedId(domainId, speakerId)));
  }

  /** Many at once, by the ids that are given. */
  async lookEach(domainId: string, speakerIds: Iterable<string>): Promise<Map<string, Look>> {
    // Two ids may be one speaker's: the customer's, and the generated one.
    const byGenerated = Map.groupBy(new Set(speakerIds), (speakerId) => this.generatedId(domainId, speakerId));
    const sorts = [...byGenerated.keys()];
    const found = await this.#table.getEach(partition(domainId), sorts);
    const looks = new Map<string, Look>();
    for (const [sort, ids] of byGenerated) for (const id of ids) looks.set(id, lookOf(found.get(sort)));
    return looks;
  }

  async get(domainId: string, speakerId: string): Promise<{ speaker: Speaker; version: Version } | undefined> {
    const { speaker, there } = await this.look(domainId, speakerId);
    return speaker === undefined ? undefined : { speaker, version: there };
  }

  put(speaker: Speaker, where: Condition): Promise<Version> {
    return this.#table.write([this.putting(speaker, where)]);
  }

  /** A speaker without a voiceprint. The one that was there is out of all scores from now on. */
  putErased(speaker: Omit<Speaker, 'voiceprint'>, where: Condition, ...others: Write[]): Promise<Version> {
    return changeGeneration(this.#table, speaker.domainId, 'SPEAKERS', this.putting(speaker, where), ...others);
  }

  /** To be written together with something else. */
  putting(speaker: Speaker, where: Condition): Write {
    const { domainId, generatedSpeakerId: sort } = speaker;
    return { put: { partition: partition(domainId), sort, value: speaker }, where };
  }

  /**
   * The voiceprint is out of all scores from now on.
   * @param erased with it, that there was a speaker is left, and nothing else: see `ERASED_KEPT_DAYS`.
   * @throws ConcurrentChangeError where the speaker is not that version.
   */
  async erase(domainId: string, generatedSpeakerId: string, where: Version, erased: Erased | undefined): Promise<void> {
    const place = { partition: partition(domainId), sort: generatedSpeakerId };
    const write: Write =
      erased === undefined
        ? { delete: place, where }
        : {
            put: {
              ...place,
              value: erased,
              expiresAt: new Date(erased.erasedAt + ERASED_KEPT_DAYS * 24 * 3600 * 1000),
            },
            where,
          };
    await changeGeneration(this.#table, domainId, 'SPEAKERS', write);
  }

  async list(
    domainId: string,
    limit: number,
    after?: string,
  ): Promise<{ speakers: Speaker[]; next?: string | undefined }> {
    const page = await this.#table.page(partition(domainId), { limit, after });
    return { speakers: page.items.flatMap(speakerOf), next: page.next };
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
      for (const speaker of page.items.flatMap(speakerOf)) {
        if (found.length < size && fits(speaker)) found.push(speaker);
      }
      seen += page.items.length;
      after = page.next;
    } while (after !== undefined && found.length < size && seen < among);
    return found;
  }

  /** @returns whether all are gone; not so where `go` said to stop. */
  deleteAll(domainId: string, go: () => boolean): Promise<boolean> {
    return this.#table.deleteAll(partition(domainId), go);
  }
}
