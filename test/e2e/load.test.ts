import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestCloud, type TestCloud } from './cloud.ts';

/** VIVAVOCE_LOAD_REQUESTS=10000 VIVAVOCE_LOAD_MANIFESTS=200 for a long run. */
const REQUESTS = Number(process.env.VIVAVOCE_LOAD_REQUESTS ?? 200);
const MANIFESTS = Number(process.env.VIVAVOCE_LOAD_MANIFESTS ?? 8);
const PATIENCE_MS = 600_000;

const output = z.object({
  Errors: z.array(z.looseObject({ RequestId: z.string(), ErrorCode: z.literal(400) })),
  SuccessfulEnrollments: z.array(z.unknown()),
});

let test: TestCloud;

beforeAll(async () => {
  test = await startTestCloud();
});

afterAll(() => test.stop());

function manifest(requests: number): string {
  const SpeakerEnrollmentRequests = Array.from({ length: requests }, (_, i) => ({
    RequestId: `request-${i}`,
    SpeakerId: `speaker-${i}`,
    AudioSpecifications: [{ S3Uri: `s3://vivavoce-recordings/missing/${i}.wav`, ChannelId: 0 }],
  }));
  return JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests });
}

it(
  'a long manifest of which nothing can be read ends with a row for every request, in its order',
  async () => {
    await test.put('vivavoce-manifests', 'long.json', manifest(REQUESTS));
    const [ending] = await test.endings(['long.json']);
    expect(ending?.detail.counts).toMatchObject({ requested: REQUESTS, failed: REQUESTS, enrolled: 0 });
    expect(ending?.detail.errors).toHaveLength(20);
    const { Errors, SuccessfulEnrollments } = output.parse(await test.getJson(ending?.detail.output?.s3Uri ?? ''));
    expect(SuccessfulEnrollments).toEqual([]);
    expect(Errors.map(({ RequestId }) => RequestId)).toEqual(
      Array.from({ length: REQUESTS }, (_, i) => `request-${i}`),
    );
  },
  PATIENCE_MS,
);

it(
  'manifests dropped all at once each end once, in a job of their own',
  async () => {
    const keys = Array.from({ length: MANIFESTS }, (_, i) => `at-once/${i}.json`);
    const body = manifest(1);
    await Promise.all(keys.map((key) => test.put('vivavoce-manifests', key, body)));
    const endings = await test.endings(keys);
    expect(endings.map((event) => event.detail.manifest.key).toSorted()).toEqual(keys.toSorted());
    expect(new Set(endings.map((event) => event.detail.jobId)).size).toBe(MANIFESTS);
    expect(new Set(endings.map((event) => event['detail-type']))).toEqual(
      new Set(['Speaker Enrollment Job Completed With Errors']),
    );
  },
  PATIENCE_MS,
);
