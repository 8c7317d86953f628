import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { VoiceIDClient } from '@aws-sdk/client-voice-id';
import { clientToken } from '../enrollment/client-token.ts';
import { tellProblems } from '../enrollment/ending.ts';
import { CredentialsError, UploadGoneError } from '../enrollment/errors.ts';
import { type Execution, outcome } from '../enrollment/execution.ts';
import { jobRequest } from '../enrollment/job-request.ts';
import { MAX_MANIFEST_BYTES, messageOf, type Problem, readManifest, sizeProblem } from '../enrollment/manifest.ts';
import { isSummary, type OutputLocation, outputLocation } from '../enrollment/output-location.ts';
import type { StartEnrollmentSettings } from '../enrollment/settings.ts';
import { attemptStart } from '../enrollment/start-attempt.ts';
import { readObject, type StoredObject, writeJson } from '../enrollment/stored-object.ts';
import type { Upload } from '../enrollment/upload.ts';

export interface StartEnrollmentDeps {
  s3: S3Client;
  voiceId: VoiceIDClient;
  stepFunctions: SFNClient;
  settings: StartEnrollmentSettings;
  /** Epoch milliseconds. */
  now: () => number;
}

export interface StartedEnrollment {
  uploadId: string;
  /** BEFORE: by an earlier delivery; this one changed nothing. */
  handedOff: 'STARTED' | 'WAITING' | 'FAILED' | 'REJECTED' | 'BEFORE';
}

/** S3's answers to a version that is not there any more, or not the one the event told of. */
const GONE: Record<string, string> = {
  NoSuchKey: 'deleted',
  NoSuchVersion: 'deleted',
  NotFound: 'deleted',
  MethodNotAllowed: 'deleted',
  PreconditionFailed: 'overwritten',
};

const gone = (how: string): Problem => ({
  path: '$',
  found: `the object ${how} since its upload`,
  expected: `an object that was not ${how} since: upload it again`,
});

/** A line of `rejected.json`. */
const lineOf = (problem: Problem) => ({
  path: problem.path,
  ...(problem.requestId !== undefined && { requestId: problem.requestId.slice(0, 256) }),
  message: messageOf(problem),
});

/** The very version that was uploaded. */
async function readUpload(upload: Upload, s3: S3Client): Promise<StoredObject> {
  const version =
    upload.versionId !== undefined
      ? { VersionId: upload.versionId }
      : upload.eTag !== undefined
        ? { IfMatch: `"${upload.eTag}"` }
        : {};
  const object = { Bucket: upload.bucket, Key: upload.key, ...version };
  let stored: StoredObject;
  try {
    stored = await readObject(s3, object, MAX_MANIFEST_BYTES);
  } catch (error) {
    const how = error instanceof Error ? GONE[error.name] : undefined;
    throw how === undefined ? error : new UploadGoneError(gone(how), { cause: error });
  }
  // Stores that ignore If-Match are told by the ETag of what they gave.
  if (upload.versionId === undefined && upload.eTag !== undefined && (stored.eTag ?? upload.eTag) !== upload.eTag) {
    throw new UploadGoneError(gone('overwritten'));
  }
  return stored;
}

/**
 * The upload, or where that is gone but an earlier delivery kept its validated copy, that copy: the crash of an
 * earlier delivery is no reason to lose the upload.
 */
async function read(upload: Upload, output: OutputLocation, s3: S3Client): Promise<StoredObject> {
  try {
    return await readUpload(upload, s3);
  } catch (missing) {
    if (!(missing instanceof UploadGoneError)) throw missing;
    const copy = { Bucket: output.bucket, Key: `${output.folder}/${output.fileName}` };
    return readObject(s3, copy, MAX_MANIFEST_BYTES).catch((error: unknown) => {
      throw error instanceof Error && error.name === 'NoSuchKey' ? missing : error;
    });
  }
}

/**
 * Whether an earlier delivery got as far as the hand-off. What failed then has been told of as failed: a job started
 * for it now would have nobody to follow it.
 */
async function wasHandedOff(uploadId: string, { stepFunctions, settings }: StartEnrollmentDeps): Promise<boolean> {
  const executions = settings.STATE_MACHINE_ARN.replace(':stateMachine:', ':execution:');
  try {
    await stepFunctions.send(new DescribeExecutionCommand({ executionArn: `${executions}:${uploadId}` }));
    return true;
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return false;
    throw error;
  }
}

/**
 * Whether the upload's ending left its summary. Step Functions forgets an execution 90 days after its end and an engine a
 * client token, perhaps, sooner; an archived event can be replayed later than that.
 */
async function hasEnded(output: OutputLocation, s3: S3Client): Promise<boolean> {
  let ContinuationToken: string | undefined;
  do {
    const under = { Bucket: output.bucket, Prefix: `${output.folder}/`, ContinuationToken };
    const { Contents = [], NextContinuationToken } = await s3.send(new ListObjectsV2Command(under));
    if (Contents.some(({ Key = '' }) => isSummary(Key, output))) return true;
    ContinuationToken = NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return false;
}

/** Same name, whichever delivery came first: the execution is there, which is what was asked for. */
async function handOff(execution: Execution, { stepFunctions, settings }: StartEnrollmentDeps): Promise<void> {
  try {
    await stepFunctions.send(
      new StartExecutionCommand({
        stateMachineArn: settings.STATE_MACHINE_ARN,
        name: execution.uploadId,
        input: JSON.stringify(execution),
      }),
    );
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
}

/**
 * One upload, from its event to its execution: reads and validates the manifest, keeps the validated copy, starts the
 * job, hands off to the state machine. Every name is a pure function of the upload, so a repeated delivery repairs
 * what a crash between any two calls left, and does nothing where an execution is there, or was and has ended.
 * @throws CredentialsError where Voice ID can't be called for want of them, and whatever S3 or Step Functions throw beyond
 * their clients' retries: the queue delivers again.
 */
export async function startEnrollment(upload: Upload, deps: StartEnrollmentDeps): Promise<StartedEnrollment> {
  const { s3, voiceId, settings } = deps;
  const uploadId = clientToken(upload);
  const output = outputLocation(settings.RESULTS_BUCKET, upload.key, uploadId);
  if ((await wasHandedOff(uploadId, deps)) || (await hasEnded(output, s3))) return { uploadId, handedOff: 'BEFORE' };
  const base: Execution = {
    uploadId,
    domainId: settings.VOICE_ID_DOMAIN_ID,
    manifest: {
      bucket: upload.bucket,
      key: upload.key,
      ...(upload.versionId !== undefined && { versionId: upload.versionId }),
      ...(upload.eTag !== undefined && { eTag: upload.eTag }),
    },
    output,
  };

  const reject = async (problems: Problem[], problemCount = problems.length): Promise<StartedEnrollment> => {
    const text = JSON.stringify(
      { uploadId, manifest: base.manifest, problemCount, problems: problems.map(lineOf) },
      null,
      2,
    );
    const rejectedS3Uri = await writeJson(s3, output.bucket, `${output.folder}/rejected.json`, text);
    const rejected = outcome('REJECTED', { problemCount, problems: tellProblems(problems), rejectedS3Uri });
    await handOff({ ...base, outcome: rejected }, deps);
    return { uploadId, handedOff: 'REJECTED' };
  };

  let stored: StoredObject;
  try {
    stored = await read(upload, output, s3);
  } catch (error) {
    if (error instanceof UploadGoneError) return reject([error.problem]);
    throw error;
  }
  if (stored.bytes === undefined) return reject([sizeProblem(stored.size)]);

  const reading = readManifest(stored.bytes);
  const asked = jobRequest(upload, uploadId, output, stored.metadata, settings);
  if ('problems' in reading || 'problems' in asked) {
    const ofMetadata = 'problems' in asked ? asked.problems : [];
    const ofManifest = 'problems' in reading ? reading : { problems: [], problemCount: 0 };
    return reject([...ofMetadata, ...ofManifest.problems], ofMetadata.length + ofManifest.problemCount);
  }

  // What was validated, and nothing else, is what is enrolled: members that no rule knows are left out.
  const copy = JSON.stringify(reading.manifest);
  await writeJson(s3, output.bucket, `${output.folder}/${output.fileName}`, copy, stored.metadata);
  const execution: Execution = {
    ...base,
    domainId: asked.request.DomainId,
    requested: reading.manifest.SpeakerEnrollmentRequests.length,
  };
  const attempt = await attemptStart(asked.request, voiceId, deps.now);
  switch (attempt.kind) {
    case 'STARTED':
      await handOff({ ...execution, job: attempt.job }, deps);
      return { uploadId, handedOff: 'STARTED' };
    case 'HEALS':
      await handOff({ ...execution, request: asked.request }, deps);
      return { uploadId, handedOff: 'WAITING' };
    case 'UNSIGNED':
      // Left to the queue and its dead letters: somebody is told, and when it is mended a redrive goes on here.
      throw new CredentialsError(attempt.message);
    case 'REFUSED': {
      const { message, statusCode } = attempt;
      const failureDetails = { message, ...(statusCode !== undefined && { statusCode }) };
      await handOff({ ...execution, outcome: outcome('FAILED', { failureDetails }) }, deps);
      return { uploadId, handedOff: 'FAILED' };
    }
  }
}
