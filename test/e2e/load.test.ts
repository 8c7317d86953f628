import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestCloud, type TestCloud } from './cloud.ts';

/** VIVAVOCE_LOAD_REQUESTS=10000 VIVAVOCE_LOAD_MANIFESTS=200 for a long run. */
const REQUESTS = Number(process.env.VIVAVOCE_LOAD_REQUESTS ?? 50);
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

function manifest(requests: number, recordings = 1): string {
  const SpeakerEnrollmentRequests = Array.from({ length: requests }, (_, i) => ({
    RequestId: `request-${i}`,
    SpeakerId: `speaker-${i}`,
    AudioSpecifications: Array.from({ length: recordings }, (_, k) => ({
      S3Uri: `s3://vivavoce-recordings/missing/${i}-${k}.wav`,
      ChannelId: 0,
    })),
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

it('the largest manifest, 10,000 requests of ten recordings, is taken in less than 512 MB', async () => {
  // Where no trigger watches: the function is invoked here, alone in a process, so that its memory can be told.
  await test.put('vivavoce-recordings', 'largest.json', manifest(10_000, 10));
  const event = {
    source: 'aws.s3',
    'detail-type': 'Object Created',
    detail: { bucket: { name: 'vivavoce-recordings' }, object: { key: 'largest.json', sequencer: '1' } },
  };
  const script = `
    const { handler } = await import('./functions/start-enrollment/index.ts');
    await handler(${JSON.stringify(event)}, { functionName: 'start-enrollment' });
    console.log(JSON.stringify({ maxKilobytes: process.resourceUsage().maxRSS }));
    process.exit();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...test.functionsEnv, POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' },
  });
  const { maxKilobytes } = z.object({ maxKilobytes: z.number() }).parse(JSON.parse(stdout));
  expect(maxKilobytes / 1024).toBeLessThan(512);
  const { executions = [] } = await test.stepFunctions.send(
    new ListExecutionsCommand({ stateMachineArn: test.functionsEnv.STATE_MACHINE_ARN }),
  );
  expect(executions.length).toBe(MANIFESTS + 2);
});
