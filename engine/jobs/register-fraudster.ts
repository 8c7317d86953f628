import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import type { EngineDeps } from '../deps.ts';
import type { Fraudster } from '../store/fraudsters.ts';
import type { Job, Request, Row } from '../store/jobs.ts';
import type { Write } from '../store/table.ts';
import { toVoiceprint } from '../store/voiceprints.ts';
import { answerRequest, type Outcome, RequestError } from './attempts.ts';
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

/** The same entry of the same job makes the same id. */
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

/** Registers, or says why not, by what is stored at this moment. */
async function attempt({ job, index, request }: RegisterEntry, s3: S3Client, deps: EngineDeps): Promise<Outcome> {
  const { fraudsters, generations, watchlists } = deps.store;
  const config = (job.config ?? {}) as RegistrationConfig;
  const id = fraudsterId(job.jobId, index);
  const { embedding, netSpeechSeconds } = await deps.pool.extract(recordings(request.AudioSpecifications, s3), {
    minimumNetSpeechSeconds: REGISTRATION_SPEECH,
  });
  const closest = await knownFraudster(embedding, job.watchlistIds, await deps.voices.of(job.domainId));
  const threshold = config.FraudsterSimilarityThreshold ?? DEFAULT_SIMILARITY_THRESHOLD;
  const known = closest.generatedFraudsterId;
  if (known !== undefined && closest.score >= threshold && config.DuplicateRegistrationAction !== 'REGISTER_AS_NEW') {
    return { row: success(index, request, known, 'DUPLICATE_SKIPPED', closest.score) };
  }
  const most = deps.settings.quotas.fraudstersPerWatchlist;
  const counted: Write[] = [];
  for (const watchlistId of job.watchlistIds) {
    const list = await watchlists.get(job.domainId, watchlistId);
    if (list === undefined) throw new RequestError(400, 'A watchlist of the job was deleted.');
    // Another version of it: who counts its fraudsters at this moment, to add one or to delete it, counts again.
    counted.push(watchlists.putting(list.watchlist, list.version));
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
  return {
    row: success(index, request, id, 'NEW_REGISTRATION', similarity),
    writes: [fraudsters.putting(fraudster, 'absent'), generations.nexting(job.domainId, 'FRAUDSTERS'), ...counted],
    tell: (version) => generations.settle(job.domainId, 'FRAUDSTERS', version),
  };
}

/** One request of a fraudster manifest is answered, and its fraudster registered with the same write. @returns whether it was answered here. */
export function registerFraudster(
  entry: RegisterEntry,
  asked: Request,
  s3: S3Client,
  deps: EngineDeps,
): Promise<boolean> {
  const { job, index, request } = entry;
  const fail = (statusCode: number, message: string) => failure(index, request.RequestId, statusCode, message);
  return answerRequest(() => attempt(entry, s3, deps), fail, { job, asked }, deps);
}
