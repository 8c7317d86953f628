import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { GetQueueUrlCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import {
  DescribeSpeakerCommand,
  ListSpeakerEnrollmentJobsCommand,
  ListSpeakersCommand,
} from '@aws-sdk/client-voice-id';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { callers } from '../../cli/demo/callers.ts';
import { wavOf } from '../../engine/audio/wav-writer.ts';
import { stateMachineArn } from '../../local/account.ts';
import { recordCall } from '../speech.ts';
import { startTestCloud, type TestCloud } from './cloud.ts';

const output = z.object({
  Version: z.literal('1.0'),
  Errors: z.array(z.object({ RequestId: z.string(), ErrorCode: z.number(), ErrorMessage: z.string() })),
  SuccessfulEnrollments: z.array(
    z.object({
      RequestId: z.string(),
      GeneratedSpeakerId: z.string().regex(/^id#[a-zA-Z0-9]{22}$/),
      CustomerSpeakerId: z.string(),
      EnrollmentStatus: z.string(),
    }),
  ),
});

const RECORDINGS = 's3://vivavoce-recordings';
const audio = (...keys: string[]) => keys.map((key) => ({ S3Uri: `${RECORDINGS}/${key}`, ChannelId: 0 }));

function manifest(requests: readonly { id: string; speaker: string; keys: string[] }[]): string {
  return JSON.stringify({
    Version: '1.0',
    SpeakerEnrollmentRequests: requests.map(({ id, speaker, keys }) => ({
      RequestId: id,
      SpeakerId: speaker,
      AudioSpecifications: audio(...keys),
    })),
  });
}

/** Two callers whose recordings are named after them, as recordings often are, and four recordings that are no good. */
const REQUESTS = [
  { id: 'good-1', speaker: 'secret-caller-one', keys: ['secret-caller-one/call.wav'] },
  { id: 'good-2', speaker: 'secret-caller-two', keys: ['secret-caller-two/call.wav'] },
  { id: 'no-wav', speaker: 'secret-caller-three', keys: ['secret-caller-three/no.wav'] },
  { id: 'missing', speaker: 'secret-caller-four', keys: ['secret-caller-four/missing.wav'] },
  { id: 'silence', speaker: 'secret-caller-five', keys: ['secret-caller-five/silence.wav'] },
  { id: 'cut', speaker: 'secret-caller-six', keys: ['secret-caller-six/cut.wav'] },
];

let test: TestCloud;

beforeAll(async () => {
  const [one, two] = await Promise.all(
    [callers[0], callers[1]].map((caller) => recordCall(caller ?? { voice: 'slt' })),
  );
  if (one === undefined || two === undefined) throw new Error('No calls.');
  test = await startTestCloud();
  await test.put('vivavoce-recordings', 'secret-caller-one/call.wav', one);
  await test.put('vivavoce-recordings', 'secret-caller-two/call.wav', two);
  await test.put('vivavoce-recordings', 'secret-caller-three/no.wav', 'no recording at all');
  await test.put('vivavoce-recordings', 'secret-caller-five/silence.wav', wavOf([new Uint8Array(16_000 * 40)]));
  await test.put('vivavoce-recordings', 'secret-caller-six/cut.wav', one.slice(0, 60_000));
}, 120_000);

afterAll(() => test.stop());

describe('a manifest dropped into the bucket', () => {
  it('ends in voiceprints, an output file and one event, whatever its key', async () => {
    const keys = ['a b+c/ü ñ %20 (1).json', '日本語/マニフェスト.json', '=&;x.json'];
    const [first = '', ...later] = keys;
    await test.put('vivavoce-manifests', first, manifest(REQUESTS));
    await test.endings([first]);
    for (const key of later) await test.put('vivavoce-manifests', key, manifest(REQUESTS));
    const endings = await test.endings(keys);

    expect(endings).toHaveLength(3);
    for (const { detail, ...event } of endings) {
      expect(event['detail-type']).toBe('Speaker Enrollment Job Completed With Errors');
      const again = detail.manifest.key !== first;
      expect(detail.counts).toEqual({
        requested: 6,
        enrolled: again ? 0 : 2,
        overwritten: 0,
        skipped: again ? 2 : 0,
        failed: 4,
        sameVoice: 0,
      });
      const out = output.parse(await test.getJson(detail.output?.s3Uri ?? ''));
      expect(
        out.SuccessfulEnrollments.map((row) => [row.RequestId, row.CustomerSpeakerId, row.EnrollmentStatus]),
      ).toEqual([
        ['good-1', 'secret-caller-one', again ? 'DUPLICATE_SKIPPED' : 'NEW_ENROLLMENT'],
        ['good-2', 'secret-caller-two', again ? 'DUPLICATE_SKIPPED' : 'NEW_ENROLLMENT'],
      ]);
      expect(out.Errors.map((row) => [row.RequestId, row.ErrorCode])).toEqual([
        ['no-wav', 400],
        ['missing', 400],
        ['silence', 400],
        ['cut', 400],
      ]);
      const retry = z.object({ SpeakerEnrollmentRequests: z.array(z.object({ RequestId: z.string() })) });
      const again2 = retry.parse(await test.getJson(detail.output?.retryManifestS3Uri ?? ''));
      expect(again2.SpeakerEnrollmentRequests.map((request) => request.RequestId)).toEqual([
        'no-wav',
        'missing',
        'silence',
        'cut',
      ]);
      expect(await test.getJson(detail.output?.summaryS3Uri ?? '')).toMatchObject({ uploadId: detail.uploadId });
    }

    const DomainId = test.cloud.domainId;
    const { SpeakerSummaries = [] } = await test.voiceId.send(new ListSpeakersCommand({ DomainId }));
    expect(SpeakerSummaries.map((speaker) => speaker.CustomerSpeakerId).sort()).toEqual([
      'secret-caller-one',
      'secret-caller-two',
    ]);
    const failed = new DescribeSpeakerCommand({ DomainId, SpeakerId: 'secret-caller-three' });
    await expect(test.voiceId.send(failed)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('is one job, one execution and one ending, however often and in whatever shape it is delivered', async () => {
    const key = 'many/ü b+c.json';
    await test.put('vivavoce-manifests', key, manifest(REQUESTS.slice(3, 4)));
    const [ending] = await test.endings([key]);
    const eTag = z.string().parse(ending?.detail.manifest.eTag);
    const before = await test.stepFunctions.send(new ListExecutionsCommand({ stateMachineArn }));
    const [execution] = before.executions ?? [];
    const DomainId = test.cloud.domainId;
    const jobsBefore = await test.voiceId.send(new ListSpeakerEnrollmentJobsCommand({ DomainId }));
    expect(execution?.name).toBe(ending?.detail.uploadId);

    // The sequencer is not in the ending: the very event is taken from what the trigger rule delivers.
    const { QueueUrl } = await test.sqs.send(new GetQueueUrlCommand({ QueueName: 'vivavoce-manifests' }));
    const object = { key, size: 1, etag: eTag, sequencer: '00' };
    const created = {
      source: 'aws.s3',
      'detail-type': 'Object Created',
      detail: { bucket: { name: 'vivavoce-manifests' }, object },
    };
    const notification = {
      Records: [
        {
          eventSource: 'aws:s3',
          eventName: 'ObjectCreated:Put',
          s3: {
            bucket: { name: 'vivavoce-manifests' },
            object: {
              key: encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/'),
              eTag,
              sequencer: '00',
            },
          },
        },
      ],
    };
    const bodies = [
      created,
      created,
      created,
      notification,
      notification,
      { Service: 'Amazon S3', Event: 's3:TestEvent' },
    ];
    await Promise.all(
      bodies.map((body) => test.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(body) }))),
    );
    const repeat = async () => {
      const { executions = [] } = await test.stepFunctions.send(new ListExecutionsCommand({ stateMachineArn }));
      return executions.filter(({ status }) => status === 'SUCCEEDED').length;
    };
    // Another sequencer is another upload: exactly one more, for all six.
    const done = (before.executions ?? []).length + 1;
    while ((await repeat()) < done) await new Promise((resolve) => setTimeout(resolve, 200));
    const jobs = await test.voiceId.send(new ListSpeakerEnrollmentJobsCommand({ DomainId }));
    expect(jobs.JobSummaries).toHaveLength((jobsBefore.JobSummaries ?? []).length + 1);
    const all = await test.endings([key]);
    expect(new Set(all.map((event) => event.detail.uploadId)).size).toBe(2);
    expect(all).toHaveLength(2);
  });

  it('is rejected with all its problems where it breaks a rule, and starts no job', async () => {
    const DomainId = test.cloud.domainId;
    const jobs = async () =>
      (await test.voiceId.send(new ListSpeakerEnrollmentJobsCommand({ DomainId }))).JobSummaries?.length;
    const before = await jobs();
    const request = { RequestId: 'r', SpeakerId: 'secret-caller', AudioSpecifications: audio('x.wav') };
    const broken: Record<string, string | Uint8Array> = {
      'empty.json': '',
      'no-json.json': '{"Version": "1.0", secret-caller',
      'utf16.json': Buffer.from('\ufeff{"Version":"1.0"}', 'utf16le'),
      'version.json': JSON.stringify({ Version: '2.0', SpeakerEnrollmentRequests: [request] }),
      'twice.json': JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests: [request, request] }),
      'speaker.json': JSON.stringify({
        Version: '1.0',
        SpeakerEnrollmentRequests: [
          { ...request, SpeakerId: 'secret caller!' },
          { ...request, RequestId: '', AudioSpecifications: [] },
        ],
      }),
    };
    for (const [key, body] of Object.entries(broken)) await test.put('vivavoce-manifests', key, body);
    const endings = await test.endings(Object.keys(broken));
    expect(endings).toHaveLength(Object.keys(broken).length);
    for (const { detail, ...event } of endings) {
      expect(event['detail-type']).toBe('Speaker Enrollment Manifest Rejected');
      expect(detail.problemCount).toBe(detail.problems?.length);
      expect(detail.problemCount).toBe(detail.manifest.key === 'speaker.json' ? 3 : 1);
      const kept = z
        .looseObject({ problems: z.array(z.unknown()) })
        .parse(await test.getJson(detail.output?.rejectedS3Uri ?? ''));
      expect(kept.problems).toHaveLength(detail.problemCount ?? 0);
      expect(JSON.stringify(kept)).not.toMatch(/secret.caller/);
    }
    expect(await jobs()).toBe(before);
  });

  it('never shows a speaker id in an event or a log line', () => {
    expect(test.events.length).toBeGreaterThan(10);
    expect(JSON.stringify(test.events)).not.toMatch(/secret.caller/);
    expect(test.logs()).toContain('"Job ended"');
    expect(test.logs()).not.toMatch(/secret.caller/);
  });
});
