import {
  ListSpeakersCommand,
  type SpeakerStatus,
  type SpeakerSummary,
  type VoiceIDClient,
} from '@aws-sdk/client-voice-id';

/** Speakers on a page, as many as the API gives at once, and pages that are looked through for those of one status. */
const PAGE = 50;
const LOOKED_PAGE = 100;
const MOST_PAGES = 20;

export interface SpeakersPage {
  speakers: SpeakerSummary[];
  /** How many were looked at for them. */
  looked: number;
  /** Where the list goes on. */
  next: string | undefined;
}

/**
 * A page of a domain's speakers.
 * @param status of one status alone: the API can't filter, so a page is what some pages of it hold; it may be empty and go on
 * @param after a page's `next`
 */
export async function speakersPage(
  { DomainId, status, after }: { DomainId: string; status: SpeakerStatus | undefined; after: string | undefined },
  voiceId: VoiceIDClient,
): Promise<SpeakersPage> {
  const speakers: SpeakerSummary[] = [];
  let looked = 0;
  let NextToken = after;
  for (let page = 0; page < MOST_PAGES && speakers.length < PAGE; page++) {
    const MaxResults = status === undefined ? PAGE : LOOKED_PAGE;
    const list = await voiceId.send(new ListSpeakersCommand({ DomainId, MaxResults, NextToken }));
    const all = list.SpeakerSummaries ?? [];
    looked += all.length;
    speakers.push(...all.filter(({ Status }) => status === undefined || Status === status));
    NextToken = list.NextToken;
    if (NextToken === undefined || status === undefined) break;
  }
  return { speakers, looked, next: NextToken };
}
