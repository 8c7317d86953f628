import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { clientToken } from '../../functions/enrollment/client-token.ts';
import { tellProblems } from '../../functions/enrollment/ending.ts';
import { type Execution, executionSchema, outcome } from '../../functions/enrollment/execution.ts';
import { jobRequest } from '../../functions/enrollment/job-request.ts';
import { type Manifest, readManifest } from '../../functions/enrollment/manifest.ts';
import { execution, settings } from './data.ts';
import { detailSchema } from './event-schemas.ts';
import { type FakeAws, fakeAws } from './fake-aws.ts';
import { invokeFunction } from './process.ts';

/**
 * Manifests as people get them wrong, and jobs whose engine says what it likes. Whatever stands where, no speaker's id may
 * be in an event or in a log line. A thousand are only read; of fifty, and of the jobs, everything is run, in the
 * handlers as they are deployed. `MISTAKEN=1000` runs more, `SEED=` repeats.
 */
const COUNT = Number(process.env.MISTAKEN ?? 50);
/** Milliseconds, for a machine that has other things to do. */
const PATIENCE = 60_000 + COUNT * 1000;
const SEED = Number(process.env.SEED ?? 20_261_124);

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
const random = mulberry32(SEED);
const pick = <T>(...from: readonly T[]): T => {
  const picked = from[Math.floor(random() * from.length)];
  if (picked === undefined) throw new Error('Nothing to pick from.');
  return picked;
};

/** Ids as customers have them: numbers, names, mail addresses even. All of them have these digits, to be found again. */
const MARK = '47110815';
let given = 0;
const speakerId = () => {
  given++;
  return pick(`${MARK}${given}`, `customer-${MARK}-${given}`, `${given}_${MARK}`, `Erika${MARK}x${given}`);
};

interface Request {
  [member: string]: unknown;
}
const requestOf = (id: string, index: number): Request => ({
  RequestId: pick(`request-${index}`, id, `${id}/${index}`, `enroll ${id}`),
  SpeakerId: id,
  AudioSpecifications: [
    { S3Uri: pick(`s3://calls/${id}/1.wav`, `s3://calls/a b/${id} (2).wav`, `s3://calls/${index}.wav`), ChannelId: 0 },
  ],
});

/** One mistake in a request, or several. */
const mistakes: ((request: Request, id: string) => void)[] = [
  (request, id) => Object.assign(request, { SpeakerId: Number(id.replace(/\D/g, '')) }),
  (request, id) =>
    Object.assign(request, { SpeakerId: pick<unknown>(`${id} `, [id], { id }, `id#${id}`, id.repeat(30)) }),
  (request, id) => {
    delete request.SpeakerId;
    request[pick('SpeakerID', 'speakerId', 'CustomerSpeakerId', id)] = id;
  },
  (request, id) => Object.assign(request, { AudioSpecifications: pick<unknown>(id, [], [id], [[id]], { S3Uri: id }) }),
  (request, id) => {
    const S3Uri = pick<unknown>(
      `s3://calls/${id}.mp3`,
      `https://calls/${id}.wav`,
      `/home/${id}/1.wav`,
      id,
      [id],
      Number(MARK),
    );
    Object.assign(request, { AudioSpecifications: [{ S3Uri, ChannelId: pick<unknown>(0, id, Number(MARK)) }] });
  },
  (request, id) => {
    request.AudioSpecifications = [{ [pick('S3URI', id)]: `s3://calls/${id}.wav`, ChannelId: 0 }];
  },
  (request, id) => Object.assign(request, { RequestId: pick<unknown>([id], Number(MARK), '', { [id]: id }) }),
];

/** A manifest with at least one mistake, as bytes, and the metadata of its upload. */
function mistaken(): { body: string; metadata: Record<string, string> } {
  const ids = Array.from({ length: 1 + Math.floor(random() * 4) }, speakerId);
  const sound = ids.map(requestOf);
  ids.forEach((id, index) => {
    const request = sound[index];
    const one = pick(...mistakes);
    if (request !== undefined) one(request, id);
    if (request !== undefined && random() < 0.3) pick(...mistakes)(request, id);
  });
  const requests: unknown[] = sound;
  const [id = '', other = id] = ids;
  if (random() < 0.2) requests.push(requestOf(id, 0), { ...requestOf(other, 0), RequestId: id });
  if (random() < 0.1) requests.push(id, Number(MARK), [id]);
  const manifest: Record<string, unknown> = {
    Version: pick<unknown>('1.0', '1.0', id, 1),
    SpeakerEnrollmentRequests: requests,
  };
  if (random() < 0.05) manifest.SpeakerEnrollmentRequests = pick<unknown>(id, { [id]: requests }, Number(MARK));
  let body = JSON.stringify(manifest);
  if (random() < 0.1) body = body.slice(0, Math.floor(random() * body.length));
  if (random() < 0.1) body = body.replace(/"SpeakerId":/, `"SpeakerId":"${id}","SpeakerId":`);
  if (random() < 0.1) body = body.replace(id, `${id}"`);
  const metadata: Record<string, string> =
    random() < 0.2 ? { [pick('risk-threshold', 'domain-id', 'watchlist-ids')]: id } : {};
  return { body, metadata };
}

/** A sound manifest whose job fails, and an output file that names everybody. */
function failing(): { manifest: Manifest; output: unknown; message: string } {
  const ids = Array.from({ length: 2 + Math.floor(random() * 4) }, speakerId);
  const requests = ids.map((id, index) => {
    const S3Uri = pick(`s3://calls/${id}/1.wav`, `s3://calls/a b/${id} (2).wav`);
    return {
      RequestId: pick(`request-${index}`, `${id}/${index}`, `enroll ${id}`),
      SpeakerId: id,
      AudioSpecifications: [{ S3Uri, ChannelId: 0 }],
    };
  });
  const anyone = () => pick(...requests);
  const says = () => {
    const { SpeakerId, RequestId, AudioSpecifications } = anyone();
    const uri = AudioSpecifications[0]?.S3Uri ?? '';
    return pick(
      `${uri}: no speech.`,
      `The voice of ${SpeakerId} is that of ${anyone().SpeakerId}, in ${uri}`,
      `Speaker '${SpeakerId}' (${RequestId}) opted out`,
      `x${SpeakerId}x`,
      `{"SpeakerId":"${SpeakerId}","like":["${anyone().SpeakerId}"]}`,
    );
  };
  const Errors = requests.map(({ RequestId }) => ({ RequestId, ErrorCode: 400, ErrorMessage: says() }));
  return {
    manifest: { Version: '1.0', SpeakerEnrollmentRequests: requests },
    output: { Version: '1.0', Errors, SuccessfulEnrollments: [] },
    message: says(),
  };
}

let aws: FakeAws;
let server: Awaited<ReturnType<FakeAws['serve']>>;
beforeAll(async () => {
  aws = fakeAws();
  server = await aws.serve();
});
afterAll(() => server.close());

const endingSchema = z.object({ detailType: z.string(), detail: z.looseObject({}) });
/** The events' details of those executions, and every line that was logged. */
async function end(executions: Execution[]) {
  const inputs = executions.map((one) => ({ execution: one, executionArn: `arn:execution:${one.uploadId}` }));
  const { answers, output } = await invokeFunction(server.origin, 'summarize-enrollment', inputs);
  const endings = answers.map(({ result }) => endingSchema.parse(result));
  for (const { detailType, detail } of endings) {
    expect(detailSchema(detailType).safeParse(detail).error?.issues).toBeUndefined();
  }
  return { endings, logged: output.split('\n').filter((text) => !text.startsWith('ANSWER ')) };
}

it(`1,000 mistaken manifests (seed ${SEED}) tell the rules that they break, and no speaker`, () => {
  for (let index = 0; index < 1000; index++) {
    const { body, metadata } = mistaken();
    const of = { bucket: 'vivavoce-manifests', key: 'a.json', version: '1' };
    const read = readManifest(Buffer.from(body));
    const asked = jobRequest(of, 't', { bucket: 'b', folder: 'f', fileName: 'a.json' }, metadata, settings);
    const problems = [read, asked].flatMap((one) => ('problems' in one ? one.problems : []));
    expect(JSON.stringify(tellProblems(problems)), body).not.toContain(MARK);
  }
});

it(
  `${COUNT} mistaken manifests (seed ${SEED}) tell no speaker to an event or a log line`,
  async () => {
    const events = Array.from({ length: COUNT }, (_, index) => {
      const { body, metadata } = mistaken();
      const key = `drop/${index}.json`;
      const { versionId } = aws.put('vivavoce-manifests', key, body, metadata);
      const object = { key, 'version-id': versionId };
      return {
        source: 'aws.s3',
        'detail-type': 'Object Created',
        detail: { bucket: { name: 'vivavoce-manifests' }, object },
      };
    });
    const { output } = await invokeFunction(server.origin, 'start-enrollment', events);
    const handedOff = [...aws.executions.values()].map(({ input }) => executionSchema.parse(JSON.parse(input)));
    expect(handedOff).toHaveLength(COUNT);
    const rejected = handedOff.filter(({ outcome }) => outcome?.status === 'REJECTED');
    // A few mistakes undo one another.
    expect(rejected.length).toBeGreaterThan(COUNT * 0.9);

    const { endings, logged } = await end(rejected);
    expect(logged.concat(output).join('\n')).not.toContain(MARK);
    for (const { detail } of endings) {
      expect(JSON.stringify(detail)).not.toContain(MARK);
      expect(detail).toHaveProperty('problems.0.message', expect.stringMatching(/^Expected /));
    }
    // The file has it all, for the one who mends the manifest.
    const files = [...aws.objects.keys()].filter((name) => name.endsWith('/rejected.json'));
    expect(files).toHaveLength(rejected.length);
    expect(files.some((name) => aws.text('vivavoce-results', name.slice(17)).includes(MARK))).toBe(true);
  },
  PATIENCE,
);

it(
  'jobs whose engine names everybody tell no speaker to an event or a log line',
  async () => {
    const executions = Array.from({ length: COUNT }, (_, index): Execution => {
      const { manifest, output, message } = failing();
      const uploadId = clientToken({ bucket: 'b', key: `${index}`, version: '1' });
      const folder = `jobs/${index}`;
      const base = execution({ uploadId, output: { bucket: 'vivavoce-results', folder, fileName: 'june.json' } });
      aws.put('vivavoce-results', `${folder}/june.json`, JSON.stringify(manifest));
      aws.put('vivavoce-results', `${folder}/${base.job?.jobId}/june.json.out`, JSON.stringify(output));
      const failureDetails = { message, statusCode: 500 };
      return { ...base, outcome: outcome(pick('COMPLETED_WITH_ERRORS', 'FAILED'), pick({}, { failureDetails })) };
    });
    const { endings, logged } = await end(executions);
    expect(logged.join('\n')).not.toContain(MARK);
    for (const { detail } of endings) {
      expect(JSON.stringify(detail)).not.toContain(MARK);
      expect(detail).toHaveProperty('errors.0');
    }
  },
  PATIENCE,
);
