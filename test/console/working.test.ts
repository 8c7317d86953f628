import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { StartSpeakerEnrollmentJobCommand, VoiceIDClient } from '@aws-sdk/client-voice-id';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CommandError } from '../../clients/errors.ts';
import { createApp } from '../../console/app.tsx';
import { type ScriptedVoiceId, startScriptedVoiceId } from './scripted-voice-id.ts';

let voices: ScriptedVoiceId;
let app: ReturnType<typeof createApp>;
let JobId = '';
const DOMAIN = 'd'.repeat(22);
const closing = new AbortController();

beforeAll(async () => {
  voices = await startScriptedVoiceId();
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const at = { endpoint: voices.origin, region: 'us-east-1', credentials, maxAttempts: 1 };
  const voiceId = new VoiceIDClient(at);
  const unknown = () => {
    throw new CommandError('Not known here.');
  };
  app = createApp(
    '/_console',
    {
      voiceId,
      s3: new S3Client(at),
      stepFunctions: new SFNClient(at),
      place: 'us-east-1',
      domainId: async () => DOMAIN,
      stateMachineArn: unknown,
      buckets: unknown,
      now: () => new Date(),
    },
    closing.signal,
  );
  const { Job } = await voiceId.send(
    new StartSpeakerEnrollmentJobCommand({
      DomainId: DOMAIN,
      JobName: 'by-hand',
      DataAccessRoleArn: 'arn:aws:iam::000000000000:role/r',
      InputDataConfig: { S3Uri: 's3://bucket/by-hand.json' },
      OutputDataConfig: { S3Uri: 's3://bucket/out' },
    }),
  );
  JobId = Job?.JobId ?? '';
});
afterAll(() => {
  closing.abort();
  voices.stop();
});

it('a job that works shows how far it is, as it goes on, and its outcome once it has ended', async () => {
  voices.runs('by-hand.json', 40);
  const page = await (await app.request(`/_console/runs/job/${JobId}`)).text();
  expect(page).toContain('<title>by-hand · Vivavoce</title>');
  expect(page).toContain(`data-live="/_console/runs/job/${DOMAIN}/${JobId}/live"`);
  expect(page).toContain(`data-then="/_console/runs/job/${DOMAIN}/${JobId}/outcome"`);
  expect(page).toContain('<progress max="100" value="40"');

  const { body } = await app.request(`/_console/runs/job/${DOMAIN}/${JobId}/live`);
  const said: string[] = [];
  for await (const part of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    said.push(part);
    if (part.includes('value="40"')) voices.ends('by-hand.json', 'FAILED');
  }
  const all = said.join('');
  expect(all).toMatch(/running.*value="40".*failed.*event: end\n/s);
});
