import { createHash } from 'node:crypto';
import type { Upload } from './upload.ts';

/**
 * The upload's id: `ClientToken` of its job, name of its execution, `uploadId` of its events. 43 characters of
 * `[A-Za-z0-9_-]`, a pure function of bucket, key and version, so that every delivery of one upload finds the same
 * job and execution.
 */
export function clientToken(upload: Upload): string {
  return createHash('sha256')
    .update(JSON.stringify([upload.bucket, upload.key, upload.version]))
    .digest('base64url');
}
