import type { S3Client } from '@aws-sdk/client-s3';
import type { EngineDeps } from '../deps.ts';
import type { Job, Row } from '../store/jobs.ts';
import { type EnrollmentStatus, type Speaker, statusOf } from '../store/speakers.ts';
import { toVoiceprint } from '../store/voiceprints.ts';
import { RequestError, rowOf } from './attempts.ts';
import type { EnrollmentRequest } from './manifest.ts';
import { recordings } from './recordings.ts';
import { closestFraudster } from './screening.ts';

/** Net speech, seconds, that an enrollment needs. */
const ENROLLMENT_SPEECH = 30;
const DEFAULT_RISK_THRESHOLD = 20;

/** The job's `EnrollmentConfig`, as the API checked it. */
interface EnrollmentConfig {
  ExistingEnrollmentAction?: 'SKIP' | 'OVERWRITE';
  FraudDetectionConfig?: { FraudDetectionAction?: 'FAIL' | 'IGNORE'; RiskThreshold?: number };
}

export interface EnrollEntry {
  job: Job;
  index: number;
  request: EnrollmentRequest;
}

function success(index: number, request: EnrollmentRequest, speaker: Speaker, status: EnrollmentStatus): Row {
  const { RequestId: requestId } = request;
  const { generatedSpeakerId, voiceprint } = speaker;
  return {
    index,
    failed: false,
    result: {
      RequestId: requestId,
      GeneratedSpeakerId: generatedSpeakerId,
      CustomerSpeakerId: speaker.customerSpeakerId,
      EnrollmentStatus: status,
    },
    ...(status !== 'DUPLICATE_SKIPPED' &&
      voiceprint !== undefined && { voice: { requestId, generatedSpeakerId, voiceprint } }),
  };
}

export function failure(index: number, requestId: string, statusCode: number, message: string): Row {
  return { index, failed: true, result: { RequestId: requestId, ErrorCode: statusCode, ErrorMessage: message } };
}

async function screened(embedding: Float32Array, job: Job, deps: EngineDeps): Promise<void> {
  const config = (job.config as EnrollmentConfig | undefined)?.FraudDetectionConfig;
  if (config?.FraudDetectionAction === 'IGNORE') return;
  const threshold = config?.RiskThreshold ?? DEFAULT_RISK_THRESHOLD;
  const risk = await closestFraudster(embedding, job.watchlistIds, await deps.voices.of(job.domainId));
  if (risk.generatedFraudsterId !== undefined && risk.score >= threshold) {
    throw new RequestError(
      400,
      `The fraud check failed: found a risk score of ${risk.score} against the watchlist, expected less than ${threshold}.`,
    );
  }
}

/** Its `sourceId` tells repeats. */
function tellEnrolled(job: Job, index: number, speaker: Speaker, deps: EngineDeps): Promise<void> {
  return deps.publish({
    source: 'vivavoce.voiceid',
    detailType: 'VoiceId Speaker Action',
    detail: {
      sourceId: `${job.jobId}-${index}`,
      domainId: job.domainId,
      action: 'ENROLL_SPEAKER',
      status: 'SUCCESS',
      generatedSpeakerId: speaker.generatedSpeakerId,
    },
  });
}

/** Enrolls, or says why not, by what is stored at this moment. @throws ConcurrentChangeError where that changed. */
async function attempt({ job, index, request }: EnrollEntry, s3: S3Client, deps: EngineDeps): Promise<Row> {
  const { speakers } = deps.store;
  const there = await speakers.get(job.domainId, request.SpeakerId);
  const by = there?.speaker.enrolledBy;
  // Our own work of before a crash: enrolled, but the row was not kept, and who knows whether it was told.
  if (there && by?.jobId === job.jobId && by.index === index) {
    await tellEnrolled(job, index, there.speaker, deps);
    return success(index, request, there.speaker, by.status);
  }

  const status = there && statusOf(there.speaker, deps.now(), deps.pool.model.id);
  if (status === 'OPTED_OUT') throw new RequestError(409, 'The speaker has opted out, and is not enrolled.');
  const action = (job.config as EnrollmentConfig | undefined)?.ExistingEnrollmentAction ?? 'SKIP';
  if (there && status === 'ENROLLED' && action === 'SKIP') {
    return success(index, request, there.speaker, 'DUPLICATE_SKIPPED');
  }

  const { embedding, netSpeechSeconds } = await deps.pool.extract(recordings(request.AudioSpecifications, s3), {
    minimumNetSpeechSeconds: ENROLLMENT_SPEECH,
    oneVoice: true,
  });
  await screened(embedding, job, deps);

  const now = deps.now();
  const enrolled = there?.speaker.voiceprint === undefined ? 'NEW_ENROLLMENT' : 'ENROLLMENT_OVERWRITE';
  const speaker: Speaker = {
    domainId: job.domainId,
    generatedSpeakerId: speakers.generatedId(job.domainId, request.SpeakerId),
    customerSpeakerId: request.SpeakerId,
    status: 'ENROLLED',
    voiceprint: toVoiceprint(deps.pool.model.id, embedding, netSpeechSeconds),
    enrolledBy: { jobId: job.jobId, index, status: enrolled },
    createdAt: there?.speaker.createdAt ?? now,
    updatedAt: now,
    lastAccessedAt: now,
  };
  await speakers.put(speaker, there?.version ?? 'absent');
  await tellEnrolled(job, index, speaker, deps);
  return success(index, request, speaker, enrolled);
}

/**
 * The per-speaker step: one request of a manifest to its row of the output file. Whatever is wrong with it is that
 * row's error, and an enrollment that fails leaves the speaker as it was. Run again, it gives the same row.
 */
export function enrollSpeaker(entry: EnrollEntry, s3: S3Client, deps: EngineDeps): Promise<Row> {
  const { index, request } = entry;
  const fail = (statusCode: number, message: string) => failure(index, request.RequestId, statusCode, message);
  return rowOf(() => attempt(entry, s3, deps), fail, entry, deps);
}
