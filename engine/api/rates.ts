import { ThrottlingException } from '../errors.ts';
import type { Rates } from '../settings.ts';
import type { OperationName } from './shapes.ts';

/** The group whose rate an operation counts against. */
export function groupOf(operation: OperationName): keyof Rates {
  if (operation === 'ListSpeakers') return 'listSpeakers';
  if (/Tag/.test(operation)) return 'tags';
  if (/Job|Domain|^(Describe|List)Watchlist/.test(operation)) return 'control';
  return 'speakers';
}

/** Token buckets: each group holds a second's worth of calls and fills evenly. */
export class RateLimiter {
  readonly #buckets = new Map<string, { tokens: number; at: number }>();
  readonly #rates: Rates;
  readonly #now: () => number;

  constructor(rates: Rates, now: () => number) {
    this.#rates = rates;
    this.#now = now;
  }

  /** @throws ThrottlingException where the group has no call left. */
  take(operation: OperationName): void {
    const group = groupOf(operation);
    const rate = this.#rates[group];
    if (rate === undefined) return;
    const now = this.#now();
    const bucket = this.#buckets.get(group) ?? { tokens: Math.max(1, rate), at: now };
    const tokens = Math.min(Math.max(1, rate), bucket.tokens + ((now - bucket.at) / 1000) * rate);
    this.#buckets.set(group, { tokens: tokens < 1 ? tokens : tokens - 1, at: now });
    if (tokens < 1) throw new ThrottlingException('Rate exceeded');
  }
}
