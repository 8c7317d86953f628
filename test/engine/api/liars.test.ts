import { execFileSync } from 'node:child_process';
import { connect } from 'node:net';
import { ListDomainsCommand } from '@aws-sdk/client-voice-id';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ACCESS_KEY } from '../harness.ts';
import { type EngineProcess, startEngineProcess } from '../process.ts';

const CONNECTIONS = 200;
const MEGABYTE = 1024 * 1024;

let engine: EngineProcess;
beforeAll(async () => {
  engine = await startEngineProcess();
});
afterAll(() => engine.stop('SIGKILL'));

/** Bytes of memory that a process holds. */
const residentMemory = (pid: number) => 1024 * Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)]));

const now = () => new Date().toISOString().replace(/[-:]|\.\d+/g, '');
const scope = (keyId: string, date: string) => `${keyId}/${date.slice(0, 8)}/us-east-1/voiceid/aws4_request`;
const guess = (keyId: string, date: string) =>
  `Authorization: AWS4-HMAC-SHA256 Credential=${scope(keyId, date)}, SignedHeaders=host;x-amz-date;x-amz-target, Signature=${'0'.repeat(64)}`;
const AUDIO = `POST /_sessions/${'A'.repeat(22)}/call/audio HTTP/1.1`;
const CALL = 'POST / HTTP/1.1';
const LONG = `Content-Length: ${19 * MEGABYTE}`;
const TARGET = 'X-Amz-Target: VoiceID.TagResource';

/** Heads of requests of those who have no secret. The last may be right until its body is there. */
const lies: ((date: string) => string[])[] = [
  () => [AUDIO, LONG],
  () => [CALL, TARGET, LONG],
  () => [CALL, TARGET, 'Transfer-Encoding: chunked'],
  (date) => [AUDIO, LONG, `X-Amz-Date: ${date}`, guess('nobody', date)],
  (date) => [AUDIO, LONG, `X-Amz-Date: ${date}`, guess(ACCESS_KEY.accessKeyId, date)],
  (date) => [
    AUDIO,
    LONG,
    `X-Amz-Date: ${date}`,
    `X-Amz-Content-Sha256: ${'0'.repeat(64)}`,
    guess(ACCESS_KEY.accessKeyId, date),
  ],
  (date) => [CALL, TARGET, 'Content-Length: 500000', `X-Amz-Date: ${date}`, guess(ACCESS_KEY.accessKeyId, date)],
];
const GUESS_WITHOUT_HASH = lies.length - 1;

/** Sends as much of a body as is taken, never its end; resolves with the status when it is refused. */
function lie(head: readonly string[]): { socket: ReturnType<typeof connect>; refused: Promise<string> } {
  const socket = connect(engine.port, '127.0.0.1');
  const chunked = head.some((line) => line.includes('chunked'));
  const piece = Buffer.alloc(64 * 1024, 'a');
  const data = chunked ? Buffer.concat([Buffer.from('10000\r\n'), piece, Buffer.from('\r\n')]) : piece;
  let sent = 0;
  const most = head.some((line) => line.includes('500000')) ? 7 * piece.length : 18 * MEGABYTE;
  const refused = new Promise<string>((done) => {
    socket.once('data', (answer) => done(String(answer).slice(9, 12)));
    socket.once('close', () => done('closed'));
  });
  const send = () => {
    while (!socket.destroyed && sent < most) {
      sent += data.length;
      if (!socket.write(data)) return;
    }
  };
  socket.on('error', () => undefined);
  socket.on('drain', send);
  socket.once('connect', () => {
    socket.write(`${head.join('\r\n')}\r\nHost: 127.0.0.1:${engine.port}\r\n\r\n`);
    send();
  });
  return { socket, refused };
}

it(`${CONNECTIONS} connections that lie are held off without their bodies, and clients are served meanwhile`, async () => {
  for (let i = 0; i < 50; i++) await engine.client.send(new ListDomainsCommand({}));
  const before = residentMemory(engine.pid);
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, residentMemory(engine.pid));
  }, 50);
  const date = now();
  const liars = Array.from({ length: CONNECTIONS }, (_, i) => lie(lies[i % lies.length]?.(date) ?? []));
  // Those whose head gives them away are refused unread; the others wait to be cut off.
  const refused = liars.filter((_, i) => i % lies.length !== GUESS_WITHOUT_HASH).map((liar) => liar.refused);
  expect([...new Set(await Promise.all(refused))].sort()).toEqual(['403', '413']);
  expect((await engine.client.send(new ListDomainsCommand({}))).DomainSummaries).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  clearInterval(watch);
  for (const { socket } of liars) socket.destroy();
  expect((most - before) / MEGABYTE).toBeLessThan(50);
});
