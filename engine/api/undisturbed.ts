import type { EngineDeps } from '../deps.ts';
import { ConcurrentChangeError } from '../errors.ts';

/** Tries of one call: each that fails is somebody else's success. */
const TRIES = 10;

/**
 * An operation, made again from its first read where what it depends on changed under it. Its writes are conditional, so
 * that a try that failed wrote nothing. @throws ConcurrentChangeError where that happens time after time.
 */
export async function undisturbed<T>(operation: () => Promise<T>, { sleep }: Pick<EngineDeps, 'sleep'>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await operation();
    } catch (error) {
      if (!(error instanceof ConcurrentChangeError) || tries === TRIES) throw error;
      await sleep(Math.random() * 10 * 2 ** tries);
    }
  }
}
