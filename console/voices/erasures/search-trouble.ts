import { explain } from '../../../clients/explain.ts';
import type { Operator } from '../../operator.ts';

/** Why what names a person can't be looked for: on AWS the console has to be told the buckets. Undefined where it can. */
export function searchTrouble({ buckets }: Operator): string | undefined {
  try {
    buckets();
    return undefined;
  } catch (error) {
    return explain(error);
  }
}
