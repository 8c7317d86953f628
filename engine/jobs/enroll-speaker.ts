import type { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import type { EngineDeps } from '../deps.ts';
import type { Job, Request, Row } from '../store/jobs.ts';
import { type EnrollmentStatus, type Look, type Speaker, statusOf } from '../store/speakers.ts';
import { toVoiceprint } from '../store/voiceprints.ts';
import { answerRequest, type Outcome, RequestError } from './attempts.ts';
import type { EnrollmentRequest } from './manifest.ts';
import { recordings } from './recordings.ts';
import { closestFraudster } from './screening.ts';

/** How the recordings of an enrollment are listened to; speech in seconds. */
export const ENROLLMENT = { minimumNetSpeechSeconds: 30 } as const;
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
  /** The speaker, where somebody has looked: at the first attempt it is believed, for what is written depends on it. */
  look?: Look | undefined;
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
function tellEnrolled(job: Job, index: number, generatedSpeakerId: string, deps: EngineDeps): Promise<void> {
  return deps.publish({
    source: 'vivavoce.voiceid',
    detailType: 'VoiceId Speaker Action',
    detail: {
      sourceId: `${job.jobId}-${index}`,
      domainId: job.domainId,
      action: 'ENROLL_SPEAKER',
      status: 'SUCCESS',
      generatedSpeakerId,
    },
  });
}

/** Enrolls, or says why not, by what is stored at this moment. */
async function attempt({ job, index, request, look }: EnrollEntry, s3: S3Client, deps: EngineDeps): Promise<Outcome> {
  const { speakers } = deps.store;
  const { speaker: known, erased, there } = look ?? (await speakers.look(job.domainId, request.SpeakerId));
  if (erased?.jobIds.includes(job.jobId)) {
    throw new RequestError(409, 'The speaker was deleted after the job was started, and is not enrolled.');
  }
  const status = known && statusOf(known, deps.now(), deps.pool.model.id);
  if (status === 'OPTED_OUT') throw new RequestError(409, 'The speaker has opted out, and is not enrolled.');
  const action = (job.config as EnrollmentConfig | undefined)?.ExistingEnrollmentAction ?? 'SKIP';
  if (known && status === 'ENROLLED' && action === 'SKIP') {
    return { row: success(index, request, known, 'DUPLICATE_SKIPPED') };
  }

  const { embedding, netSpeechSeconds } = await deps.pool.extract(
    recordings(request.AudioSpecifications, s3),
    ENROLLMENT,
  );
  await screened(embedding, job, deps);

  const now = deps.now();
  const enrolled = known?.voiceprint === undefined ? 'NEW_ENROLLMENT' : 'ENROLLMENT_OVERWRITE';
  const speaker: Speaker = {
    domainId: job.domainId,
    generatedSpeakerId: speakers.generatedId(job.domainId, request.SpeakerId),
    customerSpeakerId: request.SpeakerId,
    status: 'ENROLLED',
    voiceprint: toVoiceprint(deps.pool.model.id, embedding, netSpeechSeconds),
    enrolledBy: { jobId: job.jobId, index, status: enrolled },
    createdAt: known?.createdAt ?? now,
    updatedAt: now,
    lastAccessedAt: now,
  };
  return {
    row: success(index, request, speaker, enrolled),
    writes: [speakers.putting(speaker, there)],
    tell: () => tellEnrolled(job, index, speaker.generatedSpeakerId, deps),
  };
}

/**
 * The per-speaker step: one request of a manifest is answered, and its speaker enrolled with the same write. Whatever is
 * wrong with it is its row's error, and an enrollment that fails leaves the speaker as it was.
 * @returns whether it was answered here.
 */
export function enrollSpeaker(entry: EnrollEntry, asked: Request, s3: S3Client, deps: EngineDeps): Promise<boolean> {
  const { job, index, request } = entry;
  let { look } = entry;
  const next = () => {
    const now = { ...entry, look };
    look = undefined;
    return attempt(now, s3, deps);
  };
  const fail = (statusCode: number, message: string) => failure(index, request.RequestId, statusCode, message);
  return answerRequest(next, fail, { job, asked }, deps);
}

const enrolledSchema = z.object({
  GeneratedSpeakerId: z.string(),
  EnrollmentStatus: z.enum(['NEW_ENROLLMENT', 'ENROLLMENT_OVERWRITE']),
});

/** Tells of a row again, where an engine may have died before it told. A repeat is the same event. */
export async function tellAgain(job: Job, { index, result }: Row, deps: EngineDeps): Promise<void> {
  const enrolled = enrolledSchema.safeParse(result);
  if (enrolled.success) await tellEnrolled(job, index, enrolled.data.GeneratedSpeakerId, deps);
}
