import { createServer, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestCloud, type TestCloud } from './cloud.ts';

const started = z.looseObject({
  ClientToken: z.string(),
  InputDataConfig: z.object({ S3Uri: z.string() }),
  OutputDataConfig: z.object({ S3Uri: z.string() }),
});
type Started = z.infer<typeof started>;

/** What a request meets: an error, in Voice ID's protocol; a page of somebody else's; a socket that closes; or the job. */
type Reply = { error: string; status: number } | { page: string; status: number } | 'reset' | { job: object };

/** A Voice ID that is not ours. What each upload's job meets, request by request, is its script; the last stays. */
class ForeignVoiceId {
  readonly requests: { operation: string; authorization: string; input: unknown }[] = [];
  /** By manifest: the replies to its start, and to the looks at it. */
  readonly scripts: Record<string, { start: Reply[]; looks: Reply[] }> = {};
  /** Asked before a job is shown as ended. */
  beforeEnd: (job: Started, jobId: string) => Promise<void> = async () => undefined;
  readonly #jobs = new Map<string, Started>();
  readonly server: Server = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).replace('VoiceID.', '');
    const input = await json(request);
    this.requests.push({ operation, authorization: request.headers.authorization ?? '', input });
    const reply = await this.#reply(operation, input);
    if (reply === 'reset') {
      request.socket.destroy();
      return;
    }
    const [status, type, body] =
      'page' in reply
        ? [reply.status, 'text/html', reply.page]
        : 'error' in reply
          ? [reply.status, JSON_TYPE, JSON.stringify({ __type: reply.error, Message: '' })]
          : [200, JSON_TYPE, JSON.stringify({ Job: reply.job })];
    response.writeHead(status, { 'content-type': type }).end(body);
  });

  async #reply(operation: string, input: unknown): Promise<Reply> {
    if (operation === 'StartSpeakerEnrollmentJob') {
      const job = started.parse(input);
      const name = job.InputDataConfig.S3Uri.split('/').at(-1)?.replace('.json', '') ?? '';
      const reply = this.scripts[name]?.start.shift();
      if (reply !== undefined) return reply;
      this.#jobs.set(name, job);
      return { job: { JobId: idOf(name), CreatedAt: 1_780_000_000, JobStatus: 'SUBMITTED' } };
    }
    const { JobId } = z.object({ JobId: z.string() }).parse(input);
    const name = JobId.replace(/0+$/, '');
    const looks = this.scripts[name]?.looks ?? [];
    const [reply = 'reset'] = looks.length > 1 ? looks.splice(0, 1) : looks;
    if (typeof reply === 'string' || !('job' in reply)) return reply;
    const job = this.#jobs.get(name);
    if ('EndedAt' in reply.job && job !== undefined) await this.beforeEnd(job, JobId);
    return { job: { JobId, CreatedAt: 1_780_000_000, ...reply.job } };
  }

  starts(name: string): Started[] {
    const inputs = this.requests.filter(({ operation }) => operation === 'StartSpeakerEnrollmentJob');
    const jobs = inputs.map(({ input }) => started.parse(input));
    return jobs.filter((job) => job.InputDataConfig.S3Uri.endsWith(`/${name}.json`));
  }

  looks(name: string): number {
    return this.requests.filter(({ input }) => JSON.stringify(input).includes(idOf(name))).length;
  }
}

const JSON_TYPE = 'application/x-amz-json-1.0';
const idOf = (name: string) => name.padEnd(22, '0');
const SUBMITTED = { job: { JobStatus: 'SUBMITTED' } };
const RUNNING = { job: { JobStatus: 'IN_PROGRESS', JobProgress: { PercentComplete: 40 } } };
const FailureDetails = { Message: 'The foreign service gave up.', StatusCode: 500 };
const THROTTLED = { error: 'ThrottlingException', status: 400 };
const BROKEN = { error: 'InternalServerException', status: 500 };

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

const drop = async (key: string) => {
  const AudioSpecifications = [{ S3Uri: 's3://vivavoce-recordings/call.wav', ChannelId: 0 }];
  const SpeakerEnrollmentRequests = [{ RequestId: 'r', SpeakerId: 'secret-caller', AudioSpecifications }];
  await test.put('vivavoce-manifests', key, JSON.stringify({ Version: '1.0', SpeakerEnrollmentRequests }));
};

it.concurrent('a job at another Voice ID endpoint is started once, through its troubles, and its failure is told', async () => {
  foreign.scripts.foreign = {
    start: [{ error: 'ServiceQuotaExceededException', status: 400 }, THROTTLED, BROKEN],
    looks: [
      BROKEN,
      THROTTLED,
      'reset',
      SUBMITTED,
      { job: { JobStatus: 'A_STATUS_OF_LATER_TIMES' } },
      RUNNING,
      { job: { JobStatus: 'FAILED', EndedAt: 1_780_000_080, FailureDetails } },
    ],
  };
  await drop('foreign.json');
  const [ending, ...more] = await test.endings(['foreign.json']);

  expect(more).toEqual([]);
  expect(ending?.['detail-type']).toBe('Speaker Enrollment Job Failed');
  expect(ending?.detail).toMatchObject({
    jobId: idOf('foreign'),
    status: 'FAILED',
    failureDetails: { message: 'The foreign service gave up.', statusCode: 500 },
  });
  const own = test.events.filter(({ detail }) => detail.manifest.key === 'foreign.json');
  expect(own.map((event) => event['detail-type'])).toEqual([
    'Speaker Enrollment Job Started',
    'Speaker Enrollment Job Failed',
  ]);

  const starts = foreign.starts('foreign');
  expect(starts).toHaveLength(4);
  expect(new Set(starts.map((input) => JSON.stringify(input))).size).toBe(1);
  expect(starts[0]?.ClientToken).toBe(ending?.detail.uploadId);
  // Seven looks: three in trouble, three at a job that runs, one at its end.
  expect(foreign.looks('foreign')).toBe(7);
  for (const { authorization } of foreign.requests) expect(authorization).toMatch(/\/us-east-1\/voiceid\/aws4_request/);
  expect(JSON.stringify(test.events)).not.toContain('secret-caller');
  expect(test.logs()).not.toContain('secret-caller');
});

it.concurrent('a job is followed through a refusal, a page of a proxy’s and no answer, to its end', async () => {
  const ended = { job: { JobStatus: 'COMPLETED', EndedAt: 1_780_000_080 } };
  foreign.scripts.odd = {
    start: [],
    looks: [
      RUNNING,
      { error: 'AccessDeniedException', status: 403 },
      { page: '<html>Sign in</html>', status: 200 },
      // As often as the client asks before it gives up.
      'reset',
      'reset',
      'reset',
      RUNNING,
      ended,
    ],
  };
  foreign.beforeEnd = async ({ OutputDataConfig }, jobId) => {
    const key = `${OutputDataConfig.S3Uri.replace('s3://vivavoce-results/', '')}/${jobId}/odd.json.out`;
    const SuccessfulEnrollments = [{ RequestId: 'r', EnrollmentStatus: 'NEW_ENROLLMENT' }];
    await test.put('vivavoce-results', key, JSON.stringify({ Version: '1.0', Errors: [], SuccessfulEnrollments }));
  };
  await drop('odd.json');
  const [ending] = await test.endings(['odd.json']);
  expect(ending?.['detail-type']).toBe('Speaker Enrollment Job Completed');
  expect(ending?.detail).toMatchObject({ jobId: idOf('odd'), counts: { requested: 1, enrolled: 1, failed: 0 } });
  expect(foreign.scripts.odd.looks).toEqual([ended]);
});
