import { ListSpeakersCommand, type SpeakerStatus, VoiceIDClient } from '@aws-sdk/client-voice-id';
import { expect, it } from 'vitest';
import { speakerCounter } from '../../../clients/voices/count-speakers.ts';
import { speakersPage } from '../../../clients/voices/list-speakers.ts';

/** A domain with so many speakers, every fiftieth of whom must enroll again; the last of all, too. */
function domainOf(count: number): VoiceIDClient {
  const statusOf = (i: number): SpeakerStatus => (i % 50 === 0 || i === count - 1 ? 'EXPIRED' : 'ENROLLED');
  const client = new VoiceIDClient({ region: 'us-east-1' });
  client.middlewareStack.add(
    () => async (args) => {
      const { MaxResults = 10, NextToken = '0' } = new ListSpeakersCommand(JSON.parse(JSON.stringify(args.input)))
        .input;
      const from = Number(NextToken);
      const to = Math.min(count, from + MaxResults);
      const SpeakerSummaries = Array.from({ length: to - from }, (_, i) => ({
        GeneratedSpeakerId: `id#${from + i}`,
        Status: statusOf(from + i),
      }));
      return {
        response: {},
        output: { $metadata: {}, SpeakerSummaries, ...(to < count && { NextToken: String(to) }) },
      };
    },
    { step: 'initialize', priority: 'high' },
  );
  return client;
}

it('speakers are counted some pages at a time, and on from there', async () => {
  const count = speakerCounter('d', domainOf(1234));
  expect(await count(10)).toEqual({ total: 1000, byStatus: { ENROLLED: 980, EXPIRED: 20 }, whole: false });
  expect(await count(10)).toEqual({ total: 1234, byStatus: { ENROLLED: 1208, EXPIRED: 26 }, whole: true });
  expect(await count(10)).toMatchObject({ total: 1234, whole: true });
});

it('those of one status are found however far apart they are, and none is left out', async () => {
  const client = domainOf(7001);
  const found: string[] = [];
  let after: string | undefined;
  let pages = 0;
  do {
    const page = await speakersPage({ DomainId: 'd', status: 'EXPIRED', after }, client);
    expect(page.looked).toBeLessThanOrEqual(2000);
    found.push(...page.speakers.map(({ GeneratedSpeakerId = '' }) => GeneratedSpeakerId));
    after = page.next;
    pages++;
  } while (after !== undefined);
  expect(pages).toBe(4);
  expect(found).toHaveLength(141);
  expect(new Set(found).size).toBe(141);
});
