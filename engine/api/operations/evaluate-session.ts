import { NotEnoughSpeechError } from '../../audio/errors.ts';
import { wavOf } from '../../audio/wav-writer.ts';
import type { EngineDeps } from '../../deps.ts';
import { closestFraudster } from '../../jobs/screening.ts';
import type { Session } from '../../sessions/sessions.ts';
import { randomId } from '../../store/ids.ts';
import { type Speaker, statusOf } from '../../store/speakers.ts';
import type { Version } from '../../store/table.ts';
import { embeddingOf } from '../../store/voiceprints.ts';
import { domainOf, existing, type Operation, seconds } from '../operation.ts';

/** The session's voice; undefined while it holds too little speech. */
async function voiceOf(session: Session, { pool }: EngineDeps): Promise<Float32Array | undefined> {
  const bytes = wavOf(session.audio);
  async function* recordings() {
    yield { uri: 'of the session', bytes, channelId: 0 };
  }
  try {
    const options = { minimumNetSpeechSeconds: session.netSpeechSeconds };
    return (await pool.extract(recordings(), options)).embedding;
  } catch (error) {
    if (error instanceof NotEnoughSpeechError) return undefined;
    throw error;
  }
}

async function authenticate(
  session: Session,
  speaker: Speaker | undefined,
  voice: Float32Array | undefined,
  deps: EngineDeps,
) {
  const status = speaker && statusOf(speaker, deps.now(), deps.pool.model.id);
  if (session.speakerId === undefined) return { Decision: 'SPEAKER_ID_NOT_PROVIDED' };
  if (status === 'OPTED_OUT') return { Decision: 'SPEAKER_OPTED_OUT' };
  if (status === 'EXPIRED') return { Decision: 'SPEAKER_EXPIRED' };
  if (status !== 'ENROLLED' || speaker?.voiceprint === undefined) return { Decision: 'SPEAKER_NOT_ENROLLED' };
  if (voice === undefined) return { Decision: 'NOT_ENOUGH_SPEECH' };
  const scores = await (await deps.voices.of(session.domainId)).scores();
  const claimed = { id: speaker.generatedSpeakerId, embedding: embeddingOf(speaker.voiceprint) };
  const { score } = scores.authenticate(voice, claimed);
  return { Decision: score >= session.acceptanceThreshold ? 'ACCEPT' : 'REJECT', Score: score };
}

async function screen(session: Session, voice: Float32Array | undefined, deps: EngineDeps) {
  if (voice === undefined) return { Decision: 'NOT_ENOUGH_SPEECH', Reasons: [] };
  const lists = session.watchlistId === undefined ? [] : [session.watchlistId];
  const risk = await closestFraudster(voice, session.domainId, lists, deps);
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

/** Keeps an authenticated speaker from expiring; another write meanwhile does the same. */
async function touch(speaker: Speaker, version: Version, deps: EngineDeps): Promise<void> {
  try {
    await deps.store.speakers.put({ ...speaker, lastAccessedAt: deps.now() }, version);
  } catch (error) {
    deps.logger.warn('Last access not kept', { error: error instanceof Error ? error.name : 'unknown' });
  }
}

export const evaluateSession: Operation<'EvaluateSession'> = async ({ DomainId, SessionNameOrId }, deps) => {
  await domainOf(DomainId, deps);
  const session = existing(deps.sessions.find(DomainId, SessionNameOrId), 'SESSION');
  const found =
    session.speakerId === undefined ? undefined : await deps.store.speakers.get(DomainId, session.speakerId);
  const voice = await voiceOf(session, deps);
  const aggregation = {
    AudioAggregationStartedAt: seconds(session.startedAt),
    AudioAggregationEndedAt: seconds(session.fedAt),
  };
  const authentication = await authenticate(session, found?.speaker, voice, deps);
  if (found !== undefined && 'Score' in authentication) await touch(found.speaker, found.version, deps);
  return {
    DomainId,
    SessionId: session.sessionId,
    SessionName: session.sessionName,
    StreamingStatus: session.ended ? 'ENDED' : 'ONGOING',
    AuthenticationResult: {
      AuthenticationResultId: randomId(),
      ...aggregation,
      ...authentication,
      Configuration: { AcceptanceThreshold: session.acceptanceThreshold },
      ...(found !== undefined && {
        CustomerSpeakerId: found.speaker.customerSpeakerId,
        GeneratedSpeakerId: found.speaker.generatedSpeakerId,
      }),
    },
    ...(session.screen && {
      FraudDetectionResult: {
        FraudDetectionResultId: randomId(),
        ...aggregation,
        ...(await screen(session, voice, deps)),
        Configuration: {
          RiskThreshold: session.riskThreshold,
          ...(session.watchlistId !== undefined && { WatchlistId: session.watchlistId }),
        },
      },
    }),
  };
};
