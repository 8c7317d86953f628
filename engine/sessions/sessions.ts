import { ServiceQuotaExceededException } from '../errors.ts';
import { randomId } from '../store/ids.ts';

/** A caller on the line: the audio that was fed so far, and what to hold it against. Lives in memory alone. */
export interface Session {
  domainId: string;
  sessionId: string;
  sessionName: string;
  /** The claimed speaker, by either id. */
  speakerId?: string | undefined;
  watchlistId?: string | undefined;
  acceptanceThreshold: number;
  riskThreshold: number;
  screen: boolean;
  /** Net speech that a decision needs, seconds. */
  netSpeechSeconds: number;
  /** PCM-16, 8 kHz, one channel, in the order it came. */
  audio: Uint8Array[];
  audioBytes: number;
  startedAt: number;
  fedAt: number;
  ended: boolean;
}

export type SessionOptions = Partial<
  Pick<
    Session,
    'speakerId' | 'watchlistId' | 'acceptanceThreshold' | 'riskThreshold' | 'screen' | 'netSpeechSeconds' | 'ended'
  >
>;

/** Five minutes of audio: far more than a decision needs. */
const MOST_BYTES = 5 * 60 * 8000 * 2;
const MOST_SESSIONS = 1000;
/** A session that nobody fed for so long is forgotten, and its audio with it. */
const FORGOTTEN_MS = 60 * 60 * 1000;

const defaults = { acceptanceThreshold: 90, riskThreshold: 20, screen: true, netSpeechSeconds: 10, ended: false };

/** Sessions of all domains. */
export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Adds audio to a session, which begins with its first. Audio past five minutes is not kept. */
  feed(domainId: string, sessionName: string, audio: Uint8Array, options: SessionOptions): Session {
    this.#forgetOld();
    const now = this.#now();
    let session = this.find(domainId, sessionName);
    if (session === undefined) {
      if (this.#sessions.size >= MOST_SESSIONS) {
        throw new ServiceQuotaExceededException(`There are ${MOST_SESSIONS} sessions already: end some.`);
      }
      const sessionId = `id#${randomId()}`;
      session = { ...defaults, domainId, sessionId, sessionName, audio: [], audioBytes: 0, startedAt: now, fedAt: now };
      this.#sessions.set(`${domainId}/${sessionName}`, session);
    }
    Object.assign(session, options);
    session.fedAt = now;
    if (session.audioBytes < MOST_BYTES) {
      session.audio.push(audio);
      session.audioBytes += audio.length;
    }
    return session;
  }

  find(domainId: string, nameOrId: string): Session | undefined {
    const byName = this.#sessions.get(`${domainId}/${nameOrId}`);
    if (byName !== undefined || !nameOrId.startsWith('id#')) return byName;
    return [...this.#sessions.values()].find((one) => one.domainId === domainId && one.sessionId === nameOrId);
  }

  /** All of a domain. */
  forget(domainId: string): void {
    for (const key of this.#sessions.keys()) if (key.startsWith(`${domainId}/`)) this.#sessions.delete(key);
  }

  #forgetOld(): void {
    const now = this.#now();
    for (const [key, { fedAt }] of this.#sessions) if (now - fedAt > FORGOTTEN_MS) this.#sessions.delete(key);
  }
}
