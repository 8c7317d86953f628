import type { EngineDeps } from '../deps.ts';
import { ResourceNotFoundException, type ResourceType } from '../errors.ts';
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

export const pageSize = (maxResults: number | undefined, most = DEFAULT_PAGE): number => maxResults ?? most;
