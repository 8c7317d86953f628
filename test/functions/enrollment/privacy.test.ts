import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutSpeaker, withoutSpeakers } from '../../../functions/enrollment/privacy.ts';

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

it('withoutSpeakers leaves no word that is an id', () => {
  expect(withoutSpeakers('caller-17 sounds like caller-18 and caller-1', new Set(['caller-17', 'caller-18']))).toBe(
    '[speaker] sounds like [speaker] and caller-1',
  );
});
