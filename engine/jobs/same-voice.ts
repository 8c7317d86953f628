import type { EngineDeps } from '../deps.ts';
import type { Row } from '../store/jobs.ts';
import { printsOf } from '../store/voiceprints.ts';
import { sameVoiceLimit, sameVoices } from '../voiceprint/same-voice.ts';

/** Requests of different speakers that have one voice. */
export interface SameVoice {
  RequestIds: string[];
}

const pause = () => new Promise<void>((resolve) => void setImmediate(resolve));

/**
 * Which of a job's enrollments have one voice under several names: a swapped channel enrolls the agent as every customer.
 * Nothing, where the model says not from which cosine on two voices are one.
 */
export async function sameVoice(rows: readonly Row[], { pool }: Pick<EngineDeps, 'pool'>): Promise<SameVoice[]> {
  const { id: modelId, dimension, voices: limits } = pool.model;
  if (limits === undefined) return [];
  // One of another model was made before the engine changed to this one, in the middle of the job.
  const inOrder = rows.toSorted((a, b) => a.index - b.index);
  const enrolled = inOrder.flatMap(({ voice }) => (voice?.voiceprint.modelId === modelId ? [voice] : []));
  const prints = printsOf(
    enrolled.map(({ generatedSpeakerId: id, voiceprint }) => ({ id, voiceprint })),
    dimension,
  );
  const groups = await sameVoices(prints, sameVoiceLimit(prints, limits.sameVoice), pause);
  return groups.map((group) => ({ RequestIds: group.flatMap((row) => enrolled[row]?.requestId ?? []) }));
}
