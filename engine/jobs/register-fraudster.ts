import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import type { EngineDeps } from '../deps.ts';
import type { Fraudster } from '../store/fraudsters.ts';
import type { Job, Row } from '../store/jobs.ts';
import { toVoiceprint } from '../store/voiceprints.ts';
import { RequestError, rowOf } from './attempts.ts';
import { failure } from './enroll-speaker.ts';
import type { RegistrationRequest } from './manifest.ts';
import { recordings } from './recordings.ts';
import { knownFraudster } from './screening.ts';

/** Net speech, seconds, that a registration needs. */
const REGISTRATION_SPEECH = 30;
/** Score from which a recording is that of a fraudster already registered: as sure as an authentication. */
const DEFAULT_SIMILARITY_THRESHOLD = 90;

interface RegistrationConfig {
  DuplicateRegistrationAction?: 'SKIP' | 'REGISTER_AS_NEW';
  FraudsterSimilarityThreshold?: number;
}

export interface RegisterEntry {
  job: Job;
  index: number;
  request: RegistrationRequest;
}

/** The same entry of the same job makes the same id, so that a repeat after a crash finds its own work. */
function fraudsterId(jobId: string, index: number): string {
  const hash = createHash('sha512')
    .update(`${jobId}#${index}`)
    .digest('base64')
    .replace(/[^a-zA-Z0-9]/g, '');
  return `id#${hash.slice(0, 22)}`;
}

const success = (index: number, request: RegistrationRequest, id: string, status: string, score?: number): Row => ({
  index,
  failed: false,
  result: {
    RequestId: request.RequestId,
    GeneratedFraudsterId: id,
    RegistrationStatus: status,
    ...(score !== undefined && { FraudsterSimilarityScore: score }),
  },
});

/** Registers, or says why not, by what is stored at this moment. @throws ConcurrentChangeError where that changed. */
async function attempt({ job, index, request }: RegisterEntry, s3: S3Client, deps: EngineDeps): Promise<Row> {
  const { fraudsters } = deps.store;
  const config = (job.config ?? {}) as RegistrationConfig;
  const id = fraudsterId(job.jobId, index);
  const there = await fraudsters.get(job.domainId, id);
  if (there !== undefined) return success(index, request, id, 'NEW_REGISTRATION', there.fraudster.similarity);

  const { embedding, netSpeechSeconds } = await deps.pool.extract(recordings(request.AudioSpecifications, s3), {
    minimumNetSpeechSeconds: REGISTRATION_SPEECH,
    oneVoice: true,
  });
  const closest = await knownFraudster(embedding, job.watchlistIds, await deps.voices.of(job.domainId));
  const threshold = config.FraudsterSimilarityThreshold ?? DEFAULT_SIMILARITY_THRESHOLD;
  const known = closest.generatedFraudsterId;
  if (known !== undefined && closest.score >= threshold && config.DuplicateRegistrationAction !== 'REGISTER_AS_NEW') {
    return success(index, request, known, 'DUPLICATE_SKIPPED', closest.score);
  }
  const most = deps.settings.quotas.fraudstersPerWatchlist;
  for (const watchlistId of job.watchlistIds) {
    if ((await fraudsters.on(job.domainId, watchlistId)).length >= most) {
      throw new RequestError(402, `The watchlist is full: the quota is ${most} fraudsters.`);
    }
  }
  const similarity = known === undefined ? undefined : closest.score;
  const fraudster: Fraudster = {
    domainId: job.domainId,
    generatedFraudsterId: id,
    watchlistIds: job.watchlistIds,
    voiceprint: toVoiceprint(deps.pool.model.id, embedding, netSpeechSeconds),
    similarity,
    createdAt: deps.now(),
  };
  await fraudsters.put(fraudster, 'absent');
  return success(index, request, id, 'NEW_REGISTRATION', similarity);
}

/** One request of a fraudster manifest to its row of the output file. Run again, it gives the same row. */
export function registerFraudster(entry: RegisterEntry, s3: S3Client, deps: EngineDeps): Promise<Row> {
  const { index, request } = entry;
  const fail = (statusCode: number, message: string) => failure(index, request.RequestId, statusCode, message);
  return rowOf(() => attempt(entry, s3, deps), fail, entry, deps);
}
