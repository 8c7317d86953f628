/**
 * Reads ahead of its consumer: what has come while the consumer was busy comes at once, in one list. A source that fails
 * does so after what it gave.
 */
export async function* eager<T>(source: AsyncIterable<T>): AsyncGenerator<T[]> {
  let waiting: T[] = [];
  let done = false;
  let failure: { error: unknown } | undefined;
  let wake: () => void = () => undefined;
  let abandoned = false;
  const reading = (async () => {
    try {
      for await (const item of source) {
        if (abandoned) return;
        waiting.push(item);
        wake();
      }
    } catch (error) {
      failure = { error };
    } finally {
      done = true;
      wake();
    }
  })();
  try {
    for (;;) {
      if (waiting.length > 0) {
        const items = waiting;
        waiting = [];
        yield items;
      } else if (done) {
        await reading;
        if (failure !== undefined) throw failure.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    abandoned = true;
  }
}
