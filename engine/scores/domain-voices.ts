import type { Logger } from '../logger.ts';
import type { Generation } from '../store/generations.ts';
import { expiryOf, statusOf } from '../store/speakers.ts';
import type { Store } from '../store/store.ts';
import { printsOf } from '../store/voiceprints.ts';
import { type DomainScores, domainScores } from '../voiceprint/domain-scores.ts';
import type { VoiceprintPool } from '../voiceprint/pool-of.ts';
import type { Prints } from '../voiceprint/prints.ts';
import { Held } from './held.ts';

/** Speakers that stand for all of a domain's: more of them say little more, and each costs a comparison a score. */
const STRANGERS = 200;
/** Speakers looked at to find those: where fewer than one in twenty is of the model in use, fewer stand for all. */
const LOOKED_AT = 4000;

export interface WatchlistPrints {
  prints: Prints;
  /** Fraudsters left out: their prints are of another model, and can't be compared. */
  stale: number;
}

/** A domain's voiceprints at one moment. */
export interface VoicesNow {
  /** Where it is another one, a score of before may be another one, too. */
  generation: Generation;
  scores(): Promise<DomainScores>;
  watchlist(watchlistId: string): Promise<WatchlistPrints>;
}

export interface DomainVoicesDeps {
  store: Pick<Store, 'speakers' | 'fraudsters' | 'generations'>;
  pool: VoiceprintPool;
  logger: Logger;
  now: () => number;
}

/**
 * The voiceprints that scores are made of, decoded once and held in memory: a domain's strangers, and its watchlists.
 * They are read from the speakers and fraudsters themselves, so that nobody's print is stored twice, and count only for
 * the generation that they were read under.
 */
export class DomainVoices {
  readonly #deps: DomainVoicesDeps;
  readonly #scores: Held<DomainScores>;
  readonly #watchlists: Held<WatchlistPrints>;

  constructor(deps: DomainVoicesDeps) {
    this.#deps = deps;
    this.#scores = new Held(deps.now);
    this.#watchlists = new Held(deps.now);
  }

  /** As they are now: one small call to the store, and the larger ones only after a change. For one verdict. */
  async of(domainId: string): Promise<VoicesNow> {
    const generation = await this.#deps.store.generations.get(domainId);
    return {
      generation,
      scores: () => this.#scores.get(domainId, generation.SPEAKERS, () => this.#sample(domainId)),
      watchlist: (id) => this.#watchlists.get(id, generation.FRAUDSTERS, () => this.#watchlist(domainId, id)),
    };
  }

  async #sample(domainId: string) {
    const { store, pool } = this.#deps;
    const now = this.#deps.now();
    const speakers = await store.speakers.sample(domainId, {
      size: STRANGERS,
      among: LOOKED_AT,
      fits: (speaker) => statusOf(speaker, now, pool.model.id) === 'ENROLLED',
    });
    const strangers = speakers.flatMap(({ generatedSpeakerId: id, voiceprint }) =>
      voiceprint === undefined ? [] : [{ id, voiceprint }],
    );
    const prints = printsOf(strangers, pool.model.dimension);
    return {
      value: domainScores(prints, pool.model.calibration),
      // The first of them to expire takes the sample along.
      until: speakers.reduce((first, speaker) => Math.min(first, expiryOf(speaker)), Number.POSITIVE_INFINITY),
    };
  }

  async #watchlist(domainId: string, watchlistId: string) {
    const { store, pool, logger } = this.#deps;
    const fraudsters = await store.fraudsters.on(domainId, watchlistId);
    const comparable = fraudsters.filter(({ voiceprint }) => voiceprint.modelId === pool.model.id);
    const stale = fraudsters.length - comparable.length;
    if (stale > 0) {
      logger.warn('Fraudsters of another model are not compared: register them again', {
        domainId,
        watchlistId,
        stale,
      });
    }
    const rows = comparable.map(({ generatedFraudsterId: id, voiceprint }) => ({ id, voiceprint }));
    return { value: { prints: printsOf(rows, pool.model.dimension), stale }, until: Number.POSITIVE_INFINITY };
  }
}
