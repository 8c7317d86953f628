import type { Operator } from './operator.ts';

/** What every page's handler has at hand: `c.get('operator')`. */
export interface Env {
  Variables: {
    operator: Operator;
    /** Ends the answers that last. */
    closing: AbortSignal;
  };
}
