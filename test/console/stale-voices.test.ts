import { expect, it } from 'vitest';
import { StalePrints } from '../../console/thresholds/stale-prints.tsx';
import { Speaker } from '../../console/voices/speakers/speaker.tsx';

const now = new Date('2026-06-01T12:00:00Z');
const fraudster = (Stale: boolean) => ({ GeneratedFraudsterId: 'id#f', WatchlistIds: ['w'], CreatedAt: 0, Stale });
const textOf = (html: unknown) =>
  String(html)
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');

it('says how many voiceprints are stale, and what to do with each', () => {
  const counts = { total: 1000, byStatus: { ENROLLED: 988, EXPIRED: 12 }, whole: false };
  const html = StalePrints({ counts, fraudsters: [fraudster(true), fraudster(false)] });
  expect(textOf(html)).toContain('12 speakers of the first 1,000 , who must enroll again');
  expect(textOf(html)).toContain('1 fraudster , who must be registered again');
  expect(String(html)).toContain('href="/_console/voices?status=EXPIRED"');
});

it('does not say that there are none where not all were looked at', () => {
  const counts = { total: 1000, byStatus: { ENROLLED: 1000 }, whole: false };
  expect(textOf(StalePrints({ counts, fraudsters: [] }))).toContain('None among the first 1,000');
  expect(textOf(StalePrints({ counts: { ...counts, whole: true }, fraudsters: [] }))).toContain(
    'None: every voiceprint',
  );
});

it.each([
  ['2026-05-31T12:00:00Z', 'of another model than the-model'],
  ['2023-05-31T12:00:00Z', 'Nobody has used the voiceprint for three years'],
])('says why somebody last heard on %s must enroll again', (last, expected) => {
  const speaker = {
    GeneratedSpeakerId: 'id#s',
    CustomerSpeakerId: 'anna',
    Status: 'EXPIRED',
    LastAccessedAt: new Date(last),
  } as const;
  const html = Speaker({ speaker, isShown: false, model: 'the-model', now });
  expect(textOf(html)).toContain(expected);
  expect(String(html)).not.toContain('anna');
});
