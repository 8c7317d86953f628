import { expect, test } from 'vitest';
import { causeLine, groupByCause } from '../../clients/causes.ts';
import { DamagedRecordingError } from '../../engine/audio/errors.ts';
import { readWav } from '../../engine/audio/wav.ts';
import { wavOf } from '../../engine/audio/wav-writer.ts';
import { checkAudio } from '../../engine/voiceprint/checks.ts';

const failure = (requestId: string, message: string, errorCode = 400) => ({ requestId, errorCode, message });

test('failures that one thing mends are one cause, the most frequent first, with what to do', () => {
  const speech = (found: number) =>
    `Not enough speech: found ${found} s of net speech in 1 recording, expected at least 10 s.`;
  const causes = groupByCause([
    failure('a', 'The speaker has opted out, and is not enrolled.', 409),
    failure('b', speech(3.1)),
    failure('c', speech(0)),
    failure(
      'd',
      "The recording s3://b/it's found, gone.wav can't be read: found no such object (NoSuchKey), expected a .wav file that the data-access role may read.",
    ),
    failure(
      'e',
      "The recording s3://b/e.wav can't be read: found access denied (AccessDenied), expected a .wav file that the data-access role may read.",
    ),
    failure('f', 'An internal error, after several tries: request it again.', 500),
    failure('g', 'Audio s3://b/1.wav has 12 channels', 400),
    failure('h', 'Audio s3://b/2.wav has 3 channels', 400),
  ]);
  expect(causes.map(({ what, failures }) => [what, failures.map(({ requestId }) => requestId).join('')])).toEqual([
    ['not enough speech', 'bc'],
    ['400 Audio s3://… has … channels', 'gh'],
    ['a speaker who has opted out', 'a'],
    ["a recording that can't be read: no such object (NoSuchKey)", 'd'],
    ["a recording that can't be read: access denied (AccessDenied)", 'e'],
    ['trouble that passes', 'f'],
  ]);
  expect(causeLine(causes[0] ?? { what: '', advice: '', failures: [] })).toMatch(
    /^2 × not enough speech: Give the request more/,
  );
});

/** What the engine says, by its own code: a message that is written anew there must be known here. */
const said = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error('Nothing was said.');
};

test("the engine's own messages are known", () => {
  const heard = {
    uri: 's3://b/a.wav',
    netSpeechSeconds: 9,
    stretches: [],
    seconds: 9,
    missingSeconds: 0,
    fullScale: 0,
  };
  const messages = {
    'a recording that was cut off': said(() => checkAudio({ ...heard, missingSeconds: 5 })),
    'a recording that is clipped': said(() => checkAudio({ ...heard, fullScale: 0.5 })),
    "a recording that can't be used: ": said(() => readWav(new Uint8Array(100), 0, 's3://b/a.wav')),
    'a channel that the recording does not have': said(() => readWav(wavOf([new Uint8Array(16)]), 1, 's3://b/a.wav')),
  };
  expect(() => checkAudio({ ...heard, fullScale: 0.5 })).toThrow(DamagedRecordingError);
  for (const [what, message] of Object.entries(messages)) {
    expect(groupByCause([failure('a', message)])[0]?.what, message).toContain(what);
  }
});
