import type { S3Client } from '@aws-sdk/client-s3';
import { DescribeSpeakerEnrollmentJobCommand, type VoiceIDClient } from '@aws-sdk/client-voice-id';
import { type EnrollmentRequest, MAX_MANIFEST_BYTES, readManifest } from '../functions/enrollment/manifest.ts';
import { readObject } from '../functions/enrollment/stored-object.ts';
import { locationIn } from './s3-uri.ts';

/**
 * One request as the job has read it: whose voice it is, and its recordings.
 * @returns undefined where its manifest is gone, or has no such request
 */
export async function requestOfJob(
  job: { DomainId: string; JobId: string },
  requestId: string,
  { voiceId, s3 }: { voiceId: VoiceIDClient; s3: S3Client },
): Promise<EnrollmentRequest | undefined> {
  const { Job } = await voiceId.send(new DescribeSpeakerEnrollmentJobCommand(job));
  const location = locationIn(Job?.InputDataConfig?.S3Uri ?? '');
  try {
    const { bytes = new Uint8Array() } = await readObject(s3, location, MAX_MANIFEST_BYTES);
    const read = readManifest(bytes);
    if (!('manifest' in read)) return undefined;
    return read.manifest.SpeakerEnrollmentRequests.find(({ RequestId }) => RequestId === requestId);
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
    throw error;
  }
}
