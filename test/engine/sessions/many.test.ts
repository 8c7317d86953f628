import { CreateDomainCommand, EvaluateSessionCommand } from '@aws-sdk/client-voice-id';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signedFetch } from '../../../clients/signed-fetch.ts';
import { newLine } from '../../../engine/sessions/line.ts';
import { toStoredLine } from '../../../engine/sessions/stored-line.ts';
import { SESSION_KEPT_MS, type Session } from '../../../engine/store/sessions.ts';
import { createStore } from '../../../engine/store/store.ts';
import { ACCESS_KEY, saidBy, settings, startTestEngine, type TestEngine } from '../harness.ts';

/** 2,000 where asked for: a minute or more. */
const SESSIONS = Number(process.env.VIVAVOCE_SESSIONS ?? 40);
const MEGABYTE = 1024 * 1024;

let engine: TestEngine;
let DomainId: string;

beforeAll(async () => {
  engine = await startTestEngine();
  const encryption = { ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/test' } };
  const { Domain } = await engine.client.send(new CreateDomainCommand({ Name: 'many', ...encryption }));
  DomainId = Domain?.DomainId ?? '';
});
afterAll(() => engine.stop());

test('however many sessions come after each other, none is refused, and memory stays level', async () => {
  const used = () => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed / MEGABYTE;
  };
  let early = 0;
  for (let i = 0; i < SESSIONS; i++) {
    const path = `/_sessions/${DomainId}/call-${i}/audio`;
    const engineOf = { origin: engine.origin, region: 'us-east-1', credentials: ACCESS_KEY };
    const fed = await signedFetch(engineOf, { method: 'POST', path, query: { end: 'true' }, body: saidBy(1) });
    expect(fed.status, await fed.text()).toBe(200);
    const { StreamingStatus } = await engine.client.send(
      new EvaluateSessionCommand({ DomainId, SessionNameOrId: `call-${i}` }),
    );
    expect(StreamingStatus).toBe('ENDED');
    if (i === Math.floor(SESSIONS / 4)) early = used();
  }
  // The database is in this process's memory, too: some 2 KB a session.
  if (SESSIONS >= 2000) expect(used() - early).toBeLessThan(60);
}, 600_000);

test('what is over is not given, and deleted by the sessions that begin after it', async () => {
  const { sessions, table } = createStore(engine.dynamoDb, settings);
  const domainId = 'aSweptDomainOfManyOld1';
  const begin = (sessionName: string, now: number): Session => ({
    ...{ acceptanceThreshold: 90, riskThreshold: 20, screen: true, netSpeechSeconds: 10 },
    ...{ domainId, sessionName, sessionId: sessions.newId(now), startedAt: now, fedAt: now, ended: false },
    line: toStoredLine(newLine('test-model')),
  });
  for (let i = 0; i < 25; i++) {
    const session = begin(`old-${i}`, 1000 + i);
    await sessions.begin(session);
    await sessions.putResults(session, { authentication: { of: 'x', answer: {} } }, 'absent');
  }
  const long = await sessions.get(domainId, 'old-3', 2000);
  if (long === undefined) throw new Error('There is no session.');
  const later = 1000 + SESSION_KEPT_MS + 500;
  await sessions.put({ ...long.session, fedAt: later }, long.version);

  const after = later + 1000;
  expect(await sessions.get(domainId, 'old-0', after)).toBeUndefined();
  expect((await sessions.get(domainId, 'old-3', after))?.session.sessionName).toBe('old-3');
  // A name may be used again.
  await sessions.begin(begin('old-0', after));
  expect((await sessions.get(domainId, 'old-0', after))?.session.startedAt).toBe(after);
  while ((await sessions.sweep(domainId, after)) > 0);
  const left = async (partition: string) =>
    (await table.query(`${partition}#${domainId}`)).items.map(({ sort }) => sort).toSorted();
  expect(await left('SESSION')).toEqual(['old-0', 'old-3']);
  expect(await left('SESSION_ID')).toHaveLength(2);
  expect(await left('SESSION_RESULT')).toHaveLength(1);
});
