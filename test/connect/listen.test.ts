import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openLine } from '../../cli/call/line.ts';
import { AudioRefusedError } from '../../connect/call/errors.ts';
import { type Listening, listen } from '../../connect/listen-to-call/listen.ts';
import { goOnListening, type Task } from '../../connect/listen-to-call/listen-to-call.ts';
import { type LiveLine, startLiveLine } from './live-line.ts';

const FRAGMENTS = 12;
const never = new AbortController().signal;

/** A line of the test's own: most of a test is waiting for a call to be over. */
async function onLine(test: (line: LiveLine) => Promise<void>, idleMs = 1500): Promise<void> {
  const line = await startLiveLine(idleMs);
  try {
    await test(line);
  } finally {
    line.close();
  }
}

/** Samples that are nowhere the same: what is lost, doubled or out of order is seen. */
const counting = (from: number, samples: number) =>
  new Uint8Array(Uint16Array.from({ length: samples }, (_, i) => (from + i) % 65_536).buffer);

/** A call of so many fragments, on the line all at once or as the test goes on. */
async function call(line: LiveLine, fragments = FRAGMENTS, pauseMs = 0) {
  const { contactId, streamArn, startFragment, say, hangUp } = await openLine(line.origin);
  const said = Array.from({ length: fragments }, (_, i) => counting(i * 800, 800));
  const talking = (async () => {
    for (const samples of said) {
      say(samples);
      if (pauseMs > 0) await sleep(pauseMs);
    }
    hangUp();
  })();
  const listening: Listening = {
    contactId,
    streamArn,
    startFragment,
    after: startFragment,
    options: { speakerId: 'anna', acceptanceThreshold: 80 },
    enrollmentConsent: false,
    before: 0,
  };
  return { listening, said: Buffer.concat(said), talking };
}

describe.concurrent('listening', () => {
  it('feeds the customer’s track once and in order, with the block’s parameters, and ends the session', () =>
    onLine(async (line) => {
      const { listening, said } = await call(line);
      const heard = await listen(listening, never, line.deps);
      expect(heard).toMatchObject({ ended: true, seconds: said.length / 16_000 });
      expect(line.heard(listening.contactId).equals(said)).toBe(true);
      for (const { query } of line.chunks)
        expect(query).toMatchObject({ speakerId: 'anna', acceptanceThreshold: '80' });
      expect(line.chunks.map(({ query }) => query.end)).toEqual([...line.chunks.slice(1).map(() => undefined), 'true']);
    }));

  it('handed over after any chunk it loses nothing and feeds nothing twice', () =>
    onLine(async (line) => {
      const handOver = async (after: number) => {
        const { listening, said, talking } = await call(line, FRAGMENTS, 20);
        const until = new AbortController();
        let chunks = 0;
        answers.set(listening.contactId, () => void (++chunks >= after && until.abort()));
        const first = await listen(listening, until.signal, line.deps);
        await talking;
        if (!first.ended) await listen({ ...listening, after: first.after, before: 1 }, never, line.deps);
        expect(line.heard(listening.contactId).equals(said)).toBe(true);
        return first.ended;
      };
      const answers = new Map<string, () => void>();
      line.answer = ({ session }) => {
        answers.get(session)?.();
        return { status: 200 };
      };
      const ended = await Promise.all(Array.from({ length: FRAGMENTS }, (_, i) => handOver(i + 1)));
      expect(ended).toContain(false);
    }));

  it('goes on where a connection broke, wherever it broke', () =>
    onLine(async (line) => {
      const { listening, said } = await call(line);
      let connections = 0;
      line.onGetMedia = (response) => {
        connections++;
        if (connections > 3) return;
        // After some fragments and a part of one.
        const write = response.write.bind(response);
        let bytes = 0;
        response.write = (chunk: Uint8Array) => {
          const rest = 7000 - bytes;
          bytes += chunk.length;
          if (rest <= 0) return false;
          write(chunk.subarray(0, rest));
          if (bytes >= 7000) setImmediate(() => response.destroy());
          return true;
        };
      };
      await listen(listening, never, line.deps);
      expect(connections).toBeGreaterThan(3);
      expect(line.heard(listening.contactId).equals(said)).toBe(true);
    }));

  it('feeds a chunk again that the engine was too busy for, and gives up on one that it refuses', () =>
    onLine(async (line) => {
      const { listening, said } = await call(line);
      let tries = 0;
      line.answer = () => (++tries % 3 === 0 ? { status: 200 } : { status: tries % 3 === 1 ? 503 : 429 });
      await listen(listening, never, line.deps);
      expect(line.heard(listening.contactId).equals(said)).toBe(true);

      const other = await call(line);
      line.answer = () => ({ status: 404, message: 'There is no such watchlist.' });
      const refused = listen(other.listening, never, line.deps);
      await expect(refused).rejects.toThrow(AudioRefusedError);
      await expect(refused).rejects.toThrow('The engine answered 404: There is no such watchlist.');
      expect(line.heard(other.listening.contactId)).toHaveLength(0);
    }));

  it('listens to a caller whom the engine does not know as a speaker, without the name', () =>
    onLine(async (line) => {
      const { listening, said } = await call(line);
      line.answer = ({ query }) =>
        query.speakerId === undefined ? { status: 200 } : { status: 400, resourceType: 'SPEAKER' };
      expect(await listen(listening, never, line.deps)).toMatchObject({ ended: true });
      expect(line.heard(listening.contactId).equals(said)).toBe(true);
      for (const { query } of line.chunks) expect(query.acceptanceThreshold).toBe('80');
    }));

  it('ends at another contact’s audio, which is not heard', () =>
    onLine(async (line) => {
      const { listening } = await call(line);
      const other = { ...listening, contactId: 'somebody-else' };
      const heard = await listen(other, never, line.deps);
      expect(heard).toMatchObject({ ended: true, seconds: 0, after: listening.startFragment });
      expect(line.chunks).toEqual([]);
    }));

  it('fails at once where there is no such stream', () =>
    onLine(async (line) => {
      const { listening } = await call(line);
      const elsewhere = { ...listening, streamArn: listening.streamArn.replace('contact', 'nobody') };
      await expect(listen(elsewhere, never, line.deps)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    }));

  it('hands over before an invocation’s time is up, and nothing is lost in between', () =>
    onLine(async (line) => {
      const { listening, said } = await call(line, FRAGMENTS, 100);
      const tasks: Task[] = [{ listen: listening }];
      const logger = { info: () => undefined, warn: () => undefined };
      const deps = { ...line.deps, logger, invokeAgain: async (task: Task) => void tasks.push(task) };
      let invocations = 0;
      for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
        if (!('listen' in task)) throw new Error('Without consent nothing is kept.');
        invocations++;
        // The first have a second, half of which is for the hand-over; the last, what the call takes.
        await goOnListening(task.listen, invocations < 3 ? 1000 : 60_000, deps);
      }
      expect(invocations).toBe(3);
      expect(line.heard(listening.contactId).equals(said)).toBe(true);
    }));
});
