import { createHash } from 'node:crypto';
import type { EngineDeps } from '../../deps.ts';
import { ConcurrentChangeError } from '../../errors.ts';
import { closestFraudster } from '../../jobs/screening.ts';
import type { VoicesNow } from '../../scores/domain-voices.ts';
import { lineOf, type StoredLine } from '../../sessions/stored-line.ts';
import { latestWindow, type Window } from '../../sessions/window.ts';
import { randomId } from '../../store/ids.ts';
import type { KeptResult, KeptResults, Session } from '../../store/sessions.ts';
import { statusOf } from '../../store/speakers.ts';
import type { Write } from '../../store/table.ts';
import { embeddingOf } from '../../store/voiceprints.ts';
import { THRESHOLDS } from '../../voiceprint/score.ts';
import { activeDomain, existing, type Operation, seconds } from '../operation.ts';

type Found = Awaited<ReturnType<EngineDeps['store']['speakers']['get']>>;

/**
 * The score that the newer half of what is accepted has to have alone: what one stranger in a hundred reaches. docs/model.md
 * has how many right callers do, and who had just taken over.
 */
const NEWER_HALF_SCORES = THRESHOLDS.fraud;

async function authenticate(session: Session, found: Found, { window, voices }: Heard, deps: EngineDeps) {
  const speaker = found?.speaker;
  const status = speaker && statusOf(speaker, deps.now(), deps.pool.model.id);
  if (session.speakerId === undefined) return { Decision: 'SPEAKER_ID_NOT_PROVIDED' };
  if (status === 'OPTED_OUT') return { Decision: 'SPEAKER_OPTED_OUT' };
  if (status === 'EXPIRED') return { Decision: 'SPEAKER_EXPIRED' };
  if (status !== 'ENROLLED' || speaker?.voiceprint === undefined) return { Decision: 'SPEAKER_NOT_ENROLLED' };
  if (window?.voice === undefined || window.newerHalf === undefined) return { Decision: 'NOT_ENOUGH_SPEECH' };
  const { acceptanceThreshold } = session;
  const claimed = { id: speaker.generatedSpeakerId, embedding: embeddingOf(speaker.voiceprint) };
  const scores = await voices.scores();
  const { score } = scores.authenticate(window.voice, claimed);
  if (score < acceptanceThreshold) return { Decision: 'REJECT', Score: score };
  // Nobody is accepted for what was said before their time.
  const newer = scores.authenticate(window.newerHalf, claimed).score;
  if (newer < Math.min(NEWER_HALF_SCORES, acceptanceThreshold)) return { Decision: 'NOT_ENOUGH_SPEECH' };
  return { Decision: 'ACCEPT', Score: score };
}

async function screen(session: Session, { window, voices }: Heard) {
  if (window?.voice === undefined) return { Decision: 'NOT_ENOUGH_SPEECH', Reasons: [] };
  const lists = session.watchlistId === undefined ? [] : [session.watchlistId];
  const risk = await closestFraudster(window.voice, lists, voices);
  const high = risk.generatedFraudsterId !== undefined && risk.score >= session.riskThreshold;
  return {
    Decision: high ? 'HIGH_RISK' : 'LOW_RISK',
    Reasons: [...(high ? ['KNOWN_FRAUDSTER'] : []), ...(risk.stale > 0 ? ['FRAUDSTER_OF_ANOTHER_MODEL'] : [])],
    RiskDetails: {
      KnownFraudsterRisk: {
        RiskScore: risk.score,
        ...(risk.generatedFraudsterId !== undefined && { GeneratedFraudsterId: risk.generatedFraudsterId }),
      },
      // The model requires the member; spoofing is not looked for, and never a reason.
      VoiceSpoofingRisk: { RiskScore: 0 },
    },
  };
}

/** A speaker who is used is not expired after three years. To the day is enough: a poll is no write. */
const TOUCHED_EVERY_MS = 24 * 3600 * 1000;

async function touch(found: Found, deps: EngineDeps): Promise<void> {
  if (found === undefined || deps.now() - found.speaker.lastAccessedAt < TOUCHED_EVERY_MS) return;
  try {
    await deps.store.speakers.put({ ...found.speaker, lastAccessedAt: deps.now() }, found.version);
  } catch (error) {
    // Another write meanwhile does the same.
    deps.logger.warn('Last access not kept', { error: error instanceof Error ? error.name : 'unknown' });
  }
}

/** A fingerprint of what a result is of: nothing of a speaker can be read in it. */
const of = (...parts: unknown[]) => createHash('sha256').update(JSON.stringify(parts)).digest('base64url');

const aggregation = (window: Window | undefined) =>
  window && {
    AudioAggregationStartedAt: seconds(window.startedAt),
    AudioAggregationEndedAt: seconds(window.endedAt),
  };

/** The result that was given before, if it was of the same; else another one, with an id of its own. */
async function keptOr(before: KeptResult | undefined, what: string, make: () => Promise<object>): Promise<KeptResult> {
  return before?.of === what ? before : { of: what, answer: await make() };
}

interface Heard {
  window: Window | undefined;
  /** Stretches of speech so far: without another one there is no new speech. */
  made: number;
  /** What the speech is held against. */
  voices: VoicesNow;
}

/** What has been heard, of the model in use: speech of another one has to be heard again. */
async function heardIn(session: Session, { pool, voices }: EngineDeps): Promise<Heard> {
  const stored = session.line as StoredLine;
  const now = await voices.of(session.domainId);
  if (stored.modelId !== pool.model.id) return { window: undefined, made: 0, voices: now };
  const window = latestWindow(lineOf(stored), session.netSpeechSeconds, pool.model.voices?.oneRecording);
  return { window, made: stored.made, voices: now };
}

/**
 * As AWS had it: without new speech, another threshold or another speaker, the same result with the same id. Another
 * generation of the domain's voiceprints is another matter, too.
 */
async function judge(session: Session, found: Found, before: KeptResults | undefined, deps: EngineDeps) {
  const heard = await heardIn(session, deps);
  const { window, made, voices } = heard;
  const { acceptanceThreshold, riskThreshold, watchlistId, netSpeechSeconds } = session;
  const { SPEAKERS, FRAUDSTERS } = voices.generation;
  // Whoever is erased, or put on a watchlist, is so in the next result.
  const spoken = [deps.pool.model.id, made, netSpeechSeconds, SPEAKERS];
  const speaker = found && {
    id: found.speaker.generatedSpeakerId,
    // Another print, or none any more, is another matter at once.
    status: statusOf(found.speaker, deps.now(), deps.pool.model.id),
    updatedAt: found.speaker.updatedAt,
  };
  const authentication = await keptOr(
    before?.authentication,
    of(spoken, session.speakerId, speaker, acceptanceThreshold),
    async () => ({
      AuthenticationResultId: randomId(),
      ...aggregation(window),
      ...(await authenticate(session, found, heard, deps)),
      Configuration: { AcceptanceThreshold: acceptanceThreshold },
      ...(found !== undefined && {
        CustomerSpeakerId: found.speaker.customerSpeakerId,
        GeneratedSpeakerId: found.speaker.generatedSpeakerId,
      }),
    }),
  );
  if (!session.screen) return { authentication };
  const fraud = await keptOr(before?.fraud, of(spoken, FRAUDSTERS, watchlistId, riskThreshold), async () => ({
    FraudDetectionResultId: randomId(),
    ...aggregation(window),
    ...(await screen(session, heard)),
    Configuration: {
      RiskThreshold: riskThreshold,
      ...(watchlistId !== undefined && { WatchlistId: watchlistId }),
    },
  }));
  return { authentication, fraud };
}

/** The results of a session: of two engines that are asked at once, the first one's. */
async function resultsOf(session: Session, found: Found, domain: Write, deps: EngineDeps): Promise<KeptResults> {
  const { sessions } = deps.store;
  for (;;) {
    const before = await sessions.results(session.domainId, session.sessionId);
    const results = await judge(session, found, before?.results, deps);
    const same =
      before !== undefined &&
      before.results.authentication === results.authentication &&
      before.results.fraud === results.fraud;
    if (same) return results;
    try {
      await sessions.putResults(session, results, before?.version ?? 'absent', domain);
      return results;
    } catch (error) {
      // Where it was the domain, it may be gone: the call is made again from its beginning.
      if (!(error instanceof ConcurrentChangeError) || error.at === 1) throw error;
    }
  }
}

export const evaluateSession: Operation<'EvaluateSession'> = async ({ DomainId, SessionNameOrId }, deps) => {
  const { version } = await activeDomain(DomainId, deps);
  const { session } = existing(await deps.store.sessions.get(DomainId, SessionNameOrId, deps.now()), 'SESSION');
  const found =
    session.speakerId === undefined ? undefined : await deps.store.speakers.get(DomainId, session.speakerId);
  const { authentication, fraud } = await resultsOf(
    session,
    found,
    deps.store.domains.unchanged(DomainId, version),
    deps,
  );
  if ('Score' in authentication.answer) await touch(found, deps);
  return {
    DomainId,
    SessionId: session.sessionId,
    SessionName: session.sessionName,
    StreamingStatus: session.ended ? 'ENDED' : 'ONGOING',
    AuthenticationResult: authentication.answer,
    ...(fraud !== undefined && { FraudDetectionResult: fraud.answer }),
  };
};
