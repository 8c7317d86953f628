import { ListSpeakersCommand, type SpeakerStatus, type VoiceIDClient } from '@aws-sdk/client-voice-id';

/** The most that ListSpeakers gives at once. */
const PAGE = 100;

export interface SpeakerCounts {
  byStatus: Partial<Record<SpeakerStatus, number>>;
  total: number;
  /** Whether it is all of them: the API lists speakers, and counts none. */
  whole: boolean;
}

/** Counts a domain's speakers, some pages at a time: each call counts on where the last one stopped. */
export function speakerCounter(DomainId: string, voiceId: VoiceIDClient): (pages: number) => Promise<SpeakerCounts> {
  const byStatus: SpeakerCounts['byStatus'] = {};
  let total = 0;
  let whole = false;
  let NextToken: string | undefined;
  return async (pages) => {
    for (let page = 0; page < pages && !whole; page++) {
      const list = await voiceId.send(new ListSpeakersCommand({ DomainId, MaxResults: PAGE, NextToken }));
      for (const { Status } of list.SpeakerSummaries ?? []) {
        total++;
        if (Status !== undefined) byStatus[Status] = (byStatus[Status] ?? 0) + 1;
      }
      NextToken = list.NextToken;
      whole = NextToken === undefined;
    }
    return { byStatus: { ...byStatus }, total, whole };
  };
}
