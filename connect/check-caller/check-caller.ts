import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeSpeakerCommand,
  EvaluateSessionCommand,
  type EvaluateSessionResponse,
  type VoiceIDClient,
} from '@aws-sdk/client-voice-id';
import type { FlowCall } from '../call/flow-event.ts';

/** What a flow branches on. All text and flat: a flow takes nothing else. */
export interface CallerCheck {
  enrollmentStatus: 'ENROLLED' | 'NOT_ENROLLED' | 'OPTED_OUT' | 'ERROR';
  authentication: 'AUTHENTICATED' | 'NOT_AUTHENTICATED' | 'INCONCLUSIVE' | 'NOT_ENROLLED' | 'OPTED_OUT' | 'ERROR';
  /** 0 to 100; empty where there is none. */
  authenticationScore: string;
  fraud: 'HIGH_RISK' | 'LOW_RISK' | 'INCONCLUSIVE' | 'ERROR';
  /** 0 to 100, that of the closest fraudster; empty where there is none. */
  fraudScore: string;
  /** Whether the call is listened to: not before its first audio. Empty where that can't be said. */
  streaming: 'NOT_STARTED' | 'ONGOING' | 'ENDED' | '';
  /** Since the end of the speech that was judged; empty where none was. */
  secondsSinceSpeech: string;
}

export interface CheckDeps {
  voiceId: VoiceIDClient;
  domainId: string;
  /** Epoch milliseconds. */
  now: () => number;
  warn: (message: string, error: unknown) => void;
}

/** A flow waits eight seconds for a function at most. */
const PATIENCE_MS = 6500;
const POLL_MS = 500;

const authentications: Record<string, CallerCheck['authentication']> = {
  ACCEPT: 'AUTHENTICATED',
  REJECT: 'NOT_AUTHENTICATED',
  NOT_ENOUGH_SPEECH: 'INCONCLUSIVE',
  SPEAKER_NOT_ENROLLED: 'NOT_ENROLLED',
  SPEAKER_EXPIRED: 'NOT_ENROLLED',
  SPEAKER_OPTED_OUT: 'OPTED_OUT',
};
const frauds: Record<string, CallerCheck['fraud']> = {
  HIGH_RISK: 'HIGH_RISK',
  LOW_RISK: 'LOW_RISK',
  NOT_ENOUGH_SPEECH: 'INCONCLUSIVE',
};
const statuses: Record<string, CallerCheck['enrollmentStatus']> = {
  ENROLLED: 'ENROLLED',
  OPTED_OUT: 'OPTED_OUT',
  EXPIRED: 'NOT_ENROLLED',
  PENDING: 'NOT_ENROLLED',
};

const isMissing = (error: unknown): boolean => error instanceof Error && error.name === 'ResourceNotFoundException';

async function enrollmentStatus(
  SpeakerId: string | undefined,
  { voiceId, domainId, warn }: CheckDeps,
  abortSignal: AbortSignal,
): Promise<CallerCheck['enrollmentStatus']> {
  if (SpeakerId === undefined) return 'ERROR';
  try {
    const command = new DescribeSpeakerCommand({ DomainId: domainId, SpeakerId });
    const { Speaker } = await voiceId.send(command, { abortSignal });
    return statuses[Speaker?.Status ?? ''] ?? 'ERROR';
  } catch (error) {
    if (isMissing(error)) return 'NOT_ENROLLED';
    warn('The speaker could not be described', error);
    return 'ERROR';
  }
}

/** The session's verdict as it is now; undefined where nothing was heard yet. */
async function evaluate(
  contactId: string,
  { voiceId, domainId }: CheckDeps,
  abortSignal: AbortSignal,
): Promise<EvaluateSessionResponse | undefined> {
  const command = new EvaluateSessionCommand({ DomainId: domainId, SessionNameOrId: contactId });
  try {
    return await voiceId.send(command, { abortSignal });
  } catch (error) {
    // The session begins with its first audio.
    if (error instanceof Error && 'ResourceType' in error && error.ResourceType === 'SESSION') return undefined;
    throw error;
  }
}

type Verdict = Omit<CallerCheck, 'enrollmentStatus'>;

function verdictOf(session: EvaluateSessionResponse | undefined, oldestSeconds: number, now: number): Verdict {
  const { AuthenticationResult: voice, FraudDetectionResult: risk } = session ?? {};
  const score = (value: number | undefined) => (value === undefined ? '' : String(value));
  const endedAt = voice?.AudioAggregationEndedAt ?? risk?.AudioAggregationEndedAt;
  const age = endedAt === undefined ? undefined : Math.max(0, Math.round((now - endedAt.getTime()) / 1000));
  const tooOld = age !== undefined && age > oldestSeconds;
  const authentication = voice === undefined ? 'INCONCLUSIVE' : (authentications[voice.Decision ?? ''] ?? 'ERROR');
  const fraud = risk === undefined ? 'INCONCLUSIVE' : (frauds[risk.Decision ?? ''] ?? 'ERROR');
  // What was judged may not be who is on the line any more.
  const fresh = <T extends string>(decision: T): T | 'INCONCLUSIVE' =>
    tooOld && decision !== 'NOT_ENROLLED' && decision !== 'OPTED_OUT' ? 'INCONCLUSIVE' : decision;
  const streaming = session === undefined ? 'NOT_STARTED' : session.StreamingStatus === 'ENDED' ? 'ENDED' : 'ONGOING';
  return {
    streaming,
    authentication: fresh(authentication),
    authenticationScore: score(voice?.Score),
    fraud: fresh(fraud),
    fraudScore: score(risk?.RiskDetails?.KnownFraudsterRisk?.RiskScore),
    secondsSinceSpeech: score(age),
  };
}

/** Who is on the line, as a flow asks: an engine that can't say is an ERROR in the answer, never an error of the block. */
export async function checkCaller({ contactId, parameters }: FlowCall, deps: CheckDeps): Promise<CallerCheck> {
  const { speakerId, waitSeconds = 0, oldestSeconds = Number.POSITIVE_INFINITY } = parameters;
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const waitUntil = deps.now() + waitSeconds * 1000;
  const status = enrollmentStatus(speakerId, deps, patience);
  let verdict: Verdict;
  try {
    for (;;) {
      verdict = verdictOf(await evaluate(contactId, deps, patience), oldestSeconds, deps.now());
      if (verdict.authentication !== 'INCONCLUSIVE' || deps.now() + POLL_MS > waitUntil) break;
      await sleep(POLL_MS, undefined, { signal: patience });
    }
  } catch (error) {
    deps.warn('The session could not be evaluated', error);
    const none = { authenticationScore: '', fraudScore: '', secondsSinceSpeech: '' };
    verdict = { streaming: '', authentication: 'ERROR', fraud: 'ERROR', ...none };
  }
  const enrolled = await status;
  // The session was fed without the name of a speaker whom the engine does not know.
  const { authentication } = verdict;
  const nobody = enrolled === 'NOT_ENROLLED' && authentication !== 'NOT_AUTHENTICATED';
  return { enrollmentStatus: enrolled, ...verdict, authentication: nobody ? 'NOT_ENROLLED' : authentication };
}
