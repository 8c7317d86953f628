import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { SFNClient } from '@aws-sdk/client-sfn';
import {
  DescribeSpeakerEnrollmentJobCommand,
  type SpeakerEnrollmentJob,
  type VoiceIDClient,
} from '@aws-sdk/client-voice-id';
import { explain } from '../explain.ts';
import { outputUri } from '../output-file.ts';
import { type Report, reportOfUpload } from '../read-report.ts';
import { remember } from '../remember.ts';
import { sharedLook } from '../shared-look.ts';
import { parseEnding } from '../watch.ts';
import { describeExecution } from './executions.ts';
import { createHistory, type Step, stateNow } from './history.ts';
import { type Machine, readMachine } from './machine.ts';
import type { Progress, ProgressOf } from './progress.ts';
import { ENDED, hasEnded, type Run, runInput, runOf } from './run.ts';
import { type Entry, timeline } from './timeline.ts';

const LOOK_MS = 2000;
const MACHINE_MS = 300_000;
/** Stories that have ended and are kept; and those that are followed. */
const KEPT = 20;

export interface Story {
  run: Run;
  progress: Progress;
  executionArn: string;
  entries: Entry[];
  steps: readonly Step[];
  /** Of the execution that told the ending in the first one's place. */
  secondSteps: readonly Step[];
  /** When the state that it waits in ends. */
  waitsUntil: Date | undefined;
  machine: Machine | undefined;
  job: SpeakerEnrollmentJob | undefined;
  uris: Record<string, string | undefined>;
  /** How it ended: undefined until then, or where that can't be read. */
  report: Report | undefined;
  /** What could not be had, and why. */
  troubles: string[];
}

const isAbsent = (error: unknown) =>
  error instanceof Error && ['NotFound', 'NoSuchKey', 'NoSuchBucket', 'ResourceNotFoundException'].includes(error.name);

/** The stories of uploads, each looked at for everybody who watches it. */
export function createStories(
  clients: { stepFunctions: SFNClient; voiceId: VoiceIDClient; s3: S3Client; now: () => number },
  progress: ProgressOf,
  stateMachineArn: () => string,
): (uploadId: string) => Promise<Story | undefined> {
  const { stepFunctions, voiceId, s3, now } = clients;
  const ended = remember<Story>(KEPT);
  const histories = remember<ReturnType<typeof createHistory>>(KEPT);
  const written = remember<Date | 'unknown'>(1000);
  const machine = sharedLook((arn) => readMachine(arn, stepFunctions), MACHINE_MS, now);

  const stepsOf = (arn: string) => {
    const history = histories.get(arn) ?? createHistory(arn, stepFunctions);
    histories.set(arn, history);
    return history();
  };

  /** When an object was written, if it is still the one that is meant. */
  async function writtenAt(
    bucket: string,
    key: string,
    of: { versionId?: string | undefined; eTag?: string | undefined },
  ) {
    const name = `${bucket}/${key} ${of.versionId ?? of.eTag ?? ''}`;
    let at = written.get(name);
    if (at === undefined) {
      const asked = { Bucket: bucket, Key: key, ...(of.versionId !== undefined && { VersionId: of.versionId }) };
      // What can't be seen is left out of the story; it is no part of the workflow that somebody may read manifests.
      const head = await s3.send(new HeadObjectCommand(asked)).catch(() => undefined);
      const same = of.eTag === undefined || head?.ETag?.replaceAll('"', '') === of.eTag;
      at = (same ? head?.LastModified : undefined) ?? 'unknown';
      written.set(name, at);
    }
    return at === 'unknown' ? undefined : at;
  }

  async function read(uploadId: string): Promise<Story | undefined> {
    const executionArn = `${stateMachineArn().replace(':stateMachine:', ':execution:')}:${uploadId}`;
    const execution = await describeExecution(executionArn, stepFunctions);
    const input = runInput(execution?.input);
    if (execution === undefined || input === undefined) return undefined;
    const died = execution.status !== 'RUNNING' && execution.status !== 'SUCCEEDED';
    const second = died ? await describeExecution(`${executionArn}${ENDED}`, stepFunctions) : undefined;
    const run = runOf(input, execution, second);
    const troubles: string[] = [];
    const tried = async <T>(what: string, asked: Promise<T>): Promise<T | undefined> =>
      asked.catch((error: unknown) => {
        troubles.push(`${what}: ${explain(error)}`);
        return undefined;
      });
    const [steps = [], secondSteps = [], drawn] = await Promise.all([
      tried('What the state machine did is not shown', stepsOf(executionArn)),
      second && tried('How the ending was told is not shown', stepsOf(`${executionArn}${ENDED}`)),
      tried('The state machine is not drawn', machine(stateMachineArn())),
    ]);
    const far = await progress.ofRun(run, executionArn);
    const ending = parseEnding(execution.output) ?? parseEnding(second?.output);
    const jobId = run.jobId ?? far.jobId;
    const job =
      jobId === undefined || (!hasEnded(run) && far.state !== 'ENDING' && far.state !== 'IN_PROGRESS')
        ? undefined
        : await voiceId.send(new DescribeSpeakerEnrollmentJobCommand({ DomainId: run.domainId, JobId: jobId })).then(
            ({ Job }) => Job,
            (error: unknown) => {
              if (!isAbsent(error)) troubles.push(`The job is not shown: ${explain(error)}`);
              return undefined;
            },
          );
    const uris = urisOf(run, ending, job);
    const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uris.summary ?? '') ?? [];
    const [uploadedAt, summaryAt] = await Promise.all([
      writtenAt(input.manifest.bucket, input.manifest.key, input.manifest),
      bucket === undefined || key === undefined ? undefined : writtenAt(bucket, key, {}),
    ]);
    const upload = { executionArn, ...run, status: execution.status ?? 'FAILED', ending };
    const report = ending && (await tried('The outcome is not shown', reportOfUpload(upload, undefined, clients)));
    const here = stateNow(second === undefined ? steps : secondSteps);
    const waits =
      here?.state === 'WaitToStart' ? here.carried.start : here?.state === 'WaitToPoll' ? here.carried.poll : undefined;
    return {
      run: { ...run, jobId },
      progress: far,
      executionArn: second === undefined ? executionArn : `${executionArn}${ENDED}`,
      entries: timeline({ input, uploadedAt, steps, secondSteps, job, ending, summaryAt }),
      steps,
      secondSteps,
      waitsUntil:
        here === undefined || waits?.waitSeconds === undefined
          ? undefined
          : new Date(here.at.getTime() + waits.waitSeconds * 1000),
      machine: drawn,
      job,
      uris,
      report,
      troubles,
    };
  }

  const look = sharedLook(
    async (uploadId) => {
      const story = await read(uploadId);
      if (story !== undefined && hasEnded(story.run) && story.troubles.length === 0) ended.set(uploadId, story);
      return story;
    },
    LOOK_MS,
    now,
  );
  return async (uploadId) => ended.get(uploadId) ?? look(uploadId);
}

function urisOf(run: Run, ending: ReturnType<typeof parseEnding>, job: SpeakerEnrollmentJob | undefined) {
  const output = ending?.detail.output;
  const summary = output?.summaryS3Uri;
  return {
    manifest: `s3://${run.manifest.bucket}/${run.manifest.key}`,
    output: output?.s3Uri ?? (job?.OutputDataConfig === undefined ? undefined : outputUri(job)),
    summary: typeof summary === 'string' ? summary : undefined,
    retry: output?.retryManifestS3Uri,
    rejected: output?.rejectedS3Uri,
  };
}
