import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { SFNClient } from '@aws-sdk/client-sfn';
import {
  DescribeSpeakerEnrollmentJobCommand,
  type SpeakerEnrollmentJob,
  type VoiceIDClient,
} from '@aws-sdk/client-voice-id';
import { describeExecution, ENDED, executionArnOf } from '../execution.ts';
import { explain } from '../explain.ts';
import { outputUri } from '../output-file.ts';
import { isThere, type Report, reportOfUpload } from '../read-report.ts';
import { remember } from '../remember.ts';
import { locationIn } from '../s3-uri.ts';
import { sharedLook } from '../shared-look.ts';
import { parseEnding } from '../watch.ts';
import { createHistory, type Step, stateNow } from './history.ts';
import { type Machine, readMachine } from './machine.ts';
import type { Progress, ProgressOf } from './progress.ts';
import { hasEnded, type Run, runInput, runOf } from './run.ts';
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
  uris: ReturnType<typeof urisOf>;
  /** How it ended: undefined until then, or where that can't be read. */
  report: Report | undefined;
  /** What could not be had, and why. */
  troubles: string[];
}

const isAbsent = (error: unknown) => error instanceof Error && error.name === 'ResourceNotFoundException';

/** When the state that an execution waits in ends. */
function waitsUntilOf(steps: readonly Step[]): Date | undefined {
  const here = stateNow(steps);
  if (here?.state !== 'WaitToStart' && here?.state !== 'WaitToPoll') return undefined;
  const { waitSeconds } = (here.state === 'WaitToStart' ? here.carried.start : here.carried.poll) ?? {};
  return waitSeconds === undefined ? undefined : new Date(here.at.getTime() + waitSeconds * 1000);
}

/** The stories of uploads, each looked at for everybody who watches it. */
export function createStories(
  clients: { stepFunctions: SFNClient; voiceId: VoiceIDClient; s3: S3Client; now: () => number },
  progress: ProgressOf,
  stateMachineArn: () => string,
): (uploadId: string) => Promise<Story | undefined> {
  const { stepFunctions, voiceId, s3, now } = clients;
  const ended = remember<Story>(KEPT);
  const histories = remember<ReturnType<typeof createHistory>>(KEPT);
  const jobs = remember<SpeakerEnrollmentJob>(1000);
  const written = remember<Date | 'unknown'>(1000);
  const machines = sharedLook<Machine>(MACHINE_MS, now);
  const looks = sharedLook<Story | undefined>(LOOK_MS, now);

  const stepsOf = (arn: string) => {
    const history = histories.get(arn) ?? createHistory(arn, stepFunctions);
    histories.set(arn, history);
    return history();
  };

  /** When an object was written, if it is still the one that is meant. */
  async function writtenAt(
    s3Uri: string,
    of: { versionId?: string | undefined; eTag?: string | undefined } = {},
  ): Promise<Date | undefined> {
    const name = `${s3Uri} ${of.versionId ?? of.eTag ?? ''}`;
    const known = written.get(name);
    if (known !== undefined) return known === 'unknown' ? undefined : known;
    const asked = { ...locationIn(s3Uri), ...(of.versionId !== undefined && { VersionId: of.versionId }) };
    // What can't be seen is left out of the story: whoever watches need not be allowed to read manifests.
    const head = await s3.send(new HeadObjectCommand(asked)).catch(() => undefined);
    if (head === undefined) return undefined;
    const same = of.eTag === undefined || head.ETag?.replaceAll('"', '') === of.eTag;
    const at = same ? head.LastModified : undefined;
    written.set(name, at ?? 'unknown');
    return at;
  }

  /** An upload's job: asked for when it is first seen, and once more when it has ended. How far it is, its queue tells. */
  async function jobOf(run: Run, jobId: string): Promise<SpeakerEnrollmentJob | undefined> {
    const known = jobs.get(jobId);
    if (known !== undefined && !hasEnded(run)) return known;
    try {
      const { Job } = await voiceId.send(
        new DescribeSpeakerEnrollmentJobCommand({ DomainId: run.domainId, JobId: jobId }),
      );
      if (Job !== undefined) jobs.set(jobId, Job);
      return Job;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  async function read(uploadId: string): Promise<Story | undefined> {
    const executionArn = executionArnOf(stateMachineArn(), uploadId);
    const execution = await describeExecution(executionArn, stepFunctions);
    const input = runInput(execution?.input);
    if (execution === undefined || input === undefined) return undefined;
    const died = execution.status !== 'RUNNING' && execution.status !== 'SUCCEEDED';
    const second = died ? await describeExecution(`${executionArn}${ENDED}`, stepFunctions) : undefined;
    const run = runOf(input, execution, second);
    const ending = parseEnding(execution.output) ?? parseEnding(second?.output);
    const far = await progress.ofRun(run, executionArn);
    const jobId = run.jobId ?? far.jobId;

    const troubles: string[] = [];
    const tried = <T>(what: string, asked: Promise<T>): Promise<T | undefined> =>
      asked.catch((error: unknown) => {
        troubles.push(`${what}: ${explain(error)}`);
        return undefined;
      });
    const upload = { executionArn, ...run, status: execution.status ?? 'FAILED', ending };
    const [steps = [], secondSteps = [], drawn, job, report] = await Promise.all([
      tried('What the state machine did is not shown', stepsOf(executionArn)),
      second && tried('How the ending was told is not shown', stepsOf(`${executionArn}${ENDED}`)),
      tried(
        'The state machine is not drawn',
        machines(stateMachineArn(), () => readMachine(stateMachineArn(), stepFunctions)),
      ),
      jobId === undefined ? undefined : tried('The job is not shown', jobOf(run, jobId)),
      ending && tried('The outcome is not shown', reportOfUpload(upload, undefined, clients)),
    ]);
    const uris = urisOf(run, ending, job);
    const [uploadedAt, summaryAt] = await Promise.all([
      writtenAt(uris.manifest, input.manifest),
      uris.summary === undefined ? undefined : writtenAt(uris.summary),
    ]);
    return {
      run: { ...run, jobId },
      progress: far,
      executionArn: second === undefined ? executionArn : `${executionArn}${ENDED}`,
      entries: timeline({ input, uploadedAt, steps, secondSteps, job, ending, summaryAt }),
      steps,
      secondSteps,
      waitsUntil: waitsUntilOf(second === undefined ? steps : secondSteps),
      machine: drawn,
      uris,
      report,
      troubles,
    };
  }

  async function look(uploadId: string): Promise<Story | undefined> {
    const story = await read(uploadId);
    if (story !== undefined && hasEnded(story.run) && story.troubles.length === 0) ended.set(uploadId, story);
    return story;
  }
  return async (uploadId) => {
    const known = ended.get(uploadId);
    if (known === undefined) return looks(uploadId, () => look(uploadId));
    const { outcome, retryManifest } = known.report ?? {};
    const files = [outcome?.s3Uri, retryManifest].filter((uri) => uri !== undefined);
    const areThere = await Promise.all(files.map((uri) => isThere(uri, s3)));
    // Whoever is erased is gone from here, too, with the files that name them: the look that is shared may have seen these.
    return areThere.every((there) => there) ? known : look(uploadId);
  };
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
