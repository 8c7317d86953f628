import type { EngineDeps } from '../deps.ts';
import { STRANGERS_ACCEPTED } from '../metrics.ts';

/**
 * Tells how often strangers reach the score that authenticates in this domain, where enough people are enrolled to say.
 * After a job has ended; a job does not fail by it.
 */
export async function measureDomain(domainId: string, { voices, measure, logger }: EngineDeps): Promise<void> {
  try {
    const { enough, atAuthentication } = (await (await voices.of(domainId)).scores()).thresholds;
    if (!enough || atAuthentication.rate === null) return;
    measure({ metric: STRANGERS_ACCEPTED, value: atAuthentication.rate * 100, unit: 'Percent', domainId });
  } catch (error) {
    logger.warn('Scores of the domain not measured', {
      domainId,
      error: error instanceof Error ? error.name : 'unknown',
    });
  }
}
