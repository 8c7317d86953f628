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

/** What the flow was answered, and at which second of the call. */
export interface Moment {
  second: number;
  who: string;
  check: Check;
}

const BYTES_A_SECOND = 16_000;
/** Milliseconds; so often is asked at most, however fast the call is played. */
const OFTEN = 250;
/** Milliseconds after the last word in which the verdict of it is waited for. */
const SETTLING = 1000;

const pieces = (turns: readonly Turn[]) =>
  turns.flatMap(({ who, samples }) =>
    Array.from({ length: Math.ceil(samples.length / BYTES_A_SECOND) }, (_, i) => ({
      who,
      samples: samples.subarray(i * BYTES_A_SECOND, (i + 1) * BYTES_A_SECOND),
    })),
  );

/**
 * Plays a call through the whole live way: into a media stream at the pace of speech times `speed`, from there by
 * listen-to-call into the session, and check-caller is asked once a second. `told` gets each answer.
 * @returns the contact's id.
 */
export async function playCall(
  { turns, flow, speed }: { turns: readonly Turn[]; flow: Flow; speed: number },
  { origin, lambda }: { origin: string; lambda: LambdaClient },
  told: (moment: Moment) => void,
): Promise<string> {
  const line = await openLine(origin);
  try {
    await listenToCall(lambda, line, flow);
    let now = { second: 0, who: turns[0]?.who ?? '' };
    let talking = true;
    const asking = (async () => {
      while (talking) {
        const before = now;
        told({ ...before, check: await checkCaller(lambda, line, flow) });
        await sleep(Math.max(OFTEN, 1000 / speed));
      }
    })();
    // An error of it is thrown below, not while the call goes on.
    asking.catch(() => undefined);
    const startedAt = performance.now();
    let sent = 0;
    for (const { who, samples } of pieces(turns)) {
      line.say(samples);
      sent += samples.length / BYTES_A_SECOND;
      now = { second: Math.round(sent), who };
      await sleep(Math.max(0, startedAt + (sent * 1000) / speed - performance.now()));
    }
    await sleep(SETTLING);
    talking = false;
    await asking;
    told({ ...now, check: await checkCaller(lambda, line, flow) });
    return line.contactId;
  } finally {
    line.hangUp();
  }
}
