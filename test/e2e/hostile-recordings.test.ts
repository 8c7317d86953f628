import { ListSpeakersCommand } from '@aws-sdk/client-voice-id';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import { z } from 'zod';
import { callers } from '../../cli/demo/callers.ts';
import { wavOf } from '../../engine/audio/wav-writer.ts';
import { recordCall } from '../speech.ts';
import { startTestCloud, type TestCloud } from './cloud.ts';

/** VIVAVOCE_HOSTILE=240 for a long run. */
const HOSTILE = Number(process.env.VIVAVOCE_HOSTILE ?? 32);
/** Told of a run that fails, so that it can be repeated. */
const SEED = Number(process.env.VIVAVOCE_HOSTILE_SEED ?? Date.now() % 1_000_000_000);
const HEADER = 44;

const output = z.object({
  Errors: z.array(z.object({ RequestId: z.string(), ErrorCode: z.number(), ErrorMessage: z.string() })),
  SuccessfulEnrollments: z.array(z.looseObject({ RequestId: z.string(), EnrollmentStatus: z.string() })),
});

let test: TestCloud;
let call: Buffer;

beforeAll(async () => {
  call = Buffer.from(await recordCall(callers[0] ?? { voice: 'slt' }));
  test = await startTestCloud();
});

afterAll(() => test.stop());

/** The same call in the ways that recorders write it. */
function soundRecordings(): Record<string, Uint8Array> {
  const samples = call.subarray(HEADER);
  const list = Buffer.concat([Buffer.from('LIST'), Buffer.from([5, 0, 0, 0]), Buffer.from('INFOx\0')]);
  const withList = Buffer.concat([call.subarray(0, 36), list, call.subarray(36)]);
  withList.writeUInt32LE(withList.length - 8, 4);
  const stereo = Buffer.alloc(samples.length * 2);
  for (let i = 0; i < samples.length; i += 2) samples.copy(stereo, i * 2, i, i + 2);
  const stereoHeader = Buffer.from(call.subarray(0, HEADER));
  stereoHeader.writeUInt32LE(36 + stereo.length, 4);
  stereoHeader.writeUInt16LE(2, 22);
  stereoHeader.writeUInt32LE(32_000, 28);
  stereoHeader.writeUInt16LE(4, 32);
  stereoHeader.writeUInt32LE(stereo.length, 40);
  const streamed = Buffer.from(call);
  streamed.writeUInt32LE(0xffffffff, 4);
  streamed.writeUInt32LE(0xffffffff, 40);
  return { plain: call, list: withList, stereo: Buffer.concat([stereoHeader, stereo]), streamed };
}

/** Headers that lie, bytes that are none, sounds that are no speech: short ones, so that each costs little. */
const hostileRecording = fc.oneof(
  fc.uint8Array({ maxLength: 2000 }),
  fc.array(fc.tuple(fc.nat(HEADER - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }).map((changes) => {
    const bytes = Buffer.from(call.subarray(0, 40_000));
    for (const [at, value] of changes) bytes[at] = value;
    return bytes;
  }),
  fc.nat(HEADER + 50).map((length) => call.subarray(0, length)),
  fc.uint8Array({ minLength: 8000, maxLength: 16_000 }).map((noise) => wavOf([noise])),
  fc.nat(5).map((seconds) => wavOf([new Uint8Array(16_000 * seconds)])),
);

it('of broken, odd and hostile recordings each gets a row that says why, and the sound ones enroll', async () => {
  const again = `VIVAVOCE_HOSTILE=${HOSTILE} VIVAVOCE_HOSTILE_SEED=${SEED}`;
  onTestFailed(() => console.error(`Again: ${again} npx vitest run test/e2e/hostile-recordings.test.ts`));
  const recordings: Record<string, Uint8Array> = soundRecordings();
  const sound = Object.keys(recordings);
  fc.sample(hostileRecording, { numRuns: HOSTILE, seed: SEED }).forEach((bytes, i) => {
    recordings[`hostile-${i}`] = bytes;
  });
  const requests = await Promise.all(
    Object.entries(recordings).map(async ([name, bytes]) => {
      await test.put('vivavoce-recordings', `${name}.wav`, bytes);
      const AudioSpecifications = [{ S3Uri: `s3://vivavoce-recordings/${name}.wav`, ChannelId: 0 }];
      return { RequestId: name, SpeakerId: `speaker-${name}`, AudioSpecifications };
    }),
  );
  const manifest = { Version: '1.0', SpeakerEnrollmentRequests: requests };
  await test.put('vivavoce-manifests', 'hostile.json', JSON.stringify(manifest));
  const [ending] = await test.endings(['hostile.json']);

  const out = output.parse(await test.getJson(ending?.detail.output?.s3Uri ?? ''));
  expect(out.SuccessfulEnrollments.map(({ RequestId }) => RequestId)).toEqual(sound);
  expect(out.Errors.map(({ RequestId }) => RequestId)).toEqual(
    Object.keys(recordings).filter((name) => !sound.includes(name)),
  );
  for (const { RequestId, ErrorCode, ErrorMessage } of out.Errors) {
    expect(ErrorCode, `${RequestId}: ${ErrorMessage}`).toBe(400);
    expect(ErrorMessage).toMatch(/found .+ expected/);
  }
  const listed = await test.voiceId.send(new ListSpeakersCommand({ DomainId: test.cloud.domainId }));
  expect(listed.SpeakerSummaries?.map((speaker) => speaker.CustomerSpeakerId).toSorted()).toEqual(
    sound.map((name) => `speaker-${name}`).toSorted(),
  );
});
