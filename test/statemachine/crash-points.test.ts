import { describe, expect, it } from 'vitest';
import { clientToken } from '../../functions/enrollment/client-token.ts';
import type { Upload } from '../../functions/enrollment/upload.ts';
import { startEnrollment } from '../../functions/start-enrollment/start-enrollment.ts';
import { endDeadExecution } from '../../functions/summarize-enrollment/end-dead-execution.ts';
import { manifest, STATE_MACHINE, settings } from '../functions/data.ts';
import type { Fault } from '../functions/fake-aws.ts';
import { createWorld, type World } from './machine.ts';

/**
 * One upload at a time from its delivery to its ending, in simulated time, and a process that is killed at every call
 * that any of the functions makes: before it takes effect, and after it did but nobody heard. Where that is comes from a
 * run without a crash, so that a call that is added has its points by itself.
 */
const REQUESTS = 3;
const JOB_SECONDS = 300;

interface Scenario {
  body: string;
  /** Requests that the engine can't enroll; all of them: the job fails as a whole. */
  failing?: number;
  /** Seconds for which the engine takes no job. */
  busy?: number;
  refused?: Fault;
  /** Its execution is stopped by hand, after a look at the job; Step Functions' event has no input. */
  stopped?: boolean;
}

const QUOTA_REACHED: Fault = { error: 'ServiceQuotaExceededException', status: 402 };
const body = JSON.stringify(manifest(REQUESTS));
const scenarios: Record<string, Scenario> = {
  'a job that completes': { body },
  'a job with errors': { body, failing: 1 },
  'a job that fails': { body, failing: REQUESTS },
  'a job that has to wait': { body, busy: 20 },
  'a job that is refused': { body, refused: { error: 'ValidationException', status: 400 } },
  'a manifest that is rejected': { body: '{"Version": "1.0"}' },
  'an execution that is stopped': { body, stopped: true },
};

/** The engine's side: jobs run for a while, and leave their output file as they end. */
function runJobs({ aws }: World, failing: number) {
  for (const job of aws.jobs) {
    if (job.endedAt !== undefined) continue;
    job.status = 'IN_PROGRESS';
    if (aws.clock.now < job.createdAt + JOB_SECONDS * 1000) continue;
    job.endedAt = job.createdAt + JOB_SECONDS * 1000;
    if (failing === REQUESTS) {
      Object.assign(job, { status: 'FAILED', failure: { Message: 'It failed.', StatusCode: 500 } });
      continue;
    }
    job.status = failing > 0 ? 'COMPLETED_WITH_ERRORS' : 'COMPLETED';
    const folder = job.request.OutputDataConfig.S3Uri.replace('s3://vivavoce-results/', '');
    const file = job.request.InputDataConfig.S3Uri.split('/').at(-1);
    const rows = manifest(REQUESTS).SpeakerEnrollmentRequests.map(({ RequestId }) => RequestId);
    const Errors = rows
      .slice(0, failing)
      .map((RequestId) => ({ RequestId, ErrorCode: 400, ErrorMessage: 'No speech.' }));
    const SuccessfulEnrollments = rows.slice(failing).map((RequestId) => ({
      RequestId,
      EnrollmentStatus: 'NEW_ENROLLMENT',
    }));
    const out = JSON.stringify({ Version: '1.0', Errors, SuccessfulEnrollments });
    aws.put('vivavoce-results', `${folder}/${job.id}/${file}.out`, out);
  }
}

/** A point to be killed at: the n-th call of all, and what it was. */
interface Point {
  at: number;
  call: string;
  fault: 'killed before' | 'killed after';
}

/** From the delivery to the ending; of a delivery that died there is another. */
async function play({ body, failing = 0, busy = 0, refused, stopped = false }: Scenario, point?: Point) {
  const world = createWorld({ POLL_MIN_SECONDS: '100' });
  const { aws } = world;
  // What was tried again must leave the same, to the second.
  world.luck = 0;
  const calls: string[] = [];
  const start = aws.clock.now;
  aws.fault = (call) => {
    runJobs(world, failing);
    calls.push(call);
    const starts = call === 'StartSpeakerEnrollmentJob';
    const refusal = starts ? (refused ?? (aws.clock.now < start + busy * 1000 ? QUOTA_REACHED : undefined)) : undefined;
    if (calls.length - 1 !== point?.at) return refusal;
    // What is refused takes no effect, whoever hears of it.
    return refusal === undefined ? point.fault : 'killed before';
  };
  const { versionId } = aws.put('vivavoce-manifests', 'june.json', body);
  const upload: Upload = { bucket: 'vivavoce-manifests', key: 'june.json', version: versionId, versionId };
  let deaths = 0;
  const persistently = async (work: () => Promise<unknown>) => {
    await aws.invoke(work).catch(() => {
      deaths++;
      return aws.invoke(work);
    });
  };
  const deliver = () => persistently(() => startEnrollment(upload, { ...aws, settings, now: () => aws.clock.now }));

  await deliver();
  const name = clientToken(upload);
  const error = await world.run(name, (abort) => {
    world.onTask = (task, when) => {
      if (stopped && task === 'Poll' && when === 'done') abort();
    };
  });
  expect(error === undefined).toBe(!stopped);
  if (stopped) {
    const { stepFunctions } = aws;
    const executionArn = `arn:execution:${name}`;
    const detail = { executionArn, stateMachineArn: STATE_MACHINE, name, status: 'ABORTED', input: null };
    await persistently(() =>
      endDeadExecution(
        { source: 'aws.states', 'detail-type': 'Step Functions Execution Status Change', detail },
        { stepFunctions, stateMachineArn: STATE_MACHINE },
      ),
    );
    expect(await world.run(`${name}-ended`)).toBeUndefined();
  }
  // Queues deliver again what went well, too.
  await deliver();
  expect([...aws.executions.keys()]).toEqual(stopped ? [name, `${name}-ended`] : [name]);
  return { world, calls, deaths, deliver };
}

/** What an upload leaves: its files and its events, the last of each. */
function left({ aws, events }: World) {
  const files = [...aws.objects].map(([name, versions]) => [name, Buffer.from(versions.at(-1)?.body ?? []).toString()]);
  return {
    jobs: aws.jobs.map(({ id, status }) => ({ id, status })),
    files: Object.fromEntries(files),
    events: Object.fromEntries(events.map(({ DetailType, Detail }) => [DetailType, Detail])),
  };
}

describe.each(Object.entries(scenarios))('%s', async (_, scenario) => {
  const undisturbed = await play(scenario);

  it('is left alone when it is delivered again after everybody but the results bucket has forgotten it', async () => {
    const { world, deliver } = await play(scenario);
    world.aws.executions.clear();
    for (const job of world.aws.jobs) job.token = '';
    world.aws.objects.delete('vivavoce-manifests/june.json');
    const before = left(world);
    await deliver();
    expect(world.aws.executions.size).toBe(0);
    expect(left(world)).toEqual(before);
  });

  const points = undisturbed.calls.flatMap((call, at): Point[] => [
    { at, call, fault: 'killed before' },
    { at, call, fault: 'killed after' },
  ]);

  it.each(points)('leaves the same when $fault call $at, $call', async (point) => {
    const { world, deaths } = await play(scenario, point);
    expect(left(world)).toEqual(left(undisturbed.world));
    // Told at least once, and a repeat is known by its uploadId; the point was reached.
    expect(new Set(world.events.map(({ Detail }) => Detail.uploadId)).size).toBe(1);
    expect(deaths + world.steps.length).toBeGreaterThan(undisturbed.world.steps.length);
  });
});
