/** In place of an id. */
export const SPEAKER = '[speaker]';

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
