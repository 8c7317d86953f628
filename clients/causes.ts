/** What a failure says: of a job's output file, or of an event. */
export interface Failure {
  requestId: string;
  errorCode: number;
  message: string;
}

/** Failures that one thing mends. */
export interface Cause {
  what: string;
  /** What to do about each of them. */
  advice: string;
  failures: Failure[];
}

type Kind = Pick<Cause, 'what' | 'advice'>;

const AGAIN = 'Drop the retry manifest.';

/** The engine's messages, by what they begin with; `$1` is what was found. */
const KNOWN: readonly (readonly [RegExp, string, string])[] = [
  [
    /^Not enough speech/,
    'not enough speech',
    'Give the request more recordings of the caller, up to ten, or longer ones; or is the caller on the other channel?',
  ],
  [/^The recording .* was cut off/s, 'a recording that was cut off', 'Copy it again from where it was recorded.'],
  [/^The recording .* is clipped/s, 'a recording that is clipped', 'Give another call, recorded at a lower level.'],
  [
    /^Two people speak in/,
    'two people on one recording',
    "Give the caller's ChannelId of a recording with a channel for each side, or a recording of the caller alone.",
  ],
  [
    /^The recordings .* sound like different people/s,
    'recordings of different people',
    'Leave in the request the recordings of one person.',
  ],
  [
    /^Found the voice /,
    'a voice that other speakers have too',
    "Check that the ChannelId is the caller's: an agent is on everybody's recordings.",
  ],
  [
    /^The recording .* can't be read: found ([^,]*)/s,
    "a recording that can't be read: $1",
    'Correct its S3Uri, or let the data-access role read it and its key.',
  ],
  [
    /^The recording .* can't be used: found \d+ channels?, expected channel/s,
    'a channel that the recording does not have',
    'Correct the ChannelId: a recording of one channel has channel 0 alone.',
  ],
  [
    /^The recording .* can't be used: found (.*), expected/s,
    "a recording that can't be used: $1",
    'Make a WAV file of it, as the message says.',
  ],
  [/^The fraud check failed/, 'a voice like one on the watchlist', 'Find out who it is before you enroll them.'],
  [/^The speaker has opted out/, 'a speaker who has opted out', 'Take the request out of the manifest.'],
  [
    /^The speaker was deleted/,
    'a speaker who was deleted meanwhile',
    'Take the request out of the manifest, unless they are to be enrolled again.',
  ],
];

function kindOf({ errorCode, message }: Failure): Kind {
  for (const [form, what, advice] of KNOWN) {
    const found = form.exec(message);
    if (found !== null) return { what: what.replace('$1', () => alike(found[1] ?? '')), advice };
  }
  if (errorCode === 429 || errorCode >= 500) return { what: 'trouble that passes', advice: AGAIN };
  // Another engine's: messages that differ in a recording or a number alone have one cause.
  return {
    what: `${errorCode} ${alike(message)}`.trim(),
    advice: 'Mend what the message says, and drop the request again.',
  };
}

const alike = (message: string) =>
  message.replaceAll(/s3:\/\/[^\s,;]+/g, 's3://…').replaceAll(/(?<!\w)\d+(?:[.,]\d+)*/g, '…');

/** Failures by their cause, the most frequent cause first; those of one cause in the order they came. */
export function groupByCause(failures: readonly Failure[]): Cause[] {
  const causes = new Map<string, Cause>();
  for (const failure of failures) {
    const kind = kindOf(failure);
    const cause = causes.get(kind.what) ?? { ...kind, failures: [] };
    cause.failures.push(failure);
    causes.set(kind.what, cause);
  }
  return [...causes.values()].sort((a, b) => b.failures.length - a.failures.length);
}

/** `148 × not enough speech: what to do.` */
export const causeLine = ({ what, advice, failures }: Cause) => `${failures.length} × ${what}: ${advice}`;
