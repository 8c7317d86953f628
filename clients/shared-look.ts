/**
 * What many watch is looked at once: an answer that is younger than `everyMs`, or still on its way, is everybody's, and so is
 * an error.
 * @param ask by a key, such as an execution's ARN.
 */
export function sharedLook<T>(
  ask: (key: string) => Promise<T>,
  everyMs: number,
  now: () => number,
): (key: string) => Promise<T> {
  const looks = new Map<string, { answer: Promise<T>; at: number | undefined }>();
  const isFresh = ({ at }: { at: number | undefined }) => at === undefined || now() - at < everyMs;
  return (key) => {
    const last = looks.get(key);
    if (last !== undefined && isFresh(last)) return last.answer;
    for (const [old, look] of looks) if (!isFresh(look)) looks.delete(old);
    const look = { answer: ask(key), at: undefined as number | undefined };
    looks.set(key, look);
    const settled = () => {
      look.at = now();
    };
    look.answer.then(settled, settled);
    return look.answer;
  };
}
