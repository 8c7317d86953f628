import { z } from 'zod';

const strings = z.union([z.string().transform((one) => [one]), z.array(z.string())]).catch([]);

/** What the form of a list asks for, by generated ids: those that are shown and one more, one less, all, or none. */
export const revealSchema = z.object({
  show: strings,
  hide: strings,
  all: z.enum(['show', 'hide']).optional().catch(undefined),
});

/** Of the speakers on a page, by their generated ids, those whose customer ids are shown. */
export function shownOf({ show, hide, all }: z.infer<typeof revealSchema>, here: readonly string[]): Set<string> {
  if (all === 'show') return new Set(here);
  return new Set(here.filter((id) => all !== 'hide' && show.includes(id) && !hide.includes(id)));
}
