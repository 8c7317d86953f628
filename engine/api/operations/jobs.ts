import type { EngineDeps } from '../../deps.ts';
import { ServiceQuotaExceededException } from '../../errors.ts';
import { told } from '../../jobs/events.ts';
import type { Job, JobKind } from '../../store/jobs.ts';
import { type Intent, once } from '../idempotency.ts';
import { activeDomain, domainOf, existing, type Operation, pageSize, seconds } from '../operation.ts';
import { pageAfter, pageToken } from '../page-token.ts';

function summary(job: Job) {
  return {
    CreatedAt: seconds(job.createdAt),
    DomainId: job.domainId,
    ...(job.endedAt !== undefined && { EndedAt: seconds(job.endedAt) }),
    ...(job.failure !== undefined && {
      FailureDetails: { Message: job.failure.message, StatusCode: job.failure.statusCode },
    }),
    JobId: job.jobId,
    ...(job.jobName !== undefined && { JobName: job.jobName }),
    JobProgress: { PercentComplete: job.percentComplete },
    JobStatus: job.status,
  };
}

function describe(job: Job) {
  const config = job.kind === 'ENROLLMENT' ? 'EnrollmentConfig' : 'RegistrationConfig';
  return {
    ...summary(job),
    DataAccessRoleArn: job.dataAccessRoleArn,
    InputDataConfig: { S3Uri: job.inputS3Uri },
    OutputDataConfig: {
      S3Uri: job.outputS3Uri,
      ...(job.outputKmsKeyId !== undefined && { KmsKeyId: job.outputKmsKeyId }),
    },
    ...(job.config !== undefined && { [config]: job.config }),
  };
}

type StartRequest = Parameters<Operation<'StartSpeakerEnrollmentJob'>>[0];

async function start(
  kind: JobKind,
  request: Omit<StartRequest, 'EnrollmentConfig'>,
  config: object | undefined,
  watchlistIds: string[] | undefined,
  deps: EngineDeps,
): Promise<object> {
  const { domain, version } = await activeDomain(request.DomainId, deps);
  const { jobs, watchlists, domains } = deps.store;
  for (const id of watchlistIds ?? []) existing(await watchlists.get(request.DomainId, id), 'WATCHLIST');
  const unchanged = domains.unchanged(request.DomainId, version);
  const create = async ({ id, createdAt }: Intent) => {
    const there = await jobs.get(kind, request.DomainId, id);
    if (there !== undefined) return { Job: describe(await told(there, deps)) };
    // One runs, the others wait behind it.
    const waiting = await jobs.queued(kind, request.DomainId);
    const most = deps.settings.quotas.queuedJobs;
    if (waiting.length > most) {
      throw new ServiceQuotaExceededException(
        `The domain has ${waiting.length} jobs of this kind that have not ended; 1 runs at a time and ${most} may wait.`,
      );
    }
    const job: Job = {
      kind,
      domainId: request.DomainId,
      jobId: id,
      jobName: request.JobName,
      status: 'SUBMITTED',
      dataAccessRoleArn: request.DataAccessRoleArn,
      inputS3Uri: request.InputDataConfig.S3Uri,
      outputS3Uri: request.OutputDataConfig.S3Uri,
      outputKmsKeyId: request.OutputDataConfig.KmsKeyId,
      config,
      watchlistIds: watchlistIds ?? [domain.defaultWatchlistId],
      percentComplete: 0,
      createdAt,
    };
    return { Job: describe(await told({ job, version: await jobs.submit(job, unchanged) }, deps)) };
  };
  const answer = await once(`Start${kind}#${request.DomainId}`, request, deps, create, unchanged);
  await deps.wake(kind, request.DomainId);
  return answer;
}

async function describeOne(kind: JobKind, domainId: string, jobId: string, deps: EngineDeps): Promise<object> {
  await domainOf(domainId, deps);
  return { Job: describe(existing(await deps.store.jobs.get(kind, domainId, jobId), 'BATCH_JOB').job) };
}

/** Jobs that are read at once where a filter may leave none of them. */
const JOBS_A_QUERY = 500;

async function list(
  kind: JobKind,
  request: Parameters<Operation<'ListSpeakerEnrollmentJobs'>>[0],
  deps: EngineDeps,
): Promise<object> {
  await domainOf(request.DomainId, deps);
  const size = pageSize(request.MaxResults);
  const { DomainId, JobStatus } = request;
  const named = `jobs of ${DomainId} ${kind} ${JobStatus ?? ''}`;
  const found: Job[] = [];
  let after = pageAfter(request.NextToken, named, deps.settings);
  // With a filter, on until one more than the page is found: a page that is short, or empty, without need would surprise.
  const enough = JobStatus === undefined ? size : size + 1;
  do {
    const page = await deps.store.jobs.list(kind, DomainId, JobStatus === undefined ? size : JOBS_A_QUERY, after);
    found.push(...page.jobs.filter((job) => JobStatus === undefined || job.status === JobStatus));
    after = page.next;
  } while (after !== undefined && found.length < enough);
  const shown = found.slice(0, size);
  const next = found.length > size ? shown.at(-1)?.jobId : after;
  return { JobSummaries: shown.map(summary), ...pageToken(next, named, deps.settings) };
}

export const startSpeakerEnrollmentJob: Operation<'StartSpeakerEnrollmentJob'> = (request, deps) => {
  const config = request.EnrollmentConfig;
  return start('ENROLLMENT', request, config, config?.FraudDetectionConfig?.WatchlistIds, deps);
};

export const startFraudsterRegistrationJob: Operation<'StartFraudsterRegistrationJob'> = (request, deps) => {
  const config = request.RegistrationConfig;
  return start('REGISTRATION', request, config, config?.WatchlistIds, deps);
};

export const describeSpeakerEnrollmentJob: Operation<'DescribeSpeakerEnrollmentJob'> = ({ DomainId, JobId }, deps) =>
  describeOne('ENROLLMENT', DomainId, JobId, deps);

export const describeFraudsterRegistrationJob: Operation<'DescribeFraudsterRegistrationJob'> = (
  { DomainId, JobId },
  deps,
) => describeOne('REGISTRATION', DomainId, JobId, deps);

export const listSpeakerEnrollmentJobs: Operation<'ListSpeakerEnrollmentJobs'> = (request, deps) =>
  list('ENROLLMENT', request, deps);

export const listFraudsterRegistrationJobs: Operation<'ListFraudsterRegistrationJobs'> = (request, deps) =>
  list('REGISTRATION', request, deps);
