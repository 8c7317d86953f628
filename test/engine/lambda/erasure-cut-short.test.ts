import { readFileSync } from 'node:fs';
import { CreateDomainCommand } from '@aws-sdk/client-voice-id';
import { StateMachine } from 'aws-local-stepfunctions';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deleteDomain } from '../../../engine/api/operations/domains.ts';
import type { EngineDeps } from '../../../engine/deps.ts';
import { type Prepared, prepareState } from '../../../engine/lambda/prepare-state.ts';
import { jobRefSchema } from '../../../engine/lambda/start-next-job.ts';
import { DomainVoices } from '../../../engine/scores/domain-voices.ts';
import type { JobRef } from '../../../engine/store/jobs.ts';
import { createStore } from '../../../engine/store/store.ts';
import { pool, settings, startTestEngine, type TestEngine } from '../harness.ts';
import { itemsOf } from '../items-of.ts';
import { withInlineItems } from './machine-adapter.ts';

const SPEAKERS = 450;

let engine: TestEngine;
beforeAll(async () => {
  engine = await startTestEngine({}, pool, undefined, { works: false });
});
afterAll(() => engine.stop());

/** @param now Epoch milliseconds. */
function depsOf(now: () => number, woken: JobRef[]): EngineDeps {
  const store = createStore(engine.dynamoDb, settings);
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
  return {
    settings,
    store,
    pool,
    voices: new DomainVoices({ store, pool, logger, now }),
    access: () => engine.s3,
    publish: async () => undefined,
    wake: async (kind, domainId) => {
      const [jobId = ''] = await store.jobs.queued(kind, domainId);
      woken.push({ kind, domainId, jobId });
    },
    sleep: async () => undefined,
    measure: () => undefined,
    now,
    logger,
  };
}

it('a deletion that a function has no time for goes on in the next one, and one that dies is made again', async () => {
  const { Domain } = await engine.client.send(
    new CreateDomainCommand({ Name: 'large', ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/k' } }),
  );
  const domainId = Domain?.DomainId ?? '';
  let now = engine.clock.now;
  const woken: JobRef[] = [];
  // Each look at the clock is two seconds later: the call itself has time for a few steps.
  const deps = depsOf(() => {
    now += 2000;
    return now;
  }, woken);
  const times = { createdAt: now, updatedAt: now, lastAccessedAt: now };
  const customerSpeakerIds = Array.from({ length: SPEAKERS }, (_, i) => `speaker-${i}`);
  await Promise.all(
    customerSpeakerIds.map((customerSpeakerId) => {
      const generatedSpeakerId = deps.store.speakers.generatedId(domainId, customerSpeakerId);
      const speaker = { domainId, generatedSpeakerId, customerSpeakerId, status: 'OPTED_OUT' as const, ...times };
      return deps.store.speakers.put(speaker, 'absent');
    }),
  );
  await deleteDomain({ DomainId: domainId }, deps);
  const [ref] = woken;
  expect(ref).toMatchObject({ kind: 'DELETION', domainId });
  const left = async () => (await itemsOf(engine.dynamoDb, settings.tableName)).filter((it) => it.includes(domainId));
  const before = (await left()).length;
  expect(before).toBeGreaterThan(100);

  const text = readFileSync('statemachine/enrollment-job.asl.json', 'utf8');
  const deployed = withInlineItems(
    text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) =>
      name === 'Partition' ? 'aws' : `arn:aws:lambda:us-east-1:123456789012:function:${name}`,
    ),
  );
  const answers: (Prepared['next'] | 'DIED')[] = [];
  const lefts: number[] = [];
  const machine = new StateMachine(JSON.parse(deployed), { validationOptions: { checkPaths: false, checkArn: false } });
  const execution = machine.run(JSON.parse(JSON.stringify(ref)), {
    overrides: {
      taskResourceLocalHandlers: {
        Prepare: async (input: unknown) => {
          // Time for one step: each one is begun with 30 s left, at the least.
          let looks = 0;
          const timeLeft = () => (looks++ === 0 ? 31_000 : 29_000);
          const options = { speakersPerBatch: 2, maxConcurrency: 2, timeLeft };
          const { next } = await prepareState(jobRefSchema.parse(input), options, deps);
          lefts.push((await left()).length);
          // The second one is killed before it can answer.
          answers.push(answers.length === 1 ? 'DIED' : next);
          if (answers.length === 2) throw new Error('The function died');
          return { next };
        },
      },
      retryIntervalOverrides: { Prepare: 0 },
    },
  });
  await execution.result;
  expect(answers.at(-1)).toBe('ENDED');
  expect(answers.slice(0, -1)).toEqual(['AGAIN', 'DIED', ...answers.slice(2, -1).map(() => 'AGAIN')]);
  expect(answers.length).toBeGreaterThan(2);
  // Every one erases some: none begins anew what another has done.
  for (const [index, count] of lefts.entries()) expect(count).toBeLessThan(lefts[index - 1] ?? before);
  expect(await left()).toEqual([]);
});
