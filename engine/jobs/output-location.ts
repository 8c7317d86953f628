import type { Job } from '../store/jobs.ts';
import { ManifestError } from './manifest.ts';

/** `<folder>/<job id>/<input file name>.out`. */
export function outputLocation(job: Job): { bucket: string; key: string } {
  const match = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(job.outputS3Uri);
  if (match?.[1] === undefined) throw new ManifestError(`The output ${job.outputS3Uri} names no folder.`);
  const folder = (match[2] ?? '').replace(/\/+$/, '');
  const input = job.inputS3Uri.slice(job.inputS3Uri.lastIndexOf('/') + 1);
  return { bucket: match[1], key: [folder, job.jobId, `${input}.out`].filter((part) => part !== '').join('/') };
}
