import { closeness, type Ranked, rank, type StrangerPrior } from '../../engine/voiceprint/closeness.ts';
import { cosinesWith, type Prints, rowOf } from '../../engine/voiceprint/prints.ts';
import { cosine, pooledEmbedding } from '../../engine/voiceprint/score.ts';
import type { Utterance } from './embed-speakers.ts';
import { ENROLLMENT_SECONDS, type Similarity, type Voice } from './trials.ts';

/** One voiceprint a speaker, in the order of `ids`, made of the first 30 s of net speech or of what there is. */
export function printsOfSpeakers(utterances: readonly Utterance[]): Prints {
  const voices = [...Map.groupBy(utterances, ({ speaker }) => speaker)].map(([speaker, own]) => {
    let seconds = 0;
    const used = own.filter(({ netSpeechSeconds }) => {
      const wanted = seconds < ENROLLMENT_SECONDS;
      seconds += netSpeechSeconds;
      return wanted;
    });
    return { id: String(speaker), embedding: pooledEmbedding(used) };
  });
  const dimension = voices[0]?.embedding.length ?? 0;
  const matrix = new Float32Array(voices.length * dimension);
  for (const [row, { embedding }] of voices.entries()) matrix.set(embedding, row * dimension);
  return { ids: voices.map(({ id }) => id), dimension, matrix };
}

/** Cosines of each print with each: [n][n]. */
export const cosinesAmong = (prints: Prints): Float32Array[] =>
  prints.ids.map((_, row) => cosinesWith(rowOf(prints, row), prints));

/**
 * The similarity of two voices in a domain of the folder's other speakers: neither of the two is among its strangers, as
 * if both were new to it.
 */
export function similarityInFolder(prints: Prints, prior: StrangerPrior): Similarity {
  const rowOfSpeaker = new Map(prints.ids.map((id, row) => [Number(id), row]));
  const known = new WeakMap<Float32Array, Ranked>();
  const ranked = ({ embedding }: Voice): Ranked => {
    const there = known.get(embedding) ?? rank(cosinesWith(embedding, prints));
    known.set(embedding, there);
    return there;
  };
  return (one, other) => {
    const rows = [one, other].map(({ speaker }) => rowOfSpeaker.get(speaker) ?? -1);
    const without = new Set(rows);
    const close = (closeness(ranked(one), without, prior) + closeness(ranked(other), without, prior)) / 2;
    return cosine(one.embedding, other.embedding) - close;
  };
}

/** The bare cosine, which no domain moves. */
export const plainCosine: Similarity = (one, other) => cosine(one.embedding, other.embedding);
