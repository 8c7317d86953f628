import type { EngineDeps } from '../../deps.ts';
import { ConcurrentChangeError } from '../../errors.ts';
import { type Speaker, statusOf } from '../../store/speakers.ts';
import { domainOf, existing, type Operation, pageSize, seconds } from '../operation.ts';
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

export const deleteSpeaker: Operation<'DeleteSpeaker'> = async ({ DomainId, SpeakerId }, deps) => {
  await domainOf(DomainId, deps);
  const { speaker } = existing(await deps.store.speakers.get(DomainId, SpeakerId), 'SPEAKER');
  await deps.store.speakers.delete(DomainId, speaker.generatedSpeakerId);
  await tellAction(deps, DomainId, speaker.generatedSpeakerId, 'DELETE_SPEAKER');
  return {};
};

/** Opts a speaker out, created where there is none yet; the voiceprint is gone with the same write. */
export const optOutSpeaker: Operation<'OptOutSpeaker'> = async ({ DomainId, SpeakerId }, deps) => {
  await domainOf(DomainId, deps);
  const { speakers } = deps.store;
  for (;;) {
    const there = await speakers.get(DomainId, SpeakerId);
    if (there === undefined && SpeakerId.startsWith('id#')) existing(undefined, 'SPEAKER');
    const now = deps.now();
    const speaker: Speaker = {
      domainId: DomainId,
      generatedSpeakerId: there?.speaker.generatedSpeakerId ?? speakers.generatedId(DomainId, SpeakerId),
      customerSpeakerId: there?.speaker.customerSpeakerId ?? SpeakerId,
      status: 'OPTED_OUT',
      createdAt: there?.speaker.createdAt ?? now,
      updatedAt: now,
      lastAccessedAt: now,
    };
    try {
      await speakers.putErased(speaker, there?.version ?? 'absent');
    } catch (error) {
      if (error instanceof ConcurrentChangeError) continue;
      throw error;
    }
    await tellAction(deps, DomainId, speaker.generatedSpeakerId, 'OPT_OUT_SPEAKER');
    return { Speaker: describe(speaker, deps) };
  }
};
