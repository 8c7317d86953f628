import { createServer, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createHistory, type Step, stateNow } from '../../../clients/runs/history.ts';

/** A history that grows as the test says, served page by page as Step Functions does. */
let events: { id: number; type: string; timestamp: number; stateEnteredEventDetails?: object }[] = [];
let asked: number[] = [];
let server: Server;
let client: SFNClient;

const schema = z.object({
  maxResults: z.number(),
  reverseOrder: z.literal(true),
  nextToken: z.string().default('0'),
});

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const { maxResults, nextToken } = schema.parse(await json(request));
    asked.push(maxResults);
    const [from, to] = [Number(nextToken), Number(nextToken) + maxResults];
    const page = events.toReversed().slice(from, to);
    const body = { events: page, ...(to < events.length && { nextToken: String(to) }) };
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  client = new SFNClient({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials });
});
afterAll(() => {
  client.destroy();
  server.close();
});
beforeEach(() => {
  events = [];
  asked = [];
});

/** Lets an execution enter so many more states, called by their numbers. */
function enter(count: number, since = 1_780_000_000) {
  for (let more = 0; more < count; more++) {
    const id = events.length + 1;
    const stateEnteredEventDetails = { name: `state ${id}`, input: '{}' };
    events.push({ id, type: 'TaskStateEntered', timestamp: since + id, stateEnteredEventDetails });
  }
}

const names = (steps: readonly Step[]) => steps.map((step) => ('state' in step ? step.state : step.kind));
const all = () => events.map(({ id }) => `state ${id}`);

test('all of it is read at first, then what has come since, in its order', async () => {
  const history = createHistory('arn', client);
  enter(2500);
  expect(names(await history())).toEqual(all());
  expect(asked).toEqual([1000, 1000, 1000]);
  asked = [];
  enter(250);
  expect(names(await history())).toEqual(all());
  expect(asked).toEqual([100, 100, 100]);
  asked = [];
  const steps = await history();
  expect(names(steps)).toEqual(all());
  expect(asked).toEqual([100]);
  expect(stateNow(steps)?.state).toBe('state 2750');
});

test('an execution that began anew, in a local cloud that was started again, has its new history alone', async () => {
  const history = createHistory('arn', client);
  enter(30);
  await history();
  events = [];
  enter(40, 1_780_009_000);
  expect(names(await history())).toEqual(all());
});
