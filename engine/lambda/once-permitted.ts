/** Milliseconds that a new role may take to be known everywhere; AWS promises seconds. */
const PATIENCE = 40_000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 8_000;

/**
 * `act`, again while it is refused for want of rights: IAM's answers are eventually consistent, and a role that was made a
 * second ago is not known everywhere. Any other error, and one that stays, is thrown.
 */
export async function oncePermitted<T>(
  act: () => Promise<T>,
  { sleep, now }: { sleep: (milliseconds: number) => Promise<unknown>; now: () => number },
): Promise<T> {
  const giveUp = now() + PATIENCE;
  for (let wait = FIRST_WAIT; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
    try {
      return await act();
    } catch (error) {
      const refused = error instanceof Error && /^AccessDenied(Exception)?$/.test(error.name);
      if (!refused || now() + wait > giveUp) throw error;
      await sleep(wait);
    }
  }
}
