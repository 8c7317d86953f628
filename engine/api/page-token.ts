import { createHmac, timingSafeEqual } from 'node:crypto';
import { ValidationException } from '../errors.ts';
import type { EngineSettings } from '../settings.ts';

type Key = Pick<EngineSettings, 'encryptionKey'>;

const MAC_BYTES = 16;

function macOf(list: string, after: string, { encryptionKey }: Key): Buffer {
  // The table's key makes a key for this alone.
  const key = createHmac('sha256', encryptionKey).update('vivavoce page token').digest();
  return createHmac('sha256', key).update(`${list}\n${after}`).digest().subarray(0, MAC_BYTES);
}

/** Where a list goes on after this page, as a token that only this list takes; nothing on the last page. */
export function pageToken(next: string | undefined, list: string, settings: Key): { NextToken?: string } {
  if (next === undefined) return {};
  return { NextToken: Buffer.concat([macOf(list, next, settings), Buffer.from(next)]).toString('base64url') };
}

/**
 * What a list goes on after: what `pageToken` was given for the same list.
 * @param list names the list: the same members of it, in the same order, wherever it is asked.
 * @throws ValidationException where the token is not one that this list gave.
 */
export function pageAfter(token: string | undefined, list: string, settings: Key): string | undefined {
  if (token === undefined || token === '') return undefined;
  const bytes = Buffer.from(token, 'base64url');
  const after = bytes.subarray(MAC_BYTES).toString('utf8');
  const mac = bytes.subarray(0, MAC_BYTES);
  if (mac.length < MAC_BYTES || !timingSafeEqual(mac, macOf(list, after, settings)))
    throw new ValidationException('The NextToken is not one that this list gave.');
  return after;
}
