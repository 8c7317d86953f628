import { createServer, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestCloud, type TestCloud } from './cloud.ts';

const JOB_ID = 'F'.repeat(22);
const started = z.looseObject({ ClientToken: z.string(), DomainId: z.string(), JobName: z.string() });

/** A Voice ID that is not ours: troubled at first, then it takes the job, runs it for a while, and fails it. */
class ForeignVoiceId {
  readonly requests: { operation: string; authorization: string; input: unknown }[] = [];
  readonly #troubles = new Map([
    ['StartSpeakerEnrollmentJob', ['ServiceQuotaExceededException', 'ThrottlingException', 'InternalServerException']],
    ['DescribeSpeakerEnrollmentJob', ['InternalServerException', 'ThrottlingException', 'reset']],
  ]);
  #looks = 0;
  readonly server: Server = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).replace('VoiceID.', '');
    this.requests.push({ operation, authorization: request.headers.authorization ?? '', input: await json(request) });
    const trouble = this.#troubles.get(operation)?.shift();
    if (trouble === 'reset') {
      request.socket.destroy();
      return;
    }
    response.writeHead(trouble === undefined ? 200 : trouble === 'InternalServerException' ? 500 : 400, {
      'content-type': 'application/x-amz-json-1.0',
    });
    response.end(
      JSON.stringify(trouble === undefined ? { Job: this.#job(operation) } : { __type: trouble, Message: '' }),
    );
  });

  #job(operation: string): object {
    const job = { JobId: JOB_ID, CreatedAt: 1_780_000_000 };
    if (operation === 'StartSpeakerEnrollmentJob') return { ...job, JobStatus: 'SUBMITTED' };
    this.#looks++;
    if (this.#looks === 1) return { ...job, JobStatus: 'SUBMITTED' };
    if (this.#looks === 2) return { ...job, JobStatus: 'A_STATUS_OF_LATER_TIMES' };
    if (this.#looks === 3) return { ...job, JobStatus: 'IN_PROGRESS', JobProgress: { PercentComplete: 40 } };
    const FailureDetails = { Message: 'The foreign service gave up.', StatusCode: 500 };
    return { ...job, JobStatus: 'FAILED', EndedAt: 1_780_000_080, FailureDetails };
  }

  inputsOf(operation: string): unknown[] {
    return this.requests.filter((request) => request.operation === operation).map(({ input }) => input);
  }
}

const foreign = new ForeignVoiceId();
let test: TestCloud;

beforeAll(async () => {
  await new Promise<void>((resolve) => foreign.server.listen(0, '127.0.0.1', resolve));
  const address = foreign.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  test = await startTestCloud({ AWS_ENDPOINT_URL_VOICE_ID: `http://127.0.0.1:${port}` });
});

afterAll(async () => {
  await test.stop();
  foreign.server.close();
});

it('a job at another Voice ID endpoint is started once, through its troubles, and its failure is told', async () => {
  const AudioSpecifications = [{ S3Uri: 's3://vivavoce-recordings/call.wav', ChannelId: 0 }];
  const SpeakerEnrollmentRequests = [{ RequestId: 'r', SpeakerId: 'secret-caller', AudioSpecifications }];
  await test.put('vivavoce-manifests', 'foreign.json', JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests }));
  const [ending, ...more] = await test.endings(['foreign.json']);

  expect(more).toEqual([]);
  expect(ending?.['detail-type']).toBe('Speaker Enrollment Job Failed');
  expect(ending?.detail).toMatchObject({
    jobId: JOB_ID,
    status: 'FAILED',
    failureDetails: { message: 'The foreign service gave up.', statusCode: 500 },
  });
  expect(test.events.map((event) => event['detail-type'])).toEqual([
    'Speaker Enrollment Job Started',
    'Speaker Enrollment Job Failed',
  ]);

  const starts = foreign.inputsOf('StartSpeakerEnrollmentJob').map((input) => started.parse(input));
  expect(starts).toHaveLength(4);
  expect(new Set(starts.map((input) => JSON.stringify(input))).size).toBe(1);
  expect(starts[0]?.ClientToken).toBe(ending?.detail.uploadId);
  // Seven looks: three in trouble, three at a job that runs, one at its end.
  expect(foreign.inputsOf('DescribeSpeakerEnrollmentJob')).toHaveLength(7);
  for (const { authorization } of foreign.requests) expect(authorization).toMatch(/\/us-east-1\/voiceid\/aws4_request/);
  expect(JSON.stringify(test.events)).not.toContain('secret-caller');
  expect(test.logs()).not.toContain('secret-caller');
});
