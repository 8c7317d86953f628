import { describe, expect, it } from 'vitest';
import { clientToken } from '../../functions/enrollment/client-token.ts';
import type { Upload } from '../../functions/enrollment/upload.ts';
import { startEnrollment } from '../../functions/start-enrollment/start-enrollment.ts';
import { endDeadExecution } from '../../functions/summarize-enrollment/end-dead-execution.ts';
import { manifest, STATE_MACHINE, settings } from '../functions/data.ts';
import { detailSchema } from '../functions/event-schemas.ts';
import type { FakeJob, Fault } from '../functions/fake-aws.ts';
import { createWorld, type World } from './machine.ts';

/**
 * Whole uploads in simulated time, every call to every service failing at random: throttled, refused, answered 500,
 * broken off before or after it took effect; functions that die before they answer; entries that the bus refuses;
 * messages delivered again; executions stopped by hand. What must hold at the end holds for every seed.
 */
const SEEDS = 200;
/** Seeds that once found a fault. */
const KEPT: number[] = [];

/** mulberry32: small, and the same everywhere. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const REQUESTS = 4;

/** The engine's side, in simulated time: one job after the other, each writing its output file as it ends. */
function runJobs(world: World, random: () => number) {
  const { aws } = world;
  const plans = new Map<FakeJob, { seconds: number; errors: number; fails: boolean }>();
  return () => {
    let free = 0;
    for (const job of aws.jobs) {
      const plan = plans.get(job) ?? {
        seconds: 1 + Math.floor(random() * 1000),
        errors: Math.floor(random() * REQUESTS),
        fails: random() < 0.1,
      };
      plans.set(job, plan);
      const begin = Math.max(free, job.createdAt);
      const end = begin + plan.seconds * 1000;
      free = end;
      if (aws.clock.now < begin || job.endedAt !== undefined) continue;
      job.status = 'IN_PROGRESS';
      job.percent = Math.min(99, Math.floor((100 * (aws.clock.now - begin)) / (end - begin)));
      if (aws.clock.now < end) continue;
      job.endedAt = end;
      if (plan.fails) {
        Object.assign(job, { status: 'FAILED', failure: { Message: 'The whole job failed.', StatusCode: 500 } });
        continue;
      }
      const { SpeakerEnrollmentRequests: requests } = manifest(REQUESTS);
      const Errors = requests.slice(0, plan.errors).map(({ RequestId, SpeakerId }) => ({
        RequestId,
        ErrorCode: 400,
        ErrorMessage: `s3://vivavoce-recordings/${SpeakerId}/call.wav holds no speech.`,
      }));
      const SuccessfulEnrollments = requests
        .slice(plan.errors)
        .map(({ RequestId }) => ({ RequestId, EnrollmentStatus: 'NEW_ENROLLMENT' }));
      const folder = job.request.OutputDataConfig.S3Uri.replace('s3://vivavoce-results/', '');
      const file = job.request.InputDataConfig.S3Uri.split('/').at(-1);
      const out = JSON.stringify({ Version: '1.0', Errors, SuccessfulEnrollments });
      aws.put('vivavoce-results', `${folder}/${job.id}/${file}.out`, out);
      job.status = plan.errors > 0 ? 'COMPLETED_WITH_ERRORS' : 'COMPLETED';
    }
  };
}

const VOICE_ID_FAULTS: Fault[] = [
  { error: 'ThrottlingException', status: 400 },
  { error: 'ServiceQuotaExceededException', status: 400 },
  { error: 'InternalServerException', status: 500 },
  'lost before',
  'lost after',
];
const OTHER_FAULTS: Fault[] = [{ error: 'SlowDown', status: 503 }, 'lost before', 'lost after'];

function injectFaults(world: World, random: () => number, share: number, tick: () => void) {
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)];
  world.aws.fault = (call) => {
    tick();
    if (random() >= share) return undefined;
    return pick(/^(Start|Describe|List)Speaker/.test(call) ? VOICE_ID_FAULTS : OTHER_FAULTS);
  };
  world.onTask = () => {
    if (random() < share / 2) throw Object.assign(new Error('The sandbox died.'), { name: 'Sandbox.Timedout' });
  };
  world.entryFails = () => random() < share;
}

/** Calls until it succeeds, as a queue with a dead-letter queue that is redriven does. */
async function persistently<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await call();
    } catch (error) {
      if (tries === 100) throw error;
    }
  }
}

async function simulate(seed: number) {
  const random = randomFrom(seed);
  const world = createWorld({ POLL_MIN_SECONDS: '30' });
  const { aws } = world;
  injectFaults(world, random, random() * 0.35, runJobs(world, random));
  const killed = new Set<string>();

  const uploads = ['a', random() < 0.2 ? 'broken' : 'b'].map((name): Upload => {
    const body = name === 'broken' ? '{"Version": "1.0"}' : JSON.stringify(manifest(REQUESTS));
    const { versionId } = aws.put('vivavoce-manifests', `${name}.json`, body);
    return { bucket: 'vivavoce-manifests', key: `${name}.json`, version: versionId, versionId };
  });
  const deliver = (upload: Upload) =>
    persistently(() => startEnrollment(upload, { ...aws, settings, now: () => aws.clock.now }));

  const follow = async (name: string) => {
    const stop = random() < 0.25 ? Math.floor(random() * 40) : undefined;
    const error = await world.run(name, (abort) => {
      if (stop === undefined) return;
      const { onTask } = world;
      let tasks = 0;
      world.onTask = (task, when) => {
        if (tasks++ === stop) {
          killed.add(name);
          abort();
          world.onTask = onTask;
        }
        onTask(task, when);
      };
    });
    if (error === undefined) return;
    const input = aws.executions.get(name)?.input ?? null;
    await persistently(() =>
      endDeadExecution(
        {
          source: 'aws.states',
          'detail-type': 'Step Functions Execution Status Change',
          detail: {
            executionArn: `arn:execution:${name}`,
            stateMachineArn: STATE_MACHINE,
            name,
            status: killed.has(name) ? 'ABORTED' : 'FAILED',
            input,
            error,
          },
        },
        { stepFunctions: aws.stepFunctions, stateMachineArn: STATE_MACHINE },
      ),
    );
    expect(await world.run(`${name}-ended`)).toBeUndefined();
  };

  for (const upload of uploads) {
    await Promise.all(Array.from({ length: 1 + Math.floor(random() * 3) }, () => deliver(upload)));
    if (random() < 0.3) aws.objects.delete(`vivavoce-manifests/${upload.key}`);
  }
  for (const upload of uploads) {
    await follow(clientToken(upload));
    await deliver(upload);
  }
  return { world, uploads, killed };
}

describe('whatever fails', () => {
  const seeds = [...KEPT, ...Array.from({ length: SEEDS }, (_, index) => index + 1)];
  const chunk = 50;
  it.each(
    Array.from({ length: Math.ceil(seeds.length / chunk) }, (_, index) =>
      seeds.slice(index * chunk, index * chunk + chunk),
    ),
  )('every upload is one job and one ending (seeds from %i)', async (...some) => {
    for (const seed of some) {
      const { world, uploads, killed } = await simulate(seed);
      for (const upload of uploads) {
        const context = `seed ${seed}, ${upload.key}`;
        const id = clientToken(upload);
        const jobs = world.aws.jobs.filter(({ token }) => token === id);
        const endings = world.events.filter(
          ({ DetailType, Detail }) => Detail.uploadId === id && !DetailType.endsWith('Started'),
        );
        // Delivered at least once; repeats tell the same.
        expect(endings.length, context).toBeGreaterThan(0);
        expect(new Set(endings.map(({ DetailType }) => DetailType)).size, context).toBe(1);
        const [ending] = endings;
        if (upload.key === 'broken.json') {
          expect(ending?.Detail.status, context).toBe('REJECTED');
          expect(jobs, context).toEqual([]);
        } else if (!killed.has(id) && ending?.Detail.jobId !== undefined) {
          // One job, and its ending is the upload's.
          expect(jobs.length, context).toBe(1);
          expect(ending.Detail.jobId, context).toBe(jobs[0]?.id);
          expect(ending.Detail.status, context).toBe(jobs[0]?.status);
        }
        expect(jobs.length, context).toBeLessThanOrEqual(1);
      }
      for (const { DetailType, Detail } of world.events) {
        expect(detailSchema(DetailType).safeParse(Detail).error?.issues, `seed ${seed}`).toBeUndefined();
      }
      expect(JSON.stringify(world.events), `seed ${seed}`).not.toMatch(/speaker-0/);
    }
  });
});
