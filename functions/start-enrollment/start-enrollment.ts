import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { VoiceIDClient } from '@aws-sdk/client-voice-id';
import { clientToken } from '../enrollment/client-token.ts';
import { listProblems } from '../enrollment/ending.ts';
import { UploadGoneError } from '../enrollment/errors.ts';
import { type Execution, outcome } from '../enrollment/execution.ts';
import { jobRequest } from '../enrollment/job-request.ts';
import { type Problem, readManifest, sizeProblem } from '../enrollment/manifest.ts';
import { type OutputLocation, outputLocation, s3Uri } from '../enrollment/output-location.ts';
import type { StartEnrollmentSettings } from '../enrollment/settings.ts';
import { attemptStart } from '../enrollment/start-attempt.ts';
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
  handedOff: 'STARTED' | 'WAITING' | 'FAILED' | 'REJECTED';
}

interface StoredManifest {
  /** Undefined where the object is too large to be read. */
  bytes?: Uint8Array;
  size: number;
  metadata: Record<string, string>;
}

/** S3's answers to a version that is not there any more, or not the one the event told of. */
const GONE = new Set(['NoSuchKey', 'NoSuchVersion', 'NotFound', 'PreconditionFailed', 'MethodNotAllowed']);

async function get(s3: S3Client, input: { Bucket: string; Key: string; VersionId?: string; IfMatch?: string }) {
  try {
    const object = await s3.send(new GetObjectCommand(input));
    const size = object.ContentLength ?? 0;
    const metadata = object.Metadata ?? {};
    if (sizeProblem(size) !== undefined) {
      // Not read: an open body would hold its connection.
      if (object.Body !== undefined && 'destroy' in object.Body) object.Body.destroy();
      return { size, metadata };
    }
    return { bytes: (await object.Body?.transformToByteArray()) ?? new Uint8Array(), size, metadata };
  } catch (error) {
    if (error instanceof Error && GONE.has(error.name)) return undefined;
    throw error;
  }
}

/**
 * The very version that was uploaded. Where it is gone but an earlier delivery kept its validated copy, that copy: the
 * crash of the earlier delivery is no reason to lose the upload.
 */
async function read(upload: Upload, output: OutputLocation, s3: S3Client): Promise<StoredManifest> {
  const object = { Bucket: upload.bucket, Key: upload.key };
  const version =
    upload.versionId !== undefined
      ? { VersionId: upload.versionId }
      : upload.eTag !== undefined
        ? { IfMatch: `"${upload.eTag}"` }
        : {};
  const manifest =
    (await get(s3, { ...object, ...version })) ??
    (await get(s3, { Bucket: output.bucket, Key: `${output.folder}/${output.fileName}` }));
  if (manifest === undefined) {
    throw new UploadGoneError(
      'Found the object overwritten or deleted since its upload, expected it as it was uploaded: upload it again.',
    );
  }
  return manifest;
}

async function put(s3: S3Client, bucket: string, key: string, body: string, metadata: Record<string, string>) {
  await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: body,
      ContentType: 'application/json',
      Metadata: metadata,
    }),
  );
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
 * what a crash between any two calls left, and finds the job and the execution otherwise.
 * @throws whatever S3 or Step Functions throw beyond their clients' retries: the queue delivers again.
 */
export async function startEnrollment(upload: Upload, deps: StartEnrollmentDeps): Promise<StartedEnrollment> {
  const { s3, voiceId, settings } = deps;
  const uploadId = clientToken(upload);
  const output = outputLocation(settings.RESULTS_BUCKET, upload.key, uploadId);
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

  const reject = async (problems: Problem[]): Promise<StartedEnrollment> => {
    const key = `${output.folder}/rejected.json`;
    await put(s3, output.bucket, key, JSON.stringify({ manifest: base.manifest, problems }, null, 2), {});
    const rejected = outcome('REJECTED', {
      problemCount: problems.length,
      problems: listProblems(problems),
      rejectedS3Uri: s3Uri(output.bucket, key),
    });
    await handOff({ ...base, outcome: rejected }, deps);
    return { uploadId, handedOff: 'REJECTED' };
  };

  let stored: StoredManifest;
  try {
    stored = await read(upload, output, s3);
  } catch (error) {
    if (error instanceof UploadGoneError) return reject([{ path: '$', message: error.message }]);
    throw error;
  }
  const tooLarge = sizeProblem(stored.size);
  if (tooLarge !== undefined) return reject([tooLarge]);

  const reading = readManifest(stored.bytes ?? new Uint8Array());
  const asked = jobRequest(upload, uploadId, output, stored.metadata, settings);
  if ('problems' in reading || 'problems' in asked) {
    return reject([...('problems' in asked ? asked.problems : []), ...('problems' in reading ? reading.problems : [])]);
  }

  await put(s3, output.bucket, `${output.folder}/${output.fileName}`, reading.text, stored.metadata);
  const execution: Execution = {
    ...base,
    domainId: asked.request.DomainId ?? base.domainId,
    requested: reading.manifest.SpeakerEnrollmentRequests.length,
    request: { ...asked.request },
  };
  const attempt = await attemptStart(asked.request, voiceId, deps.now);
  switch (attempt.outcome) {
    case 'STARTED':
      await handOff({ ...execution, job: attempt.job }, deps);
      return { uploadId, handedOff: 'STARTED' };
    case 'RETRY':
      await handOff(execution, deps);
      return { uploadId, handedOff: 'WAITING' };
    case 'REFUSED': {
      const { message, statusCode } = attempt;
      const failureDetails = { message, ...(statusCode !== undefined && { statusCode }) };
      await handOff({ ...execution, outcome: outcome('FAILED', { failureDetails }) }, deps);
      return { uploadId, handedOff: 'FAILED' };
    }
  }
}
