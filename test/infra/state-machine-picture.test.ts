import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { drawPage, drawStateMachine } from '../../infra/state-machine-picture.ts';

it('the pictures of the state machines are what their files say now', async () => {
  const page = await readFile('docs/state-machine.md', 'utf8');
  expect(page, 'node infra/state-machine-picture.ts').toBe(await drawPage());
});

it('a picture has every state, and every way from one to another', async () => {
  const asl = await readFile('statemachine/enrollment.asl.json', 'utf8');
  const picture = drawStateMachine(asl);
  const { States }: { States: Record<string, unknown> } = JSON.parse(asl);
  for (const name of Object.keys(States)) expect(picture).toContain(`"${name}"`);
  expect(picture).toContain('JobStarted_ -- "start.next = STARTED" --> TakeJob');
  expect(picture).toContain('JobStarted_ -- else --> WaitToStart');
  expect(picture).toContain('Poll -. fails .-> TaskFailed');
});
