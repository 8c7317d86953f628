import type { EngineDeps } from '../deps.ts';
import { domainOf } from './operation.ts';

/**
 * `GET /_thresholds/{domainId}`: what the scores mean among the domain's own enrolled callers. Counts and rates alone: no
 * speaker and no print is in it.
 */
export async function thresholdsOf(domainId: string, deps: EngineDeps): Promise<object> {
  await domainOf(domainId, deps);
  const { thresholds } = await (await deps.voices.of(domainId)).scores();
  return { domainId, model: deps.pool.model.id, ...thresholds };
}
