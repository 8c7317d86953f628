/**
 * `text` without the speaker id: recordings are often named after the speaker, and a message names its recording. An
 * id of a few characters is only looked for as a whole word, as it would be found everywhere.
 */
export function withoutSpeaker(text: string, speakerId: string | undefined): string {
  if (speakerId === undefined || speakerId === '') return text;
  if (speakerId.length >= 6) return text.replaceAll(speakerId, SPEAKER);
  const pattern = speakerId.replace(/[^a-zA-Z0-9]/g, '\\$&');
  return text.replace(new RegExp(`(?<![a-zA-Z0-9])${pattern}(?![a-zA-Z0-9])`, 'g'), SPEAKER);
}

/** `text` without any word of six characters or more that is one of the speakers' ids. */
export function withoutSpeakers(text: string, speakerIds: ReadonlySet<string>): string {
  return text.replace(/[a-zA-Z0-9][a-zA-Z0-9_-]{5,}/g, (word) => (speakerIds.has(word) ? SPEAKER : word));
}

const SPEAKER = '[speaker]';
