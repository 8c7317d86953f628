import { CreateDomainCommand, EvaluateSessionCommand } from '@aws-sdk/client-voice-id';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signedFetch } from '../../../clients/signed-fetch.ts';
import { ofMuLaw } from '../../../engine/audio/mu-law.ts';
import type { Ear } from '../../../engine/sessions/ear.ts';
import { createStore } from '../../../engine/store/store.ts';
import { toVoiceprint } from '../../../engine/store/voiceprints.ts';
import { ACCESS_KEY, pool, saidBy, settings, startTestEngine, type TestEngine } from '../harness.ts';

/** Two who sound more alike than the harness's people: 70 degrees, a cosine of 0.34. Theirs are a and b. */
const voices = { a: [1, 0], b: [Math.cos((70 * Math.PI) / 180), Math.sin((70 * Math.PI) / 180)] } as const;
/** A chunk is a stretch of 2.5 s. */
const ear: Ear = {
  async hear(line, chunk, now) {
    const [x, y] = voices[Math.round(8 * ofMuLaw(chunk[0] ?? 0xff)) === 1 ? 'a' : 'b'];
    const stretch = { embedding: Float32Array.of(0, x, y, 0), netSpeechSeconds: 2.5, startedAt: now, endedAt: now };
    return { ...line, made: line.made + 1, stretches: [...line.stretches, stretch] };
  },
  close: async () => undefined,
};

let engine: TestEngine;
let DomainId: string;

beforeAll(async () => {
  engine = await startTestEngine({}, pool, ear);
  const encryption = { ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/test' } };
  const { Domain } = await engine.client.send(new CreateDomainCommand({ Name: 'd', ...encryption }));
  DomainId = Domain?.DomainId ?? '';
  const { speakers } = createStore(engine.dynamoDb, settings);
  const now = engine.clock.now;
  await speakers.put(
    {
      domainId: DomainId,
      generatedSpeakerId: speakers.generatedId(DomainId, 'anna'),
      customerSpeakerId: 'anna',
      status: 'ENROLLED',
      voiceprint: toVoiceprint(pool.model.id, Float32Array.of(0, 1, 0, 0), 30),
      ...{ createdAt: now, updatedAt: now, lastAccessedAt: now },
    },
    'absent',
  );
});
afterAll(() => engine.stop());

// With a cosine of 0.8 a voice is accepted, as all four stretches' of aabb is: 0.82.
test.each([
  ['aaaa', '90', 'ACCEPT'],
  ['aabb', '90', 'NOT_ENOUGH_SPEECH'],
  ['abbb', '90', 'REJECT'],
  ['bbbb', '90', 'REJECT'],
  ['bbaa', '90', 'ACCEPT'],
  ['aabb', '0', 'ACCEPT'],
])('%s, at %s: nobody is accepted for what was said before another voice', async (said, threshold, decision) => {
  const session = `${said}-${threshold}`;
  for (const who of said) {
    const path = `/_sessions/${DomainId}/${session}/audio`;
    const query = { speakerId: 'anna', acceptanceThreshold: threshold };
    const to = { origin: engine.origin, region: 'us-east-1', credentials: ACCESS_KEY };
    const fed = await signedFetch(to, { method: 'POST', path, query, body: saidBy(who === 'a' ? 1 : 2) });
    expect(fed.status, await fed.text()).toBe(200);
  }
  const { AuthenticationResult } = await engine.client.send(
    new EvaluateSessionCommand({ DomainId, SessionNameOrId: session }),
  );
  expect(AuthenticationResult?.Decision).toBe(decision);
});
