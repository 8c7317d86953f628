import type { EngineDeps } from '../deps.ts';
import { ConflictException, ResourceNotFoundException, type ResourceType } from '../errors.ts';
import type { Domain } from '../store/domains.ts';
import type { Version } from '../store/table.ts';
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

/** A domain that is there, and not about to go. */
export async function domainOf(domainId: string, deps: EngineDeps): Promise<Domain> {
  return (await activeDomain(domainId, deps)).domain;
}

/** The same with its version, on which everything new in the domain depends. */
export async function activeDomain(domainId: string, deps: EngineDeps): Promise<{ domain: Domain; version: Version }> {
  const found = existing(await deps.store.domains.get(domainId), 'DOMAIN');
  if (found.domain.suspended) throw new ConflictException('The domain is being deleted.', 'DOMAIN_NOT_ACTIVE');
  return found;
}

const DEFAULT_PAGE = 100;

export const pageSize = (maxResults: number | undefined, most = DEFAULT_PAGE): number => maxResults ?? most;
