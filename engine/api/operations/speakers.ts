import type { EngineDeps } from '../../deps.ts';
import { type Speaker, statusOf } from '../../store/speakers.ts';
import { activeDomain, domainOf, existing, type Operation, pageSize, seconds } from '../operation.ts';
import { pageAfter, pageToken } from '../page-token.ts';

function describe(speaker: Speaker, { now, pool }: EngineDeps) {
  return {
    CreatedAt: seconds(speaker.createdAt),
    CustomerSpeakerId: speaker.customerSpeakerId,
    DomainId: speaker.domainId,
    GeneratedSpeakerId: speaker.generatedSpeakerId,
    LastAccessedAt: seconds(speaker.lastAccessedAt),
    Status: statusOf(speaker, now(), pool.model.id),
    UpdatedAt: seconds(speaker.updatedAt),
  };
}

const tellAction = (deps: EngineDeps, domainId: string, generatedSpeakerId: string, action: string) =>
  deps.publish({
    source: 'vivavoce.voiceid',
    detailType: 'VoiceId Speaker Action',
    detail: { sourceId: generatedSpeakerId, domainId, action, status: 'SUCCESS', generatedSpeakerId },
  });

export const describeSpeaker: Operation<'DescribeSpeaker'> = async ({ DomainId, SpeakerId }, deps) => {
  await domainOf(DomainId, deps);
  const { speaker } = existing(await deps.store.speakers.get(DomainId, SpeakerId), 'SPEAKER');
  return { Speaker: describe(speaker, deps) };
};

export const listSpeakers: Operation<'ListSpeakers'> = async ({ DomainId, MaxResults, NextToken }, deps) => {
  await domainOf(DomainId, deps);
  const list = `speakers of ${DomainId}`;
  const after = pageAfter(NextToken, list, deps.settings);
  const page = await deps.store.speakers.list(DomainId, pageSize(MaxResults), after);
  return {
    SpeakerSummaries: page.speakers.map((speaker) => describe(speaker, deps)),
    ...pageToken(page.next, list, deps.settings),
  };
};

/**
 * Erases a speaker and, while a job may hold what the speaker was, leaves a mark in that place: a job that was started
 * before enrolls nobody who was erased since.
 */
export const deleteSpeaker: Operation<'DeleteSpeaker'> = async ({ DomainId, SpeakerId }, deps) => {
  await domainOf(DomainId, deps);
  const { speakers, jobs } = deps.store;
  const { speaker, version } = existing(await speakers.get(DomainId, SpeakerId), 'SPEAKER');
  const { generatedSpeakerId } = speaker;
  const jobIds = await jobs.queued('ENROLLMENT', DomainId);
  const erased = jobIds.length > 0 ? { erasedAt: deps.now(), jobIds } : undefined;
  await speakers.erase(DomainId, generatedSpeakerId, version, erased);
  await tellAction(deps, DomainId, generatedSpeakerId, 'DELETE_SPEAKER');
  return {};
};

/** Opts a speaker out, created where there is none yet; the voiceprint is gone with the same write. */
export const optOutSpeaker: Operation<'OptOutSpeaker'> = async ({ DomainId, SpeakerId }, deps) => {
  const { version } = await activeDomain(DomainId, deps);
  const { domains, speakers } = deps.store;
  const { speaker: known, there } = await speakers.look(DomainId, SpeakerId);
  if (known === undefined && SpeakerId.startsWith('id#')) existing(undefined, 'SPEAKER');
  const now = deps.now();
  const speaker: Speaker = {
    domainId: DomainId,
    generatedSpeakerId: known?.generatedSpeakerId ?? speakers.generatedId(DomainId, SpeakerId),
    customerSpeakerId: known?.customerSpeakerId ?? SpeakerId,
    status: 'OPTED_OUT',
    createdAt: known?.createdAt ?? now,
    updatedAt: now,
    lastAccessedAt: now,
  };
  await speakers.putErased(speaker, there, domains.unchanged(DomainId, version));
  await tellAction(deps, DomainId, speaker.generatedSpeakerId, 'OPT_OUT_SPEAKER');
  return { Speaker: describe(speaker, deps) };
};
