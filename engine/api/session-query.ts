import { SAMPLE_RATE } from '../audio/wav.ts';
import { ValidationException } from '../errors.ts';
import { MOST_SECONDS } from '../sessions/line.ts';
import type { SessionConfiguration } from '../store/sessions.ts';

/** What a chunk's query says: of the session, each member kept until it is said again, and of the chunk. */
export interface SessionQuery {
  configuration: Partial<SessionConfiguration>;
  end: boolean;
  channelId?: number | undefined;
  /** Samples of the call that come before this chunk. */
  offset?: number | undefined;
}

/** Samples of a week: no call is longer. */
const MOST_SAMPLES = 7 * 24 * 3600 * SAMPLE_RATE;

const MEMBERS = [
  'speakerId',
  'acceptanceThreshold',
  'riskThreshold',
  'watchlistId',
  'netSpeechSeconds',
  'fraudDetection',
  'end',
  'channelId',
  'offset',
] as const;
type Member = (typeof MEMBERS)[number];

const isMember = (name: string): name is Member => MEMBERS.some((member) => member === name);

/** Each member once; any other name is an error: a threshold that is misspelt must not be the default's. */
function membersOf(query: URLSearchParams): Map<Member, string> {
  const members = new Map<Member, string>();
  for (const [name, value] of query) {
    if (!isMember(name)) {
      throw new ValidationException(`Found the query parameter ${name.slice(0, 40)}, expected ${MEMBERS.join(', ')}.`);
    }
    if (members.has(name)) throw new ValidationException(`Found ${name} twice, expected it once.`);
    members.set(name, value);
  }
  return members;
}

function matching(name: Member, text: string | undefined, form: RegExp, expected: string): string | undefined {
  // Not quoted: a speaker's id is personal data.
  if (text !== undefined && !form.test(text))
    throw new ValidationException(`Found another ${name} than expected: ${expected}.`);
  return text;
}

function whole(name: Member, text: string | undefined, low: number, high: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= low && value <= high) return value;
  throw new ValidationException(`Found ${name}=${text.slice(0, 20)}, expected a whole number from ${low} to ${high}.`);
}

function truth(name: Member, text: string | undefined): boolean | undefined {
  if (text === undefined || text === 'true' || text === 'false') return text && text === 'true';
  throw new ValidationException(`Found ${name}=${text.slice(0, 20)}, expected true or false.`);
}

/** @throws ValidationException for what is malformed, said twice, or not a member. */
export function readSessionQuery(query: URLSearchParams): SessionQuery {
  const members = membersOf(query);
  const given: Partial<SessionConfiguration> = {
    speakerId: matching(
      'speakerId',
      members.get('speakerId'),
      /^(id#[a-zA-Z0-9]{22}|[a-zA-Z0-9][a-zA-Z0-9_-]{0,255})$/,
      "the customer's id of a speaker, or the generated one (id#…)",
    ),
    watchlistId: matching(
      'watchlistId',
      members.get('watchlistId'),
      /^[a-zA-Z0-9]{22}$/,
      'the id of a watchlist, 22 letters and digits',
    ),
  };
  const acceptanceThreshold = whole('acceptanceThreshold', members.get('acceptanceThreshold'), 0, 100);
  const riskThreshold = whole('riskThreshold', members.get('riskThreshold'), 0, 100);
  const netSpeechSeconds = whole('netSpeechSeconds', members.get('netSpeechSeconds'), 5, MOST_SECONDS);
  const screen = truth('fraudDetection', members.get('fraudDetection'));
  return {
    configuration: {
      ...(given.speakerId !== undefined && { speakerId: given.speakerId }),
      ...(given.watchlistId !== undefined && { watchlistId: given.watchlistId }),
      ...(acceptanceThreshold !== undefined && { acceptanceThreshold }),
      ...(riskThreshold !== undefined && { riskThreshold }),
      ...(netSpeechSeconds !== undefined && { netSpeechSeconds }),
      ...(screen !== undefined && { screen }),
    },
    end: truth('end', members.get('end')) ?? false,
    channelId: whole('channelId', members.get('channelId'), 0, 1),
    offset: whole('offset', members.get('offset'), 0, MOST_SAMPLES),
  };
}
