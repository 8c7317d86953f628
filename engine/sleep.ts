import { setTimeout as wait } from 'node:timers/promises';

/** Resolves after so many milliseconds, or at once where `signal` is aborted. */
export async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await wait(milliseconds, undefined, signal && { signal });
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error;
  }
}
