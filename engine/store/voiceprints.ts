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
