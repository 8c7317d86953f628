import { z } from 'zod';
import type { OutcomeRow } from '../../clients/output-file.ts';
import { endingOf, type Group } from './groups.ts';

const text = z.string().trim().default('').catch('');
const schema = z.object({ outcome: text, cause: text, request: text });

/** Which of a job's requests are asked for; an empty text asks for any. */
export type RequestsQuery = z.infer<typeof schema>;

/** What a page's URL asks for; whatever else it holds is another's. */
export const parseQuery = (query: Record<string, string>): RequestsQuery => schema.parse(query);

/** The same as a URL has it, such as `?cause=Gk3…`; empty where nothing is asked for. */
export function queryString(query: RequestsQuery): string {
  const asked = Object.entries(query).filter(([, value]) => value !== '');
  return asked.length === 0 ? '' : `?${new URLSearchParams(asked)}`;
}

/**
 * The groups that are asked for, each with those of its rows that are; empty ones are left out.
 * @param query `outcome` is an outcome's word, `cause` a group's key, `request` any part of a request's id, capital or not
 */
export function matching(groups: readonly Group[], { outcome, cause, request }: RequestsQuery): Group[] {
  const part = request.toLowerCase();
  const fits = (row: OutcomeRow) =>
    (outcome === '' || endingOf(row).word === outcome) && row.requestId.toLowerCase().includes(part);
  return groups
    .filter(({ key }) => cause === '' || key === cause)
    .map((group) => ({ ...group, rows: group.rows.filter(fits) }))
    .filter(({ rows }) => rows.length > 0);
}
