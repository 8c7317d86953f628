import { z } from 'zod';

/** Which part of the list a page shows, as its address has it. */
export const listQuery = z.object({
  after: z.string().max(8192).optional(),
  status: z.enum(['ENROLLED', 'EXPIRED', 'OPTED_OUT']).optional().catch(undefined),
  /** Whether the speakers beyond the first thousand are counted, too. */
  count: z.literal('all').optional().catch(undefined),
});

export type ListQuery = z.infer<typeof listQuery>;

/** The same as a part of an address; empty where nothing is asked. */
export function queryOf(query: ListQuery): string {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) asked.set(name, value);
  return asked.size === 0 ? '' : `?${asked}`;
}
