/** What a part of the cloud is once it is ready, and how it is stopped. */
export interface Part<T> {
  value: T;
  stop?: () => Promise<void> | void;
}

export interface Parts {
  /** Starts the next part, when those that it stands on are ready. @returns what it is, once it is ready itself. */
  start<T>(name: string, part: Part<T> | Promise<Part<T>>): Promise<T>;
  /** Each part that was begun: `starting` or `ready`. */
  states(): Record<string, string>;
  /** Stops the parts, the last first: none outlives what it stands on. Those that are starting still are waited for. */
  stop(): Promise<void>;
}

/** Parts that stand on each other. */
export function createParts(): Parts {
  const states = new Map<string, string>();
  const stops: (() => Promise<void> | void)[] = [];
  const starting = new Set<Promise<unknown>>();
  return {
    start(name, part) {
      const begin = async () => {
        states.set(name, 'starting');
        const { value, stop } = await part;
        if (stop !== undefined) stops.push(stop);
        states.set(name, 'ready');
        return value;
      };
      const started = begin();
      const settled: Promise<unknown> = started.then(
        () => starting.delete(settled),
        () => starting.delete(settled),
      );
      starting.add(settled);
      return started;
    },
    states: () => Object.fromEntries(states),
    async stop() {
      await Promise.all(starting);
      for (const stop of stops.splice(0).reverse()) await stop();
    },
  };
}
