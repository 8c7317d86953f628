import type { EnrollmentRequest, Manifest } from './manifest.ts';

const SPEAKER = '[speaker]';
const RECORDING = '[recording]';

/** Ids of so many characters are looked for anywhere; shorter ones as whole words, as they would be found everywhere. */
const LONG = 6;

/**
 * `text` without the speaker id: recordings are often named after the speaker, and a message names its recording. An
 * id of a few characters is only looked for as a whole word.
 */
export function withoutSpeaker(text: string, speakerId: string | undefined): string {
  if (speakerId === undefined || speakerId === '' || !text.includes(speakerId)) return text;
  if (speakerId.length >= LONG) return text.replaceAll(speakerId, SPEAKER);
  const pattern = speakerId.replace(/[^a-zA-Z0-9]/g, '\\$&');
  return text.replace(new RegExp(`(?<![a-zA-Z0-9])${pattern}(?![a-zA-Z0-9])`, 'g'), SPEAKER);
}

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
