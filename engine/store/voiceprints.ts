import type { Prints } from '../voiceprint/prints.ts';

/** A voiceprint as it is stored: within an encrypted item. */
export interface Voiceprint {
  /** The model that made it; prints of different models are never compared. */
  modelId: string;
  /** Base64 of little-endian float32, [dimension]. */
  embedding: string;
  netSpeechSeconds: number;
}

export function toVoiceprint(modelId: string, embedding: Float32Array, netSpeechSeconds: number): Voiceprint {
  const bytes = Buffer.alloc(embedding.length * 4);
  embedding.forEach((value, i) => {
    bytes.writeFloatLE(value, i * 4);
  });
  return { modelId, embedding: bytes.toString('base64'), netSpeechSeconds };
}

export function embeddingOf(voiceprint: Voiceprint): Float32Array {
  const bytes = Buffer.from(voiceprint.embedding, 'base64');
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4));
}

/** Decoded into one matrix, in their order. @param dimension numbers of one voiceprint. */
export function printsOf(voiceprints: readonly { id: string; voiceprint: Voiceprint }[], dimension: number): Prints {
  const matrix = new Float32Array(voiceprints.length * dimension);
  for (const [row, { voiceprint }] of voiceprints.entries()) matrix.set(embeddingOf(voiceprint), row * dimension);
  return { ids: voiceprints.map(({ id }) => id), dimension, matrix };
}
