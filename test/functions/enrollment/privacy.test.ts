import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../../functions/enrollment/manifest.ts';
import { maskFor } from '../../../functions/enrollment/privacy.ts';
import { withoutSpeaker } from '../../../functions/enrollment/without-speaker.ts';
import { request } from '../data.ts';

describe('withoutSpeaker', () => {
  it.each([
    ['s3://calls/caller-17/1.wav is silent', 'caller-17', 's3://calls/[speaker]/1.wav is silent'],
    ['caller-17caller-17', 'caller-17', '[speaker][speaker]'],
    ['1 of 10 s in s3://calls/1/11.wav', '1', '[speaker] of 10 s in s3://calls/[speaker]/11.wav'],
    ['a.c and abc', 'a.c', '[speaker] and abc'],
    ['nothing', undefined, 'nothing'],
    ['nothing', '', 'nothing'],
  ])('makes %j without %j %j', (text, speakerId, expected) => {
    expect(withoutSpeaker(text, speakerId)).toBe(expected);
  });

  it('leaves no id of six characters or more, whatever its characters', () => {
    const ids = fc.string({ minLength: 6, maxLength: 20 }).filter((id) => !'[speaker]'.includes(id));
    fc.assert(
      fc.property(ids, fc.array(fc.string()), (id, parts) => {
        expect(withoutSpeaker(parts.join(`/${id}/`), id)).not.toContain(`/${id}/`);
      }),
    );
  });
});

describe('maskFor', () => {
  const speakers = (...ids: string[]): Manifest => ({
    Version: '1.0',
    SpeakerEnrollmentRequests: ids.map((SpeakerId, index) => request(index, { SpeakerId })),
  });

  it('leaves no speaker of the manifest, longest first, and no URI', () => {
    const text = 'S3://calls/Erika M/1.wav: customer-4711-call sounds like x_customer-4712, and 17 like 117.';
    const mask = maskFor([text], speakers('customer-4711', 'customer-4711-call', 'customer-4712', '17', '4713'));
    expect(mask(text)).toBe('[recording]: [speaker] sounds like x_[speaker], and [speaker] like 117.');
  });

  it('takes out the recordings of the request that the text is about, however they are named', () => {
    const S3Uri = 's3://calls/Erika M (2).wav';
    const own = request(0, { AudioSpecifications: [{ S3Uri, ChannelId: 0 }] });
    expect(maskFor([S3Uri], undefined)(`${S3Uri}: no speech`, own)).toBe('[recording]: no speech');
  });
});
