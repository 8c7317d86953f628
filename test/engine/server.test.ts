import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { createEngineServer } from '../../engine/server.ts';

it('an engine is alive before it takes work, and takes none while it starts', async () => {
  const { server, open, drain } = createEngineServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const statusOf = async (path: string) => (await fetch(origin + path)).status;
  expect(await statusOf('/_health')).toBe(200);
  expect(await statusOf('/_ready')).toBe(503);
  expect(await statusOf('/')).toBe(503);
  open({ fetch: async () => new Response('open') });
  expect(await statusOf('/_ready')).toBe(200);
  expect(await (await fetch(origin)).text()).toBe('open');
  await drain(0);
  await expect(fetch(origin)).rejects.toThrow();
});
