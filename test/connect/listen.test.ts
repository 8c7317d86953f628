import { describe, expect, it } from 'vitest';
import { openLine } from '../../cli/call/line.ts';
import { AudioRefusedError } from '../../connect/call/errors.ts';
import { readCall } from '../../connect/call/video-stream.ts';
import { type Listening, listen } from '../../connect/listen-to-call/listen.ts';
import { goOnListening, type Task } from '../../connect/listen-to-call/listen-to-call.ts';
import { type LiveLine, startLiveLine } from './live-line.ts';

const FRAGMENTS = 12;
/** Bytes of a chunk of a minute: an engine on AWS takes four of them. */
const MINUTE = 60 * 16_000;
const never = new AbortController().signal;

/** A line of the test's own; a call on it is not over for being silent while a busy machine stands still. */
async function onLine(test: (line: LiveLine) => Promise<void>, idleMs = 60_000): Promise<void> {
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

/**
 * A call of so many fragments, in two halves that are said when the test says so. It ends as Amazon Connect's do whose
 * stream is used again: with the next contact's audio.
 */
async function call(line: LiveLine) {
  const { contactId, streamName, streamArn, startFragment, say, hangUp } = await openLine(line.origin);
  const fragments = Array.from({ length: FRAGMENTS }, (_, i) => counting(i * 800, 800));
  const listening: Listening = {
    contactId,
    streamArn,
    startFragment,
    after: startFragment,
    options: { speakerId: 'anna', acceptanceThreshold: 80 },
    enrollmentConsent: false,
    before: 0,
    netSpeechSeconds: 0,
    samples: 0,
  };
  return {
    listening,
    said: Buffer.concat(fragments),
    begin: () => fragments.slice(0, FRAGMENTS / 2).forEach(say),
    finish: async () => {
      fragments.slice(FRAGMENTS / 2).forEach(say);
      hangUp();
      (await openLine(line.origin, streamName)).hangUp();
    },
  };
}

/** What a session hears of it, which hears nothing twice. */
function heardOnce({ chunks }: LiveLine, session: string): Buffer {
  return chunks
    .filter((chunk) => chunk.session === session)
    .reduce((heard, { query, samples }) => {
      if (samples.length === 0) return heard;
      const at = 2 * Number(query.offset);
      expect(at).toBeLessThanOrEqual(heard.length);
      return Buffer.concat([heard, samples.subarray(heard.length - at)]);
    }, Buffer.alloc(0));
}

/** A call that is over before it is listened to. */
async function wholeCall(line: LiveLine) {
  const { begin, finish, ...rest } = await call(line);
  begin();
  await finish();
  return rest;
}

describe.concurrent('listening', () => {
  it('feeds the customer’s track once and in order, with the block’s parameters, and ends the session', () =>
    onLine(async (line) => {
      const { listening, said } = await wholeCall(line);
      const heard = await listen(listening, never, line.deps);
      expect(heard).toMatchObject({ ended: true, seconds: said.length / 16_000, netSpeechSeconds: 42 });
      expect(line.heard(listening.contactId).equals(said)).toBe(true);
      for (const { query } of line.chunks)
        expect(query).toMatchObject({ speakerId: 'anna', acceptanceThreshold: '80' });
      expect(line.chunks.map(({ query }) => query.end)).toEqual([...line.chunks.slice(1).map(() => undefined), 'true']);
    }));

  it('handed over after any fragment it loses nothing and feeds nothing twice', () =>
    onLine(async (line) => {
      const { listening, said } = await wholeCall(line);
      const whole = await listen(listening, never, line.deps);
      expect(whole.ended).toBe(true);
      const ids: string[] = [listening.startFragment];
      const until = new AbortController();
      const reading = { ...listening, signal: until.signal };
      for await (const { number } of readCall(reading, line.deps.streams)) ids.push(number);
      expect(ids).toHaveLength(FRAGMENTS + 1);
      for (const [index, after] of ids.entries()) {
        line.chunks.length = 0;
        const rest = await listen({ ...listening, after, before: 1 }, never, line.deps);
        expect(rest).toMatchObject({ ended: true, after: ids.at(-1) });
        expect(line.heard(listening.contactId).equals(said.subarray(index * 1600))).toBe(true);
      }
    }));

  it('handed over while a chunk is fed, the next begins behind what was fed', () =>
    onLine(async (line) => {
      const { listening, said, begin, finish } = await call(line);
      begin();
      const until = new AbortController();
      line.answer = () => {
        until.abort();
        return { status: 200 };
      };
      const first = await listen(listening, until.signal, line.deps);
      expect(first.ended).toBe(false);
      expect(first.seconds * 16_000).toBe(line.heard(listening.contactId).length);
      line.answer = () => ({ status: 200 });
      await finish();
      await listen({ ...listening, after: first.after, before: 1 }, never, line.deps);
      expect(line.heard(listening.contactId).equals(said)).toBe(true);
    }));

  it('handed over while the engine is away it loses nothing', () =>
    onLine(async (line) => {
      const { listening, said } = await wholeCall(line);
      const until = new AbortController();
      line.answer = () => {
        until.abort();
        return { status: 503 };
      };
      const first = await listen(listening, until.signal, line.deps);
      expect(first).toEqual({
        ...{ ended: false, seconds: 0, netSpeechSeconds: 0, samples: 0 },
        after: listening.startFragment,
      });
      line.answer = () => ({ status: 200 });
      await listen({ ...listening, after: first.after, before: 1 }, never, line.deps);
      expect(line.heard(listening.contactId).equals(said)).toBe(true);
    }));

  it('says where in the call a chunk begins: what the engine took whose answer was lost is not heard again', () =>
    onLine(async (line) => {
      const { listening, said, begin, finish } = await call(line);
      begin();
      const until = new AbortController();
      // The first answer is lost, and so is the next one: it is for another invocation to send again, with what came since.
      line.answer = ({ query }) => {
        if (line.chunks.length > 0) until.abort();
        return query.end === undefined ? { status: 503, taken: true } : { status: 200 };
      };
      const first = await listen(listening, until.signal, line.deps);
      line.answer = () => ({ status: 200 });
      await finish();
      await listen({ ...listening, ...first, before: 1 }, never, line.deps);
      const heard = heardOnce(line, listening.contactId);
      expect(heard.equals(said)).toBe(true);
      expect(line.heard(listening.contactId).length).toBeGreaterThan(said.length);
    }));

  it('begun again from its beginning it is heard from where it had come to', () =>
    onLine(async (line) => {
      const { listening, said, begin, finish } = await call(line);
      begin();
      const until = new AbortController();
      line.answer = () => {
        until.abort();
        return { status: 200 };
      };
      await listen(listening, until.signal, line.deps);
      line.answer = () => ({ status: 200 });
      await finish();
      await listen(listening, never, line.deps);
      expect(heardOnce(line, listening.contactId).equals(said)).toBe(true);
    }));

  it('goes on from what a version handed over that did not count samples', () =>
    onLine(async (line) => {
      const { listening, said } = await wholeCall(line);
      await listen({ ...listening, samples: undefined }, never, line.deps);
      expect(line.heard(listening.contactId).equals(said)).toBe(true);
      expect(line.chunks.map(({ query }) => query.offset)).toEqual(line.chunks.map(() => undefined));
    }));

  it('behind somebody who listens already, it says once how to judge: what was heard does not say it', () =>
    onLine(async (line) => {
      const { listening } = await wholeCall(line);
      line.answer = () => ({ status: 200, nextOffset: 1_000_000 });
      await listen(listening, never, line.deps);
      const silent = line.chunks.filter(({ samples, query }) => samples.length === 0 && query.end === undefined);
      expect(silent.map(({ query }) => query)).toEqual([{ speakerId: 'anna', acceptanceThreshold: '80' }]);
    }));

  it('feeds some seconds at once, and the rest when the call has ended', () =>
    onLine(async (line) => {
      const { listening, said } = await wholeCall(line);
      // Of twelve fragments of 0.1 s.
      await listen(listening, never, { ...line.deps, chunkSeconds: 0.5 });
      const seconds = line.chunks.map(({ samples }) => samples.length / 16_000);
      for (const chunk of seconds.slice(0, -2)) expect(chunk).toBeGreaterThanOrEqual(0.5);
      expect(seconds.at(-1)).toBe(0);
      expect(line.heard(listening.contactId).equals(said)).toBe(true);
    }));

  it('feeds a minute at once at most, however long the engine was away', () =>
    onLine(async (line) => {
      const { contactId, streamName, streamArn, startFragment, say, hangUp } = await openLine(line.origin);
      const seconds = Array.from({ length: 150 }, (_, i) => counting(i * 8000, 8000));
      let said = false;
      line.answer = () => {
        if (!said) seconds.slice(1).forEach(say);
        said = true;
        return line.chunks.length === 0 && tries++ < 2 ? { status: 503 } : { status: 200 };
      };
      let tries = 0;
      seconds.slice(0, 1).forEach(say);
      const listening = { contactId, streamArn, startFragment, after: startFragment, options: {}, samples: 0 };
      const heard = listen(
        { ...listening, enrollmentConsent: false, before: 0, netSpeechSeconds: 0 },
        never,
        line.deps,
      );
      await expect.poll(() => line.chunks.length, { timeout: 20_000 }).toBeGreaterThan(0);
      hangUp();
      (await openLine(line.origin, streamName)).hangUp();
      await heard;
      expect(line.heard(contactId).equals(Buffer.concat(seconds))).toBe(true);
      expect(Math.max(...line.chunks.map(({ samples }) => samples.length))).toBe(MINUTE);
    }));

  it('ends where the stream is silent', () =>
    onLine(async (line) => {
      const { listening, begin } = await call(line);
      begin();
      expect(await listen(listening, never, line.deps)).toMatchObject({ ended: true });
    }, 300));

  it('goes on where a connection broke, wherever it broke', () =>
    onLine(async (line) => {
      const { listening, said } = await wholeCall(line);
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
      const { listening, said } = await wholeCall(line);
      const busy = [
        { status: 503 },
        { status: 400, refusal: { __type: 'ThrottlingException' } },
        { status: 400, refusal: { __type: 'ConflictException', ConflictType: 'CONCURRENT_CHANGES' } },
      ];
      line.answer = () => busy.shift() ?? { status: 200 };
      await listen(listening, never, line.deps);
      expect(line.heard(listening.contactId).equals(said)).toBe(true);

      const other = await wholeCall(line);
      line.answer = () => ({
        status: 400,
        refusal: { Message: 'There is no such watchlist.', ResourceType: 'WATCHLIST' },
      });
      const refused = listen(other.listening, never, line.deps);
      await expect(refused).rejects.toThrow(AudioRefusedError);
      await expect(refused).rejects.toThrow('The engine answered 400: There is no such watchlist.');
      expect(line.heard(other.listening.contactId)).toHaveLength(0);
    }));

  it('listens to a caller whom the engine does not know as a speaker, without the name', () =>
    onLine(async (line) => {
      const { listening, said } = await wholeCall(line);
      line.answer = ({ query }) =>
        query.speakerId === undefined ? { status: 200 } : { status: 400, refusal: { ResourceType: 'SPEAKER' } };
      expect(await listen(listening, never, line.deps)).toMatchObject({ ended: true });
      expect(line.heard(listening.contactId).equals(said)).toBe(true);
      for (const { query } of line.chunks) expect(query.acceptanceThreshold).toBe('80');
    }));

  it('ends at another contact’s audio, which is not heard', () =>
    onLine(async (line) => {
      const { listening } = await wholeCall(line);
      const other = { ...listening, contactId: 'somebody-else' };
      const heard = await listen(other, never, line.deps);
      expect(heard).toMatchObject({ ended: true, seconds: 0, after: listening.startFragment });
      expect(line.chunks).toEqual([]);
    }));

  it('fails at once where there is no such stream', () =>
    onLine(async (line) => {
      const { listening } = await wholeCall(line);
      const elsewhere = { ...listening, streamArn: listening.streamArn.replace('contact', 'nobody') };
      await expect(listen(elsewhere, never, line.deps)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    }));

  it('hands over before an invocation’s time is up, and nothing is lost in between', () =>
    onLine(async (line) => {
      const { listening, said, begin, finish } = await call(line);
      const tasks: Task[] = [{ listen: listening }];
      const logger = { info: () => undefined, warn: () => undefined };
      const deps = { ...line.deps, logger, invokeAgain: async (task: Task) => void tasks.push(task) };
      const invoke = async (remainingMs: number) => {
        const task = tasks.shift();
        if (task === undefined || !('listen' in task))
          throw new Error('The call is listened to, and without consent not kept.');
        await goOnListening(task.listen, remainingMs, deps);
      };
      begin();
      // Half of so little time is for the hand-over.
      await invoke(200);
      await invoke(200);
      await finish();
      await invoke(600_000);
      expect(tasks).toEqual([]);
      expect(line.heard(listening.contactId).equals(said)).toBe(true);
    }));
});
