import { timeOrderedId } from './ids.ts';
import type { Condition, Stored, Table, Write } from './table.ts';

/** How a session is to be judged. */
export interface SessionConfiguration {
  /** The claimed speaker, by either id. */
  speakerId?: string | undefined;
  watchlistId?: string | undefined;
  acceptanceThreshold: number;
  riskThreshold: number;
  screen: boolean;
  /** Net speech that a verdict is of, seconds. */
  netSpeechSeconds: number;
}

/** A caller on the line: whom they claim to be, and what was heard lately. */
export interface Session extends SessionConfiguration {
  domainId: string;
  sessionId: string;
  sessionName: string;
  startedAt: number;
  fedAt: number;
  ended: boolean;
  /** Samples of the call so far: where its next chunk begins. Missing in what an engine of before began. */
  nextOffset?: number | undefined;
  /** What was heard, as `engine/sessions/line.ts` writes it. */
  line: unknown;
}

/** A result as it was given: as long as what it is of stays the same, it is given again. */
export interface KeptResult {
  /** What it is of: speech, speaker, thresholds. */
  of: string;
  answer: object;
}

export interface KeptResults {
  authentication: KeptResult;
  fraud?: KeptResult | undefined;
}

/** A session that nobody fed for so long is over, milliseconds: nothing of it is given any more. */
export const SESSION_KEPT_MS = 60 * 60 * 1000;
/** Sessions of before that each new one deletes at most: more than one, so that none is left in the end. */
const SWEPT = 10;

const sessions = (domainId: string) => `SESSION#${domainId}`;
/** Session id → `Begun`, in the order they began. */
const ids = (domainId: string) => `SESSION_ID#${domainId}`;
const results = (domainId: string) => `SESSION_RESULT#${domainId}`;

interface Begun {
  name: string;
  at: number;
}

const isOver = ({ fedAt }: Session, now: number) => now - fedAt > SESSION_KEPT_MS;
const expiry = (now: number) => new Date(now + SESSION_KEPT_MS);

/**
 * Sessions of a domain. DynamoDB deletes them by their time to live, within days; whoever begins a session deletes what
 * is over by then, so that it does not take so long where there are calls.
 */
export class Sessions {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  newId(now: number): string {
    return `id#${timeOrderedId(new Date(now))}`;
  }

  /** By name or id; one that is over is not there. */
  async get(
    domainId: string,
    nameOrId: string,
    now: number,
  ): Promise<{ session: Session; version: Stored['version'] } | undefined> {
    const byId = nameOrId.startsWith('id#');
    const begun = byId ? (await this.#table.get(ids(domainId), nameOrId))?.value : undefined;
    const name = byId ? (begun as Begun | undefined)?.name : nameOrId;
    const stored = name === undefined ? undefined : await this.#table.get(sessions(domainId), name);
    if (stored === undefined) return undefined;
    const session = stored.value as Session;
    // The name may stand for a later session by now.
    if (isOver(session, now) || (byId && session.sessionId !== nameOrId)) return undefined;
    return { session, version: stored.version };
  }

  /**
   * A first chunk.
   * @param unchanged what has to be so for the session to begin: its domain is there.
   * @throws ConcurrentChangeError where it is not, or where another engine began the session meanwhile.
   */
  async begin(session: Session, ...unchanged: Write[]): Promise<void> {
    const { domainId, sessionName, sessionId, startedAt } = session;
    const before = await this.#table.get(sessions(domainId), sessionName);
    const over = before !== undefined && isOver(before.value as Session, startedAt);
    const begun: Begun = { name: sessionName, at: startedAt };
    await this.#table.write([
      { put: { partition: ids(domainId), sort: sessionId, value: begun, expiresAt: expiry(startedAt) } },
      {
        put: { partition: sessions(domainId), sort: sessionName, value: session, expiresAt: expiry(session.fedAt) },
        where: over ? before.version : 'absent',
      },
      ...unchanged,
    ]);
  }

  /** @throws ConcurrentChangeError where the condition does not hold. */
  async put(session: Session, condition: Condition): Promise<void> {
    await this.#table.put(sessions(session.domainId), session.sessionName, session, condition, expiry(session.fedAt));
  }

  /** What was judged of a session. */
  async results(
    domainId: string,
    sessionId: string,
  ): Promise<{ results: KeptResults; version: Stored['version'] } | undefined> {
    const stored = await this.#table.get(results(domainId), sessionId);
    return stored && { results: stored.value as KeptResults, version: stored.version };
  }

  /** @throws ConcurrentChangeError where the condition, or `unchanged`, does not hold; with the latter its `at` is 1. */
  async putResults(
    { domainId, sessionId, fedAt }: Session,
    kept: KeptResults,
    condition: Condition,
    ...unchanged: Write[]
  ): Promise<void> {
    const put = { partition: results(domainId), sort: sessionId, value: kept, expiresAt: expiry(fedAt) };
    await this.#table.write([{ put, where: condition }, ...unchanged]);
  }

  /** Deletes what is left of the oldest sessions that are over. @returns how many. */
  async sweep(domainId: string, now: number): Promise<number> {
    const { items } = await this.#table.query(ids(domainId), { limit: SWEPT });
    let swept = 0;
    for (const { sort: sessionId, value } of items) {
      const { name, at } = value as Begun;
      if (now - at <= SESSION_KEPT_MS) break;
      const stored = await this.#table.get(sessions(domainId), name);
      const session = stored?.value as Session | undefined;
      const own = session?.sessionId === sessionId;
      if (own && !isOver(session, now)) continue;
      if (own) await this.#table.delete(sessions(domainId), name, stored?.version);
      await this.#table.delete(results(domainId), sessionId);
      await this.#table.delete(ids(domainId), sessionId);
      swept++;
    }
    return swept;
  }

  async deleteAll(domainId: string): Promise<void> {
    for (const partition of [sessions, ids, results]) await this.#table.deleteAll(partition(domainId));
  }
}
