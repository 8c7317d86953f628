import type { EngineDeps } from '../deps.ts';
import { ConcurrentChangeError } from '../errors.ts';
import type { Job, Row } from '../store/jobs.ts';
import { failure } from './enroll-speaker.ts';
import type { SameVoice } from './same-voice.ts';

/** Request ids that a message names. */
const NAMED = 5;

/** The print goes, where it is still the one that this request made; whatever was written since stays. */
async function unenroll(job: Job, { index, voice }: Row, { store }: EngineDeps): Promise<void> {
  if (voice === undefined) return;
  const { speakers } = store;
  for (;;) {
    const found = await speakers.get(job.domainId, voice.generatedSpeakerId);
    const by = found?.speaker.enrolledBy;
    if (found === undefined || by?.jobId !== job.jobId || by.index !== index) return;
    try {
      return await speakers.erase(job.domainId, voice.generatedSpeakerId, found.version, undefined);
    } catch (error) {
      if (!(error instanceof ConcurrentChangeError)) throw error;
    }
  }
}

function message(requestId: string, { RequestIds, GeneratedSpeakerIds }: SameVoice): string {
  const others = RequestIds.filter((id) => id !== requestId);
  const more = others.length > NAMED ? ` and ${others.length - NAMED} more` : '';
  const named = others.length > 0 ? [`of the requests ${others.slice(0, NAMED).join(', ')}${more}`] : [];
  const before = GeneratedSpeakerIds?.length ?? 0;
  const known = before > 0 ? [`of ${before} speaker${before === 1 ? '' : 's'} enrolled before`] : [];
  return `Found the voice ${[...named, ...known].join(' and ')}, expected one that no other speaker has: none of these requests is enrolled. Is the ChannelId the customer's?`;
}

/**
 * Requests of different speakers that have one voice enroll nobody: which of them is right, if any, nobody can tell. An
 * earlier print of such a speaker is gone, too: this job has replaced it. Done again, it does what is left of it.
 * @returns the job's rows, with an error for each of those.
 */
export async function refuseSameVoice(
  job: Job,
  rows: readonly Row[],
  shared: readonly SameVoice[],
  deps: EngineDeps,
): Promise<Row[]> {
  const groups = new Map(shared.flatMap((group) => group.RequestIds.map((id) => [id, group])));
  const refused: Row[] = [];
  for (const row of rows) {
    const requestId = row.voice?.requestId;
    const group = requestId === undefined ? undefined : groups.get(requestId);
    if (requestId === undefined || group === undefined) {
      refused.push(row);
      continue;
    }
    await unenroll(job, row, deps);
    refused.push(failure(row.index, requestId, 409, message(requestId, group)));
  }
  return refused;
}
