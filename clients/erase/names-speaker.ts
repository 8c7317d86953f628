/** What a file says of a speaker. */
export interface Naming {
  /** Whether it names the speaker at all. */
  names: boolean;
  /** URIs of the recordings that its requests have of the speaker. */
  recordings: string[];
}

/** A shorter id is a word that anything may have in it: `1` stands in every manifest's version. */
export const TELLING = 6;

const escaped = (text: string) => text.replace(/[^a-zA-Z0-9]/g, '\\$&');

/**
 * Finds a speaker's id as a word of its own: `customer-4711` is in `s3://calls/customer-4711/1.wav`, and not in
 * `customer-4711-b`, which is another speaker's id.
 */
export function wordOf(speakerId: string): (text: string) => boolean {
  if (speakerId.length < TELLING) return (text) => text === speakerId;
  const word = new RegExp(`(?<![a-zA-Z0-9_-])${escaped(speakerId)}(?![a-zA-Z0-9_-])`);
  return (text) => text.includes(speakerId) && word.test(text);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    // A rejected manifest may be no JSON: its text is looked through as it is.
    return text;
  }
}

/** Members that hold a speaker's id, however their names are misspelt. */
const SPEAKER_MEMBER = /speaker/i;

function urisOf(listed: unknown): string[] {
  const recordings: unknown[] = Array.isArray(listed) ? listed : [];
  return recordings.flatMap((recording) =>
    typeof recording === 'object' && recording !== null && 'S3Uri' in recording ? [String(recording.S3Uri)] : [],
  );
}

/** Whether a manifest, an output file or another of the workflow's files names the speaker, and which recordings are theirs. */
export function namesSpeaker(text: string, speakerId: string): Naming {
  const isNamed = wordOf(speakerId);
  const naming: Naming = { names: false, recordings: [] };
  // Not by recursion: what was uploaded may nest as deep as it likes.
  const left: { value: unknown; member: string }[] = [{ value: parse(text), member: '' }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { value, member } = next;
    if (typeof value === 'string' || typeof value === 'number') {
      const tells = speakerId.length >= TELLING || SPEAKER_MEMBER.test(member);
      naming.names ||= tells && isNamed(String(value));
    } else if (Array.isArray(value)) {
      for (const element of value) left.push({ value: element, member });
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, inside] of Object.entries(value)) {
        // A member may have been named after the speaker by mistake.
        left.push({ value: name, member: '' }, { value: inside, member: name });
      }
      if ('SpeakerId' in value && String(value.SpeakerId) === speakerId && 'AudioSpecifications' in value) {
        naming.recordings.push(...urisOf(value.AudioSpecifications));
      }
    }
  }
  return naming;
}
