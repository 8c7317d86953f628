import { expect, it } from 'vitest';
import type { ModelCard as Model } from '../../clients/model-card.ts';
import { ModelCard } from '../../console/thresholds/model-card.tsx';
import { StalePrints, staleOf } from '../../console/thresholds/stale-prints.tsx';
import { Speaker } from '../../console/voices/speakers/speaker.tsx';

const now = new Date('2026-06-01T12:00:00Z');
const fraudster = (Stale: boolean) => ({ GeneratedFraudsterId: 'id#f', WatchlistIds: ['w'], CreatedAt: 0, Stale });
const textOf = (html: unknown) =>
  String(html)
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');

it('says how many voiceprints are stale, and what to do with each', () => {
  const counts = { total: 1000, byStatus: { ENROLLED: 988, EXPIRED: 12 }, whole: false };
  const html = StalePrints({ counts, stale: staleOf(counts, [fraudster(true), fraudster(false)]) });
  expect(textOf(html)).toContain('12 speakers of the first 1,000 , who must enroll again');
  expect(textOf(html)).toContain('1 fraudster , who must be registered again');
  expect(String(html)).toContain('href="/_console/voices?status=EXPIRED"');
});

it('does not say that there are none where not all were looked at', () => {
  const counts = { total: 1000, byStatus: { ENROLLED: 1000 }, whole: false };
  const none = staleOf(counts, []);
  expect(textOf(StalePrints({ counts, stale: none }))).toContain('None among the first 1,000');
  expect(textOf(StalePrints({ counts: { ...counts, whole: true }, stale: none }))).toContain('None: every voiceprint');
});

it('says on the model’s card what to do about stale voiceprints, and whose thresholds they are', () => {
  const model: Model = {
    id: 'new',
    name: 'New',
    source: 'here',
    licence: 'Apache-2.0',
    sha256: '0',
    bytes: null,
    dimension: 192,
    sampleRate: 8000,
    installed: true,
    thresholds: { authentication: 90, fraud: 20 },
    calibration: null,
    voices: null,
    measured: [],
  };
  const card = (stale: number, thresholdsOf: string) => textOf(ModelCard({ model, stale, thresholdsOf }));
  expect(card(13, 'new')).toMatch(/13 voiceprints are not compared any more .*speakers --stale .*-- thresholds /);
  expect(card(0, 'old')).toContain('The thresholds above are of another model, old :');
  expect(card(0, 'new')).not.toMatch(/--stale|another model/);
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
