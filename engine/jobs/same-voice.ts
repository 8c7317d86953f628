import type { EngineDeps } from '../deps.ts';
import type { Job, Row } from '../store/jobs.ts';
import { statusOf } from '../store/speakers.ts';
import { printsOf, type Voiceprint } from '../store/voiceprints.ts';
import { sameVoiceLimit, sameVoices } from '../voiceprint/same-voice.ts';

/** Requests of different speakers that have one voice. */
export interface SameVoice {
  RequestIds: string[];
  /** Speakers of the domain whom an earlier job enrolled and who have that voice, too. */
  GeneratedSpeakerIds?: string[];
}

/** Speakers that stand for those whom the domain has already: whoever is enrolled under many names is among them. */
const EARLIER = 200;
/** Speakers looked at to find those. */
const LOOKED_AT = 4000;

type Named = { generatedSpeakerId: string; voiceprint: Voiceprint; requestId?: string };

const pause = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** Of the domain's speakers a sample, without those whom this job has enrolled. */
async function earlier(job: Job, enrolled: readonly Named[], { store, pool, now }: EngineDeps): Promise<Named[]> {
  const own = new Set(enrolled.map(({ generatedSpeakerId }) => generatedSpeakerId));
  const at = now();
  const speakers = await store.speakers.sample(job.domainId, {
    size: EARLIER,
    among: LOOKED_AT,
    fits: (speaker) => !own.has(speaker.generatedSpeakerId) && statusOf(speaker, at, pool.model.id) === 'ENROLLED',
  });
  return speakers.flatMap(({ generatedSpeakerId, voiceprint }) =>
    voiceprint === undefined ? [] : [{ generatedSpeakerId, voiceprint }],
  );
}

/**
 * Which of a job's enrollments have a voice that is also another speaker's, of the job or of a sample of the domain: a
 * swapped channel enrolls the agent as every customer. Nothing, where the model says not from which cosine on two voices
 * are one.
 */
export async function sameVoice(job: Job, rows: readonly Row[], deps: EngineDeps): Promise<SameVoice[]> {
  const { id: modelId, dimension, voices: limits } = deps.pool.model;
  const inOrder = rows.toSorted((a, b) => a.index - b.index);
  // One of another model was made before the engine changed to this one, in the middle of the job.
  const enrolled = inOrder.flatMap(({ voice }) => (voice?.voiceprint.modelId === modelId ? [voice] : []));
  if (limits === undefined || enrolled.length === 0) return [];
  const all: Named[] = [...enrolled, ...(await earlier(job, enrolled, deps))];
  const prints = printsOf(
    all.map(({ generatedSpeakerId: id, voiceprint }) => ({ id, voiceprint })),
    dimension,
  );
  const groups = await sameVoices(prints, sameVoiceLimit(prints, limits.sameVoice), pause);
  return groups.flatMap((group) => {
    const members = group.flatMap((row) => all[row] ?? []);
    const RequestIds = members.flatMap(({ requestId }) => requestId ?? []);
    const GeneratedSpeakerIds = members
      .filter(({ requestId }) => requestId === undefined)
      .map(({ generatedSpeakerId }) => generatedSpeakerId);
    if (RequestIds.length === 0) return [];
    return [{ RequestIds, ...(GeneratedSpeakerIds.length > 0 && { GeneratedSpeakerIds }) }];
  });
}
