import type { FC } from 'hono/jsx';
import type { SpeakerCounts } from '../../../clients/voices/count-speakers.ts';
import { at } from '../../layout/page.tsx';
import { Count } from '../../layout/words.tsx';

/** Statuses that speakers are told apart by, and their words. */
const STATUSES = [
  ['ENROLLED', 'Enrolled'],
  ['EXPIRED', 'Must enroll again'],
  ['OPTED_OUT', 'Opted out'],
] as const;
export type Chosen = (typeof STATUSES)[number][0];

interface FilterProps {
  counts: SpeakerCounts;
  chosen: Chosen | undefined;
}

const Choice: FC<{ path: string; isChosen: boolean; name: string; count: number; whole: boolean }> = ({
  path,
  isChosen,
  name,
  count,
  whole,
}) => (
  <a href={at(path)} {...(isChosen && { 'aria-current': 'true' as const })}>
    {name} <Count of={count} />
    {!whole && ' so far'}
  </a>
);

/** All speakers, or those of one status; with how many there are. */
export const Filter: FC<FilterProps> = ({ counts: { total, byStatus, whole }, chosen }) => (
  <>
    <Choice path="voices" isChosen={chosen === undefined} name="All" count={total} whole={whole} />
    {STATUSES.map(([status, name]) => (
      <Choice
        path={`voices?status=${status}`}
        isChosen={chosen === status}
        name={name}
        count={byStatus[status] ?? 0}
        whole={whole}
      />
    ))}
  </>
);
