import { closeness, rank, usualClosest } from './closeness.ts';
import { type DomainThresholds, domainThresholds } from './domain-thresholds.ts';
import { UncalibratedModelError } from './errors.ts';
import { cosinesWith, type Prints, rowOf } from './prints.ts';
import { type Calibration, cosine, sameVoiceFrom, scoreOf } from './score.ts';
import { strangerPairs } from './stranger-pairs.ts';

export interface Authentication {
  /** 0 to 100. */
  score: number;
  /** Cosine less how close strangers come, and less the domain's offset. */
  similarity: number;
  /** Strangers that it was held against. */
  strangers: number;
}

export interface Risk {
  /** 0 to 100; 0 where the watchlist is empty. */
  score: number;
  /** Id of the fraudster that sounds most alike. */
  closest?: string;
}

interface Claimed {
  id: string;
  /** [dimension], of length 1. */
  embedding: Float32Array;
}

/** Scores in one domain, by one sample of its strangers. */
export interface DomainScores {
  /**
   * A voice against a claimed voiceprint. The claimed speaker is no stranger, nor is anybody with the same voice: a
   * person may be enrolled twice.
   * @param voice [dimension], of length 1.
   */
  authenticate(voice: Float32Array, claimed: Claimed): Authentication;
  /** The same where one voice is held against many: how close strangers come to it is looked at once. */
  authenticating(voice: Float32Array): (claimed: Claimed) => Authentication;
  /** A voice against all of a watchlist: 20 is reached by a stated share of honest callers, however long the list is. */
  risk(voice: Float32Array, watchlist: Prints): Risk;
  /** What the scores mean here, as far as the enrolled say: they are different people. Worked out once, when asked. */
  readonly thresholds: DomainThresholds;
}

const NOBODY: ReadonlySet<number> = new Set();
/**
 * What a watchlist's length adds to the similarity that scores 20, for each unit of its natural logarithm, in standard
 * deviations: by so much the highest of n normal values grows (0.36 from 1 to 10, 0.31 from 50 to 500).
 */
const GROWTH = 1 / 3;

/** @throws UncalibratedModelError where the model has no calibration. */
export function domainScores(strangers: Prints, calibration: Calibration | undefined): DomainScores {
  if (calibration === undefined) throw new UncalibratedModelError();
  const { prior } = calibration;
  const sameVoice = sameVoiceFrom(calibration);
  const usual = usualClosest(prior);
  let known: DomainThresholds | undefined;
  const thresholds = () => {
    if (known === undefined) {
      const rows = strangers.ids.map((_, row) => cosinesWith(rowOf(strangers, row), strangers));
      known = domainThresholds(strangerPairs(rows, prior, sameVoice), rows.length, calibration);
    }
    return known;
  };
  const sameAs = (cosines: Float32Array) =>
    new Set([...cosines.keys()].filter((row) => (cosines[row] ?? 0) >= sameVoice));
  const fraudstersOf = rememberedBy((watchlist: Prints) =>
    watchlist.ids.map((_, row) => {
      const ranked = rank(cosinesWith(rowOf(watchlist, row), strangers));
      // A fraudster who is enrolled here, too.
      const enrolled = sameAs(ranked.cosines);
      return { enrolled, closeness: closeness(ranked, enrolled, prior, usual) };
    }),
  );

  const authenticating = (voice: Float32Array) => {
    const heard = rank(cosinesWith(voice, strangers));
    return ({ id, embedding }: Claimed): Authentication => {
      const enrolled = rank(cosinesWith(embedding, strangers));
      const without = sameAs(enrolled.cosines);
      const itself = strangers.ids.indexOf(id);
      if (itself >= 0) without.add(itself);
      const close = (closeness(heard, without, prior) + closeness(enrolled, without, prior)) / 2;
      const similarity = cosine(voice, embedding) - close - thresholds().offset;
      return { score: scoreOf(similarity, calibration), similarity, strangers: strangers.ids.length - without.size };
    };
  };

  return {
    authenticate: (voice, claimed) => authenticating(voice)(claimed),
    authenticating,
    risk(voice, watchlist) {
      if (watchlist.ids.length === 0) return { score: 0 };
      const heard = rank(cosinesWith(voice, strangers));
      const close = closeness(heard, NOBODY, prior, usual);
      const cosines = cosinesWith(voice, watchlist);
      let highest = Number.NEGATIVE_INFINITY;
      let closest = 0;
      for (const [row, fraudster] of fraudstersOf(watchlist).entries()) {
        const own = fraudster.enrolled.size === 0 ? close : closeness(heard, fraudster.enrolled, prior, usual);
        const similarity = (cosines[row] ?? 0) - (own + fraudster.closeness) / 2;
        if (similarity > highest) [highest, closest] = [similarity, row];
      }
      const growth = GROWTH * calibration.strangers.deviation * Math.log(watchlist.ids.length);
      const id = watchlist.ids[closest];
      return {
        score: scoreOf(highest - thresholds().offset - growth, calibration),
        ...(id !== undefined && { closest: id }),
      };
    },
    get thresholds() {
      return thresholds();
    },
  };
}

/** Works a value out once for as long as what it is worked out from is held. */
function rememberedBy<Key extends object, Value>(work: (key: Key) => Value): (key: Key) => Value {
  const known = new WeakMap<Key, Value>();
  return (key) => {
    const value = known.get(key) ?? work(key);
    known.set(key, value);
    return value;
  };
}
