import { setTimeout as sleep } from 'node:timers/promises';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { type Check, checkCaller, type Flow, listenToCall } from './flow.ts';
import { openLine } from './line.ts';

/** Whoever speaks on a call, one after the other. */
export interface Turn {
  who: string;
  /** PCM-16, 8 kHz. */
  samples: Uint8Array;
}

export interface Play {
  turns: readonly Turn[];
  flow: Flow;
  /** So many times faster than speech. */
  speed: number;
  /** Milliseconds that the machine has to come to a verdict, or to the call's end. */
  patienceMs?: number;
}

/** What the flow was answered, and at which second of the call. */
export interface Moment {
  second: number;
  who: string;
  check: Check;
}

const BYTES_A_SECOND = 16_000;
/** Milliseconds; so often is asked at most, however fast the call is played. */
const OFTEN_MS = 250;
/** Milliseconds; a slow machine's. */
const PATIENCE_MS = 15_000;
/** What is on the line while nobody speaks: 200 ms. */
const PAUSE = new Uint8Array(3200);
const PAUSE_MS = 200;

const pieces = (samples: Uint8Array) =>
  Array.from({ length: Math.ceil(samples.length / BYTES_A_SECOND) }, (_, i) =>
    samples.subarray(i * BYTES_A_SECOND, (i + 1) * BYTES_A_SECOND),
  );

/**
 * Plays a call through the whole live way: into a media stream at the pace of speech times `speed`, from there by
 * listen-to-call into the session, and check-caller is asked once a second. Faster than speech a turn begins only when
 * there is a verdict of the one before: on a slow machine it could be over before anybody has listened.
 * @param told gets each answer; the last is that of the call that has ended.
 * @returns the contact's id.
 */
export async function playCall(
  { turns, flow, speed, patienceMs = PATIENCE_MS }: Play,
  { origin, lambda }: { origin: string; lambda: LambdaClient },
  told: (moment: Moment) => void,
): Promise<string> {
  const line = await openLine(origin);
  let now = { second: 0, who: turns[0]?.who ?? '' };
  let last: Check | undefined;
  const ask = async () => {
    const moment = now;
    last = await checkCaller(lambda, line, flow);
    told({ ...moment, check: last });
  };
  const heard = async (isEnough: (check: Check | undefined) => boolean, wait: () => Promise<unknown>) => {
    const giveUp = performance.now() + patienceMs;
    while (!isEnough(last) && performance.now() < giveUp) await wait();
  };
  try {
    await listenToCall(lambda, line, flow);
    let talking = true;
    const asking = (async () => {
      while (talking) {
        await ask();
        await sleep(Math.max(OFTEN_MS, 1000 / speed));
      }
    })();
    // An error of it is thrown below, not while the call goes on.
    asking.catch(() => undefined);
    let second = 0;
    for (const { who, samples } of turns) {
      const startedAt = performance.now();
      let sent = 0;
      for (const piece of pieces(samples)) {
        line.say(piece);
        sent += piece.length / BYTES_A_SECOND;
        now = { second: Math.round(second + sent), who };
        await sleep(Math.max(0, startedAt + (sent * 1000) / speed - performance.now()));
      }
      second += sent;
      if (speed > 1 && who !== turns.at(-1)?.who) {
        await heard(
          (check) => check !== undefined && !/^(INCONCLUSIVE|ERROR)$/.test(check.authentication),
          () => {
            line.say(PAUSE);
            return sleep(PAUSE_MS);
          },
        );
      }
    }
    talking = false;
    await asking;
    line.hangUp();
    await heard(
      (check) => check?.streaming === 'ENDED',
      async () => {
        await sleep(OFTEN_MS);
        await ask();
      },
    );
    return line.contactId;
  } finally {
    line.hangUp();
  }
}
