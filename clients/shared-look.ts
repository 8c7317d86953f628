/**
 * What many watch is looked at once: of one key, such as an execution's ARN, an answer that is younger than `everyMs`, or
 * still on its way, is everybody's, and so is an error.
 */
export function sharedLook<T>(everyMs: number, now: () => number): (key: string, ask: () => Promise<T>) => Promise<T> {
  const looks = new Map<string, { answer: Promise<T>; at: number | undefined }>();
  const isFresh = ({ at }: { at: number | undefined }) => at === undefined || now() - at < everyMs;
  return (key, ask) => {
    const last = looks.get(key);
    if (last !== undefined && isFresh(last)) return last.answer;
    for (const [old, look] of looks) if (!isFresh(look)) looks.delete(old);
    const look = { answer: ask(), at: undefined as number | undefined };
    looks.set(key, look);
    const settled = () => {
      look.at = now();
    };
    look.answer.then(settled, settled);
    return look.answer;
  };
}
