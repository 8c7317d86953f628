import type { EngineDeps } from '../deps.ts';
import { ResourceNotFoundException, type ResourceType, ValidationException } from '../errors.ts';
import type { Domain } from '../store/domains.ts';
import type { RequestOf } from './constraints.ts';
import type { OperationName, shapes } from './shapes.ts';

/** One operation: its validated request in, its answer out; refusals are thrown. */
export type Operation<Name extends OperationName> = (
  request: RequestOf<(typeof shapes)[Name]>,
  deps: EngineDeps,
) => Promise<object>;

/** Times on the wire: epoch seconds. */
export const seconds = (milliseconds: number): number => milliseconds / 1000;

/** @throws ResourceNotFoundException where `found` is nothing. */
export function existing<T>(found: T | undefined, type: ResourceType): T {
  if (found === undefined)
    throw new ResourceNotFoundException(type, `The ${type.toLowerCase().replace('_', ' ')} was not found.`);
  return found;
}

export async function domainOf(domainId: string, deps: EngineDeps): Promise<Domain> {
  return existing(await deps.store.domains.get(domainId), 'DOMAIN').domain;
}

const DEFAULT_PAGE = 100;

/** Where a list goes on, as a token that tells nothing and means nothing elsewhere. */
export function pageAfter(token: string | undefined): string | undefined {
  if (token === undefined || token === '') return undefined;
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (!/^v1:[\x20-\x7e]+$/.test(text)) throw new ValidationException('The NextToken is not one that this list gave.');
  return text.slice(3);
}

export function pageToken(next: string | undefined): { NextToken?: string } {
  return next === undefined ? {} : { NextToken: Buffer.from(`v1:${next}`).toString('base64url') };
}

export const pageSize = (maxResults: number | undefined, most = DEFAULT_PAGE): number => maxResults ?? most;
