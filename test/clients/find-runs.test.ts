import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRunFinder } from '../../clients/find-runs.ts';
import { clientToken } from '../../functions/enrollment/client-token.ts';
import { stateMachineArn } from '../../local/account.ts';
import { startTestCloud, type TestCloud } from '../e2e/cloud.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(() => cloud.stop());

test('a run is found when it has begun: by the upload’s id where its bucket has versions, else among the latest', async () => {
  const { stepFunctions } = cloud;
  const upload = (key: string, eTag: string, versionId?: string) => ({ bucket: 'manifests', key, eTag, versionId });
  const versioned = upload('a.json', 'one', 'V1');
  const other = upload('a.json', 'one', 'V2');
  const plain = upload('b.json', 'two');
  const look = createRunFinder([versioned, other, plain], { stepFunctions, stateMachineArn, since: new Date(0) });
  expect(await look()).toEqual(new Map());

  const start = (name: string, { bucket, key, eTag }: typeof plain) =>
    stepFunctions.send(
      new StartExecutionCommand({
        stateMachineArn,
        name,
        input: JSON.stringify({ uploadId: name, manifest: { bucket, key, eTag } }),
      }),
    );
  const id = clientToken({ bucket: 'manifests', key: 'a.json', version: 'V1' });
  await start(id, versioned);
  await start('by-its-event', plain);
  await start('another-content', { ...plain, eTag: 'three' });
  expect(await look()).toEqual(
    new Map([
      [versioned, id],
      [plain, 'by-its-event'],
    ]),
  );
});
