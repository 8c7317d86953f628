import { createHash } from 'node:crypto';
import type { EngineDeps } from '../deps.ts';
import { ConflictException } from '../errors.ts';
import { timeOrderedId } from '../store/ids.ts';
import type { Write } from '../store/table.ts';

/** What is decided before anything is created, so that a second try creates the very same. */
export interface Intent {
  id: string;
  createdAt: number;
}

/** JSON with its members in order: the same request gives the same text however a client orders it. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

/**
 * Creates once for each client token. The same token with the same request gives the same answer, after a restart too;
 * with another request it is a ConflictException. The token is kept first, with the id that is to be created: where a
 * crash came between, the next try creates that one, so `create` must be able to find it there.
 * @param unchanged what has to be so for the token to be kept: its domain is there.
 */
export async function once<Answer extends object>(
  scope: string,
  request: { ClientToken?: string | undefined },
  deps: EngineDeps,
  create: (intent: Intent) => Promise<Answer>,
  ...unchanged: Write[]
): Promise<Answer> {
  const createdAt = deps.now();
  const token = request.ClientToken;
  if (token === undefined) return create({ id: timeOrderedId(new Date(createdAt)), createdAt });

  const { clientTokens } = deps.store;
  const requestHash = createHash('sha256').update(canonical(request)).digest('hex');
  const kept = await clientTokens.get(scope, token);
  const record = kept?.record ?? { requestHash, id: timeOrderedId(new Date(createdAt)), createdAt };
  if (record.requestHash !== requestHash) {
    throw new ConflictException('The ClientToken was used with another request: use a new one for each request.');
  }
  if (record.answer !== undefined) return record.answer as Answer;
  // Where another call with the token comes first, this one is made again.
  const version = kept?.version ?? (await clientTokens.put(scope, token, record, 'absent', ...unchanged));
  const answer = await create({ id: record.id, createdAt: record.createdAt });
  await clientTokens.put(scope, token, { ...record, answer }, version);
  return answer;
}
