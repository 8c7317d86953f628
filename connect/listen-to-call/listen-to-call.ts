import type { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import { FlowEventError } from '../call/errors.ts';
import { readFlowEvent } from '../call/flow-event.ts';
import { type KeepDeps, keepCall } from './keep-call.ts';
import { type ListenDeps, type Listening, listen, listeningSchema, listeningTo } from './listen.ts';

/** What the function invokes itself with: to listen on, or to keep a call that has ended, in time of its own. */
export const taskSchema = z.union([z.object({ listen: listeningSchema }), z.object({ keep: listeningSchema })]);
export type Task = z.infer<typeof taskSchema>;

export interface InvokeAgain {
  /** Invokes this very function, asynchronously. */
  invokeAgain(task: Task): Promise<void>;
}

interface Logs {
  logger: Pick<Logger, 'info' | 'warn'>;
}

/** Milliseconds before an invocation's end in which it hands over: a chunk's tries in the engine have their time. */
const HANDOVER_MS = 60_000;
/** Invocations of fifteen minutes: a call of a day. */
const MOST_INVOCATIONS = 96;

/**
 * Begins to listen to a flow's call, and answers at once: flat, as a flow wants it.
 * @throws FlowEventError where the block's parameters are malformed, or the flow has not started media streaming.
 */
export async function beginListening(event: unknown, { invokeAgain }: InvokeAgain): Promise<Record<string, string>> {
  const call = readFlowEvent(event);
  const { stream } = call;
  if (stream === undefined) {
    throw new FlowEventError('Found a contact without a media stream: start media streaming before this block.');
  }
  await invokeAgain({ listen: listeningTo({ ...call, stream }) });
  return { listening: 'true', session: call.contactId };
}

/** Listens until the call ends or the invocation is about to, and hands over to another. */
export async function goOnListening(
  listening: Listening,
  remainingMs: number,
  deps: ListenDeps & InvokeAgain & Logs,
): Promise<void> {
  const until = AbortSignal.timeout(Math.max(0, remainingMs - Math.min(HANDOVER_MS, remainingMs / 2)));
  const { ended, after, seconds, netSpeechSeconds, samples } = await listen(listening, until, deps);
  const invocations = listening.before + 1;
  const heard = { ...listening, after, before: invocations, netSpeechSeconds, samples };
  deps.logger.info(ended ? 'The call has ended' : 'Listening goes on in another invocation', {
    seconds,
    netSpeechSeconds,
    invocations,
  });
  if (ended) {
    if (listening.enrollmentConsent) await deps.invokeAgain({ keep: heard });
  } else if (invocations < MOST_INVOCATIONS) await deps.invokeAgain({ listen: heard });
  else deps.logger.warn('Listened for a day, and no longer', { invocations });
}

/** Makes a recording and a manifest of a call whose caller consented. */
export async function enrollFromCall(call: Listening, deps: KeepDeps & Logs): Promise<void> {
  const { speakerId } = call.options;
  if (!call.enrollmentConsent || speakerId === undefined || speakerId.startsWith('id#')) {
    deps.logger.warn('Call not kept: without consent, or without a speaker id of your own, nobody is enrolled');
    return;
  }
  deps.logger.info('Call to be enrolled from', { outcome: await keepCall(call, speakerId, deps) });
}
