import { CreateDomainCommand, DeleteDomainCommand } from '@aws-sdk/client-voice-id';
import { expect, it } from 'vitest';
import { signedFetch } from '../../../clients/signed-fetch.ts';
import { ACCESS_KEY, ear, saidBy, settings, startTestEngine } from '../harness.ts';
import { itemsOf } from '../items-of.ts';

it.each([
  ['first', 0],
  ['second', 1],
])('a domain that is deleted while a call’s %s chunk is heard keeps nothing of the call', async (_which, before) => {
  let heard = 0;
  let deleteDomain = async (): Promise<void> => undefined;
  const engine = await startTestEngine({}, undefined, {
    ...ear,
    async hear(...chunk) {
      if (heard++ === before) await deleteDomain();
      return ear.hear(...chunk);
    },
  });
  try {
    const { Domain } = await engine.client.send(
      new CreateDomainCommand({ Name: 'd', ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/k' } }),
    );
    const DomainId = Domain?.DomainId ?? '';
    deleteDomain = async () => void (await engine.client.send(new DeleteDomainCommand({ DomainId })));
    const feed = () =>
      signedFetch(
        { origin: engine.origin, region: 'us-east-1', credentials: ACCESS_KEY },
        { method: 'POST', path: `/_sessions/${DomainId}/call/audio`, body: saidBy(1) },
      );
    for (let chunk = 0; chunk < before; chunk++) expect((await feed()).status).toBe(200);
    expect(await (await feed()).json()).toMatchObject({ ResourceType: 'DOMAIN' });
    expect(heard).toBe(before + 1);
    const left = (await itemsOf(engine.dynamoDb, settings.tableName)).filter((item) => item.includes(DomainId));
    expect(left).toEqual([]);
  } finally {
    await engine.stop();
  }
});
