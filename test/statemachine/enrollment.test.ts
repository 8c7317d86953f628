import aslValidator from 'asl-validator';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Execution, outcome } from '../../functions/enrollment/execution.ts';
import { DOMAIN, execution, manifest } from '../functions/data.ts';
import { detailSchema } from '../functions/event-schemas.ts';
import type { FakeJob } from '../functions/fake-aws.ts';
import { createWorld, deployed, retrierSchema, retryDelay, text, type World } from './machine.ts';

const ID = 'u'.repeat(43);
const FOLDER = 'calls/june/uuuuuuuuuuuu';
let world: World;
beforeEach(() => {
  world = createWorld();
  world.aws.put('vivavoce-results', `${FOLDER}/june.json`, JSON.stringify(manifest()));
});

const request = {
  ClientToken: ID,
  JobName: 'june-uuuuuuuu',
  DomainId: DOMAIN,
  DataAccessRoleArn: 'arn:aws:iam::123456789012:role/data-access',
  InputDataConfig: { S3Uri: `s3://vivavoce-results/${FOLDER}/june.json` },
  OutputDataConfig: { S3Uri: `s3://vivavoce-results/${FOLDER}` },
};
const { job: started, ...withoutJob } = execution();

/** Runs the execution; its events must be as published. */
async function run(input: Partial<Execution>) {
  world.aws.executions.set(ID, { input: JSON.stringify(input), history: [] });
  const error = await world.run(ID);
  for (const { DetailType, Detail } of world.events) {
    expect(detailSchema(DetailType).safeParse(Detail).error?.issues).toBeUndefined();
  }
  return error;
}
const told = () => world.events.map(({ DetailType }) => DetailType);
const tasks = () => world.steps.filter((step) => typeof step === 'string');

/** The job of the upload, ending after so many simulated seconds. */
function job(seconds: number, end: Partial<FakeJob> = { status: 'COMPLETED' }) {
  const { aws } = world;
  const begun = aws.clock.now;
  aws.jobs.push({ id: started?.jobId ?? '', token: ID, request, createdAt: begun, status: 'IN_PROGRESS', percent: 0 });
  aws.fault = (call) => {
    const ran = (aws.clock.now - begun) / 1000;
    const [own] = aws.jobs;
    if (call !== 'DescribeSpeakerEnrollmentJob' || own === undefined) return undefined;
    if (ran >= seconds) Object.assign(own, { endedAt: begun + seconds * 1000 }, end);
    else own.percent = Math.floor((100 * ran) / seconds);
    return undefined;
  };
}

describe('the definition', () => {
  const { States } = z
    .object({
      States: z.record(
        z.string(),
        z.looseObject({
          Type: z.string(),
          Retry: z.array(retrierSchema).optional(),
          End: z.boolean().optional(),
          Catch: z.array(z.object({ ErrorEquals: z.array(z.string()) })).optional(),
          TimeoutSeconds: z.int().optional(),
        }),
      ),
    })
    .parse(JSON.parse(text));

  it('is valid', () => {
    const { isValid, errorsText } = aslValidator(JSON.parse(deployed));
    expect(isValid, isValid ? '' : errorsText()).toBe(true);
  });

  it.each(Object.entries(States).filter(([, { Type }]) => Type === 'Task'))(
    '%s has Retry and Catch for every error, and a timeout',
    (_, { Retry, Catch, TimeoutSeconds, End }) => {
      expect(Retry?.at(-1)?.ErrorEquals).toEqual(['States.ALL']);
      // What can't be told at the end fails the execution: its own event leads to another try.
      if (End !== true) expect(Catch?.at(-1)?.ErrorEquals).toEqual(['States.ALL']);
      expect(TimeoutSeconds).toBeGreaterThan(0);
    },
  );

  it.each(['StartJob', 'Poll', 'Summarize', 'TellEnding'])(
    '%s is tried for a day, within a tenth of the history',
    (name) => {
      const [retrier] = States[name]?.Retry ?? [];
      if (retrier === undefined) throw new Error(`${name} has no retrier.`);
      // A full jitter leaves half on average, and over hundreds of tries not much less: 45 of 100.
      const delays = Array.from({ length: retrier.MaxAttempts }, (_, index) => retryDelay(retrier, index + 1, 0.45));
      expect(delays.reduce((sum, delay) => sum + delay, 0)).toBeGreaterThan(86_400);
      expect(3 * retrier.MaxAttempts).toBeLessThan(2500);
    },
  );

  it('has no substitutions but those that are documented', () => {
    const names = new Set([...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name));
    expect([...names].sort()).toEqual([
      'EventBusName',
      'Partition',
      'PollEnrollmentFunctionArn',
      'StartJobFunctionArn',
      'SummarizeEnrollmentFunctionArn',
    ]);
  });
});

describe('an upload whose job was started', () => {
  it('is told of, polled to its end, summarized and told of again', async () => {
    job(600);
    world.aws.put('vivavoce-results', `${FOLDER}/${started?.jobId}/june.json.out`, '{"Version":"1.0"}');
    expect(await run(execution())).toBeUndefined();
    expect(told()).toEqual(['Speaker Enrollment Job Started', 'Speaker Enrollment Job Completed']);
    expect(world.events[0]).toMatchObject({
      EventBusName: 'vivavoce',
      Detail: { uploadId: ID, jobId: started?.jobId, status: 'STARTED' },
    });
    expect(world.events[1]?.Detail).toMatchObject({ endedAt: '2026-06-01T00:10:00.000Z', counts: { requested: 2 } });
    expect(world.events[1]?.Detail.executionArn).toBe(`arn:execution:${ID}`);
    const polls = tasks().filter((task) => task === 'Poll').length;
    // A look every five seconds would be 121.
    expect(polls).toBeLessThan(30);
    expect((world.aws.clock.now - Date.parse('2026-06-01T00:10:00Z')) / 1000).toBeLessThanOrEqual(60);
  });

  it.each([
    ['COMPLETED_WITH_ERRORS', 'Speaker Enrollment Job Completed With Errors'],
    ['FAILED', 'Speaker Enrollment Job Failed'],
  ])('ends as its job does: %s', async (status, detailType) => {
    job(80, { status, ...(status === 'FAILED' && { failure: { Message: 'Bad role.', StatusCode: 403 } }) });
    await run(execution());
    expect(told()).toEqual(['Speaker Enrollment Job Started', detailType]);
    if (status === 'FAILED')
      expect(world.events[1]?.Detail.failureDetails).toEqual({ message: 'Bad role.', statusCode: 403 });
  });

  it('is given up at the deadline', async () => {
    job(100_000);
    await run(execution());
    expect(told()).toEqual(['Speaker Enrollment Job Started', 'Speaker Enrollment Job Timed Out']);
    expect((world.aws.clock.now - Date.parse('2026-06-01')) / 1000).toBeLessThanOrEqual(86_400 + 300);
  });

  it('is followed to the deadline while its engine is down, within the history', async () => {
    world = createWorld({ POLL_MAX_SECONDS: '30' });
    world.aws.put('vivavoce-results', `${FOLDER}/june.json`, JSON.stringify(manifest()));
    job(100_000);
    const troubled = world.aws.fault;
    const begun = world.aws.clock.now;
    world.aws.fault = (call) =>
      call.startsWith('Describe') && world.aws.clock.now > begun + 60_000 ? 'lost before' : troubled(call);
    await run(execution());
    expect(told().at(-1)).toBe('Speaker Enrollment Job Timed Out');
    expect(world.events.at(-1)?.Detail).toHaveProperty(
      'failureDetails.message',
      expect.stringMatching(/looks .*failed/),
    );
    expect(world.aws.clock.now - begun).toBeGreaterThanOrEqual(86_400_000);
    expect(world.aws.executions.get(ID)?.history.length).toBeLessThan(20_000);
  });

  it('that never leaves the queue is given up at the deadline for waiting', async () => {
    world = createWorld({ JOB_QUEUE_DEADLINE_SECONDS: '10' });
    world.aws.put('vivavoce-results', `${FOLDER}/june.json`, JSON.stringify(manifest()));
    job(100_000, {});
    const [own] = world.aws.jobs;
    if (own !== undefined) own.status = 'SUBMITTED';
    const begun = world.aws.clock.now;
    await run(execution());
    expect(told()).toEqual(['Speaker Enrollment Job Started', 'Speaker Enrollment Job Timed Out']);
    expect(world.events[1]?.Detail).toHaveProperty(
      'failureDetails.message',
      'The job was not seen running 10 s after its waiting began (JOB_QUEUE_DEADLINE_SECONDS is 10).',
    );
    expect((world.aws.clock.now - begun) / 1000).toBe(10);
  });

  it('waits on through a status that nobody knows', async () => {
    job(100, { status: 'RESTING' });
    await run(execution());
    expect(told().at(-1)).toBe('Speaker Enrollment Job Timed Out');
  });

  it('is polled all the same when its start can’t be told', async () => {
    job(20);
    world.onTask = (task) => {
      if (task === 'TellStarted') throw new Error('No bus.');
    };
    expect(await run(execution())).toBeUndefined();
    expect(told()).toEqual(['Speaker Enrollment Job Completed']);
  });
});

describe('an upload whose job could not be started', () => {
  it('is tried again with the same token, after the waits that the function gives', async () => {
    let refusals = 5;
    const refuse = { error: 'ServiceQuotaExceededException', status: 400 };
    world.aws.fault = (call) => {
      const [own] = world.aws.jobs;
      if (own !== undefined) own.status = 'COMPLETED';
      return call === 'StartSpeakerEnrollmentJob' && refusals-- > 0 ? refuse : undefined;
    };
    await run({ ...withoutJob, request });
    expect(world.steps.slice(0, 11)).toEqual(
      [30, 60, 120, 240, 480].flatMap((wait) => ['StartJob', wait]).concat('StartJob'),
    );
    expect(told()).toEqual(['Speaker Enrollment Job Started', 'Speaker Enrollment Job Completed']);
    expect(world.aws.jobs.map(({ token }) => token)).toEqual([ID]);
    expect(world.events[1]?.Detail.jobId).toBe(world.aws.jobs[0]?.id);
  });

  it.each([
    ['ServiceQuotaExceededException', /could not be started in \d+ tries/],
    ['AccessDeniedException', /AccessDeniedException/],
  ])('ends in a failure that names it: %s', async (error, message) => {
    world.aws.fault = (call) => (call === 'StartSpeakerEnrollmentJob' ? { error, status: 400 } : undefined);
    await run({ ...withoutJob, request });
    expect(told()).toEqual(['Speaker Enrollment Job Failed']);
    expect(world.events[0]?.Detail).toHaveProperty('failureDetails.message', expect.stringMatching(message));
  });
});

describe('an upload that has ended already', () => {
  it.each([
    ['rejected', outcome('REJECTED', { problemCount: 1, problems: [{ path: '$', message: 'No.' }] })],
    ['failed', outcome('FAILED', { failureDetails: { message: 'No.' } })],
  ] as const)('%s, is only told of', async (_, ended) => {
    await run({ ...withoutJob, outcome: ended });
    expect(tasks()).toEqual(['Summarize', 'TellEnding']);
    expect(told()).toEqual([ended.detailType]);
  });
});

describe('a step that fails', () => {
  const failing = (name: string, times = Number.POSITIVE_INFINITY) => {
    let left = times;
    world.onTask = (task) => {
      if (task === name && left-- > 0) throw Object.assign(new Error('Out of memory.'), { name: 'Runtime.ExitError' });
    };
  };

  it.each(['Poll', 'StartJob'])('for good, %s, ends in a failure that says so', async (name) => {
    job(60);
    failing(name);
    expect(await run(name === 'Poll' ? execution() : { ...withoutJob, request })).toBeUndefined();
    expect(told().at(-1)).toBe('Speaker Enrollment Job Failed');
    expect(world.events.at(-1)?.Detail.failureDetails).toEqual({ message: 'Runtime.ExitError: Out of memory.' });
  });

  it.each(['Poll', 'StartJob', 'Summarize'])('for 20 hours, %s, as after a bad deployment, is borne', async (name) => {
    const begun = world.aws.clock.now;
    if (name !== 'StartJob') job(60);
    else {
      world.aws.fault = () => {
        for (const own of world.aws.jobs) own.status = 'COMPLETED';
        return undefined;
      };
    }
    world.onTask = (task) => {
      if (task === name && world.aws.clock.now < begun + 72_000_000) throw new Error('A bad deployment.');
    };
    expect(await run(name === 'StartJob' ? { ...withoutJob, request } : execution())).toBeUndefined();
    expect(told()).toEqual(['Speaker Enrollment Job Started', 'Speaker Enrollment Job Completed']);
  });

  it.each(['Poll', 'Summarize', 'TellEnding', 'TellStarted'])('a few times, %s, is tried again', async (name) => {
    job(60);
    failing(name, 3);
    expect(await run(execution())).toBeUndefined();
    expect(told()).toEqual(['Speaker Enrollment Job Started', 'Speaker Enrollment Job Completed']);
  });

  it.each([
    [execution(), 'Completed'],
    [{ ...withoutJob, outcome: outcome('FAILED', { failureDetails: { message: 'No.' } }) }, 'Failed'],
  ])('Summarize, for good, leaves the ending itself (%#)', async (input, ending) => {
    job(60);
    failing('Summarize');
    await run(input);
    expect(told().at(-1)).toBe(`Speaker Enrollment Job ${ending}`);
    expect(world.events.at(-1)?.Detail.jobId).toBe('job' in input ? started?.jobId : undefined);
    expect(world.events.at(-1)?.Detail).toHaveProperty('failureDetails.message', expect.stringMatching(/summarized/));
  });
});

describe('an event bus', () => {
  it('that fails the entry, not the call, is asked again, later and longer later', async () => {
    job(10);
    let refusals = 12;
    world.entryFails = () => world.events.length === 1 && refusals-- > 0;
    expect(await run(execution())).toBeUndefined();
    expect(told()).toEqual(['Speaker Enrollment Job Started', 'Speaker Enrollment Job Completed']);
    expect(tasks().filter((task) => task === 'TellEnding')).toHaveLength(13);
  });

  it('that never takes the ending makes the execution fail, by the bus’s name', async () => {
    job(10);
    world.entryFails = () => world.events.length === 1;
    expect(await run(execution())).toBe('EventBridge.FailedEntry');
    expect(told()).toEqual(['Speaker Enrollment Job Started']);
  });
});
