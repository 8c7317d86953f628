import type { EnrollmentRequest, Manifest } from './manifest.ts';
import { withoutSpeaker } from './without-speaker.ts';

const RECORDING = '[recording]';

/**
 * What makes each of `texts` fit for an event: recordings' URIs are taken out, for a file's name may be anything, and
 * then every id of the manifest's speakers, longest first. Given the request that a text is about, its recordings are
 * found even where their names have spaces.
 */
export function maskFor(texts: readonly string[], manifest: Manifest | undefined) {
  const all = texts.join('\n');
  // Looked for once in all of the texts: a manifest may have 10,000 speakers, of which few are in them.
  const ids = new Set(manifest?.SpeakerEnrollmentRequests.map(({ SpeakerId }) => SpeakerId));
  const present = [...ids].filter((id) => all.includes(id)).sort((a, b) => b.length - a.length);
  return (text: string, request?: EnrollmentRequest): string => {
    let masked = text;
    for (const { S3Uri } of request?.AudioSpecifications ?? []) masked = masked.replaceAll(S3Uri, RECORDING);
    masked = masked.replace(/s3:\/\/[^\n]*?\.wav/gi, RECORDING);
    for (const id of present) masked = withoutSpeaker(masked, id);
    return masked;
  };
}
