import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { VoiceIDClient } from '@aws-sdk/client-voice-id';
import { z } from 'zod';

/**
 * The services that the functions call, in memory and behind the official clients: what goes over the wire is real,
 * the wire is not. Every call can be made to fail, before or after it took effect.
 */
export interface FakeAws {
  s3: S3Client;
  voiceId: VoiceIDClient;
  stepFunctions: SFNClient;
  /** Epoch milliseconds. */
  clock: { now: number };
  /** `bucket/key` → its versions, the newest last. */
  objects: Map<string, StoredVersion[]>;
  jobs: FakeJob[];
  executions: Map<string, { input: string; history: HistoryEvent[] }>;
  /** `PutObject vivavoce-results/…`, `StartSpeakerEnrollmentJob`, …: in order, those that took effect or were refused. */
  calls: string[];
  /** What Secrets Manager keeps. */
  secret: string;
  /** The access key that last signed a call, by its name. */
  signedBy: Record<string, string>;
  /** Asked before every call. */
  fault: (call: string) => Fault | undefined;
  /**
   * One invocation of a function: over when it answers, or when the fault of one of its calls is that it dies. Of the
   * dead nothing runs any further: no catch, no finally.
   */
  invoke<T>(work: () => Promise<T>): Promise<T>;
  /** Behind a socket, for those who make their clients themselves. */
  serve(): Promise<{ origin: string; close: () => void }>;
  put(bucket: string, key: string, body: string | Uint8Array, metadata?: Record<string, string>): StoredVersion;
  text(bucket: string, key: string): string;
}

export interface StoredVersion {
  body: Uint8Array;
  eTag: string;
  versionId: string;
  metadata: Record<string, string>;
}

/** Of an execution, the oldest first; `input` of those that a state was entered with. */
export interface HistoryEvent {
  type: string;
  input?: string;
}

export interface FakeJob {
  id: string;
  token: string;
  request: JobRequestOnTheWire;
  createdAt: number;
  status: string;
  percent?: number;
  endedAt?: number;
  failure?: { Message: string; StatusCode: number };
}

/**
 * An AWS error by name; an answer of somebody between here and there; or a connection that breaks, or a process that is
 * killed, before or after the call took effect.
 */
export type Fault =
  | { error: string; status: number; message?: string }
  | { answer: Answer }
  | 'lost before'
  | 'lost after'
  | 'killed before'
  | 'killed after';

/** What Lambda says of an invocation whose process is gone. */
class KilledError extends Error {
  override readonly name = 'Runtime.ExitError';
}

const jobRequest = z.looseObject({
  ClientToken: z.string(),
  DomainId: z.string(),
  JobName: z.string(),
  InputDataConfig: z.looseObject({ S3Uri: z.string() }),
  OutputDataConfig: z.looseObject({ S3Uri: z.string() }),
});
type JobRequestOnTheWire = z.infer<typeof jobRequest>;

const jobsPage = z.object({ NextToken: z.string().default('0'), JobStatus: z.string().optional() });
const historyPage = z.object({ maxResults: z.number(), nextToken: z.string().default('0') });

interface WireRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  query?: Record<string, unknown> | undefined;
  body?: unknown;
}
interface Answer {
  status: number;
  headers?: Record<string, string>;
  body: string | Uint8Array;
}

const json = (status: number, value: unknown): Answer => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: JSON.stringify(value),
});
const failed = (name: string, message: string, status = 400) =>
  json(status, { __type: name, message, Message: message });
const s3Error = (status: number, code: string): Answer => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
});

const bytesOf = (body: unknown): Uint8Array => {
  if (typeof body === 'string') return Buffer.from(body);
  return body instanceof Uint8Array ? body : new Uint8Array();
};

const METADATA = 'x-amz-meta-';

export function fakeAws(): FakeAws {
  const objects: FakeAws['objects'] = new Map();
  const jobs: FakeJob[] = [];
  const executions: FakeAws['executions'] = new Map();
  const calls: string[] = [];
  const clock = { now: Date.parse('2026-06-01T00:00:00Z') };

  const put: FakeAws['put'] = (bucket, key, body, metadata = {}) => {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const versions = objects.get(`${bucket}/${key}`) ?? [];
    const eTag = createHash('md5').update(bytes).digest('hex');
    const version = { body: bytes, eTag, versionId: `v${versions.length + 1}`, metadata };
    objects.set(`${bucket}/${key}`, [...versions, version]);
    return version;
  };

  function answerList(bucket: string, query: WireRequest['query']): Answer {
    const under = `${bucket}/${String(query?.prefix ?? '')}`;
    const keys = [...objects.keys()].filter((name) => name.startsWith(under)).sort();
    // In pages of two, to have more than one.
    const at = Number(query?.['continuation-token'] ?? 0);
    const contents = keys
      .slice(at, at + 2)
      .map((name) => `<Contents><Key>${name.slice(bucket.length + 1)}</Key></Contents>`);
    const next = at + 2 < keys.length ? `<NextContinuationToken>${at + 2}</NextContinuationToken>` : '';
    const body = `<?xml version="1.0"?><ListBucketResult>${contents.join('')}${next}</ListBucketResult>`;
    return { status: 200, headers: { 'content-type': 'application/xml' }, body };
  }

  /** Newest first, as S3 has them; in pages of two. */
  function answerVersions(bucket: string, query: WireRequest['query']): Answer {
    const under = `${bucket}/${String(query?.prefix ?? '')}`;
    const all = [...objects]
      .filter(([name]) => name.startsWith(under))
      .flatMap(([name, versions]) =>
        versions.toReversed().map((version) => [name.slice(bucket.length + 1), version] as const),
      );
    const at = Number(query?.['version-id-marker'] ?? 0);
    const listed = all
      .slice(at, at + 2)
      .map(([key, { versionId }]) => `<Version><Key>${key}</Key><VersionId>${versionId}</VersionId></Version>`);
    const more = at + 2 < all.length;
    const next = more ? `<NextKeyMarker>k</NextKeyMarker><NextVersionIdMarker>${at + 2}</NextVersionIdMarker>` : '';
    const body = `<?xml version="1.0"?><ListVersionsResult><IsTruncated>${more}</IsTruncated>${next}${listed.join('')}</ListVersionsResult>`;
    return { status: 200, headers: { 'content-type': 'application/xml' }, body };
  }

  function answerDelete(bucket: string, body: unknown): Answer {
    const asked = new TextDecoder().decode(bytesOf(body));
    for (const [, key = '', versionId] of asked.matchAll(/<Key>(.*?)<\/Key>(?:<VersionId>(.*?)<\/VersionId>)?/g)) {
      const left = (objects.get(`${bucket}/${key}`) ?? []).filter((version) => version.versionId !== versionId);
      if (left.length === 0) objects.delete(`${bucket}/${key}`);
      else objects.set(`${bucket}/${key}`, left);
    }
    return {
      status: 200,
      headers: { 'content-type': 'application/xml' },
      body: '<?xml version="1.0"?><DeleteResult/>',
    };
  }

  function answerS3({ method, headers, query, body }: WireRequest, name: string): Answer {
    const whole = name.replace(/\/$/, '');
    if (query !== undefined && 'versions' in query) return answerVersions(whole, query);
    if (query !== undefined && 'delete' in query) return answerDelete(whole, body);
    if (method === 'PUT') {
      const own = Object.entries(headers).filter(([header]) => header.startsWith(METADATA));
      const metadata = Object.fromEntries(own.map(([header, value]) => [header.slice(METADATA.length), value]));
      const slash = name.indexOf('/');
      const { eTag } = put(name.slice(0, slash), name.slice(slash + 1), bytesOf(body), metadata);
      return { status: 200, headers: { etag: `"${eTag}"` }, body: '' };
    }
    const versions = objects.get(name) ?? [];
    const wanted = query?.versionId;
    const found = wanted === undefined ? versions.at(-1) : versions.find(({ versionId }) => versionId === wanted);
    if (found === undefined) return s3Error(404, wanted === undefined ? 'NoSuchKey' : 'NoSuchVersion');
    const condition = headers['if-match'];
    if (condition !== undefined && condition !== `"${found.eTag}"`) return s3Error(412, 'PreconditionFailed');
    const own = Object.entries(found.metadata).map(([key, value]) => [`${METADATA}${key}`, value]);
    return {
      status: 200,
      headers: { etag: `"${found.eTag}"`, 'content-length': String(found.body.length), ...Object.fromEntries(own) },
      body: found.body,
    };
  }

  const describeJob = (job: FakeJob) => ({
    JobId: job.id,
    JobName: job.request.JobName,
    DomainId: job.request.DomainId,
    JobStatus: job.status,
    CreatedAt: job.createdAt / 1000,
    InputDataConfig: job.request.InputDataConfig,
    ...(job.percent !== undefined && { JobProgress: { PercentComplete: job.percent } }),
    ...(job.endedAt !== undefined && { EndedAt: job.endedAt / 1000 }),
    ...(job.failure !== undefined && { FailureDetails: job.failure }),
  });

  const operations: Record<string, (input: unknown) => Answer> = {
    StartSpeakerEnrollmentJob(input) {
      const request = jobRequest.parse(input);
      const earlier = jobs.find((job) => job.token === request.ClientToken);
      if (earlier !== undefined && JSON.stringify(earlier.request) !== JSON.stringify(request)) {
        return failed('ConflictException', 'The token is another request’s.');
      }
      const id = `job${String(jobs.length + 1).padStart(19, '0')}`;
      const job = earlier ?? {
        id,
        token: request.ClientToken,
        request,
        createdAt: clock.now,
        status: 'SUBMITTED',
      };
      if (earlier === undefined) jobs.push(job);
      return json(200, { Job: describeJob(job) });
    },
    DescribeSpeakerEnrollmentJob(input) {
      const { JobId } = z.object({ JobId: z.string() }).parse(input);
      const job = jobs.find(({ id }) => id === JobId);
      if (job === undefined) return failed('ResourceNotFoundException', 'There is no such job.');
      return json(200, { Job: describeJob(job) });
    },
    ListSpeakerEnrollmentJobs(input) {
      const { NextToken, JobStatus } = jobsPage.parse(input);
      const at = Number(NextToken);
      const of = jobs.filter(({ status }) => JobStatus === undefined || status === JobStatus);
      const page = of.slice(at, at + 2).map(describeJob);
      return json(200, { JobSummaries: page, ...(at + 2 < of.length && { NextToken: String(at + 2) }) });
    },
    StartExecution(value) {
      const { name, input } = z.object({ name: z.string(), input: z.string() }).parse(value);
      const earlier = executions.get(name);
      if (earlier !== undefined && earlier.input !== input) return failed('ExecutionAlreadyExists', 'It is there.');
      if (earlier === undefined) executions.set(name, { input, history: [] });
      return json(200, { executionArn: `arn:execution:${name}`, startDate: clock.now / 1000 });
    },
    GetSecretValue() {
      return json(200, { ARN: 'arn:secret', Name: 'engine', SecretString: aws.secret });
    },
    DescribeExecution(value) {
      const name = executionName(value);
      const execution = executions.get(name);
      if (execution === undefined) return failed('ExecutionDoesNotExist', 'There is no such execution.');
      return json(200, { executionArn: `arn:execution:${name}`, input: execution.input });
    },
    GetExecutionHistory(value) {
      const { maxResults, nextToken } = historyPage.parse(value);
      const history = executions.get(executionName(value))?.history ?? [];
      const events = [...history, { type: 'ExecutionAborted' }].reverse().map(({ type, input }: HistoryEvent) => ({
        type,
        ...(input !== undefined && { stateEnteredEventDetails: { name: 'S', input } }),
      }));
      const at = Number(nextToken);
      const next = at + maxResults < events.length ? { nextToken: String(at + maxResults) } : {};
      return json(200, { events: events.slice(at, at + maxResults), ...next });
    },
  };
  const executionName = (value: unknown) =>
    z.object({ executionArn: z.string() }).parse(value).executionArn.replace(/^.*:/, '');

  const answerTo = (request: WireRequest): Answer => {
    const operation = request.headers['x-amz-target']?.split('.')[1];
    const name = decodeURIComponent(request.path.slice(1));
    const lists = operation === undefined && request.query?.['list-type'] !== undefined;
    const call =
      operation ?? `${lists ? 'ListObjectsV2' : request.method === 'PUT' ? 'PutObject' : 'GetObject'} ${name}`;
    const key = /Credential=([^/]+)/.exec(request.headers.authorization ?? '')?.[1];
    if (key !== undefined) aws.signedBy[call] = key;
    const fault = aws.fault(call);
    const lost = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    if (fault === 'lost before') throw lost;
    if (fault === 'killed before') throw new KilledError(call);
    let answer: Answer;
    if (typeof fault === 'object' && 'answer' in fault) answer = fault.answer;
    else if (typeof fault === 'object') {
      const { error, status, message = `${error}, said the test.` } = fault;
      answer = operation === undefined ? s3Error(status, error) : failed(error, message, status);
    } else {
      calls.push(call);
      if (lists) answer = answerList(name.replace(/\/$/, ''), request.query);
      else if (operation === undefined) answer = answerS3(request, name);
      else {
        const perform = operations[operation];
        if (perform === undefined) throw new Error(`The test knows no ${operation}.`);
        answer = perform(JSON.parse(new TextDecoder().decode(bytesOf(request.body))));
      }
    }
    if (fault === 'lost after') throw lost;
    if (fault === 'killed after') throw new KilledError(call);
    return answer;
  };

  let kill: (error: KilledError) => void = () => undefined;
  const handle = async (request: WireRequest) => {
    let answer: Answer;
    try {
      answer = answerTo(request);
    } catch (error) {
      if (!(error instanceof KilledError)) throw error;
      kill(error);
      return new Promise<never>(() => undefined);
    }
    const { status, headers = {}, body } = answer;
    const stream = Readable.from([Buffer.from(body)], { objectMode: false });
    return { response: { statusCode: status, headers, body: stream } };
  };

  const serve = async () => {
    const server = createServer(async (incoming, outgoing) => {
      const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://localhost');
      const { status, headers, body } = answerTo({
        method: incoming.method ?? 'GET',
        path: pathname,
        query: Object.fromEntries(searchParams),
        headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
        body: await buffer(incoming),
      });
      outgoing.writeHead(status, headers).end(body);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = z.object({ port: z.number() }).parse(server.address());
    return { origin: `http://127.0.0.1:${port}`, close: () => void server.close() };
  };

  const options = {
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    // Nobody verifies it here, and it costs half of a call's time.
    signer: { sign: async <T>(request: T) => request },
    requestHandler: { handle, updateHttpClientConfig: () => undefined, httpHandlerConfigs: () => ({}) },
  };
  const aws: FakeAws = {
    s3: new S3Client({ ...options, forcePathStyle: true }),
    voiceId: new VoiceIDClient(options),
    stepFunctions: new SFNClient(options),
    clock,
    objects,
    jobs,
    executions,
    calls,
    secret: '',
    signedBy: {},
    fault: () => undefined,
    invoke: (work) => {
      const killed = new Promise<never>((_, reject) => {
        kill = reject;
      });
      return Promise.race([work(), killed]);
    },
    serve,
    put,
    text(bucket, key) {
      const version = objects.get(`${bucket}/${key}`)?.at(-1);
      if (version === undefined) throw new Error(`There is no ${bucket}/${key}: ${[...objects.keys()]}`);
      return Buffer.from(version.body).toString();
    },
  };
  return aws;
}
