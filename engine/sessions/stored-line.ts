import { embeddingOf, toVoiceprint, type Voiceprint } from '../store/voiceprints.ts';
import type { Line } from './line.ts';

/** A line as JSON: within a session's encrypted item. Bytes are base64. */
export interface StoredLine extends Omit<Line, 'stretches' | 'carried' | 'open'> {
  stretches: (Voiceprint & { startedAt: number; endedAt: number })[];
  carried: string;
  open: string;
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));

export function toStoredLine({ stretches, carried, open, ...rest }: Line): StoredLine {
  return {
    ...rest,
    stretches: stretches.map(({ embedding, netSpeechSeconds, startedAt, endedAt }) => ({
      ...toVoiceprint(rest.modelId, embedding, netSpeechSeconds),
      startedAt,
      endedAt,
    })),
    carried: base64(carried),
    open: base64(open),
  };
}

export function lineOf({ stretches, carried, open, ...rest }: StoredLine): Line {
  return {
    ...rest,
    stretches: stretches.map((stretch) => ({
      embedding: embeddingOf(stretch),
      netSpeechSeconds: stretch.netSpeechSeconds,
      startedAt: stretch.startedAt,
      endedAt: stretch.endedAt,
    })),
    carried: bytesOf(carried),
    open: bytesOf(open),
  };
}
