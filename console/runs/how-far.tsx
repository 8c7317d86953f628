import type { FC } from 'hono/jsx';
import type { Ahead, Progress } from '../../clients/runs/progress.ts';
import { at } from '../layout/page.tsx';
import { Count, Text, Time } from '../layout/words.tsx';

/** Jobs ahead that are named. */
const NAMED = 3;

export const nameOf = (key: string) => key.slice(key.lastIndexOf('/') + 1);

const AheadName: FC<{ of: Ahead }> = ({ of: { name, uploadId } }) =>
  uploadId === undefined ? (
    <Text of={nameOf(name)} />
  ) : (
    <a href={at(`runs/${uploadId}`)}>
      <Text of={nameOf(name)} />
    </a>
  );

/** Whom a job waits for. @param all names every one */
export const Queue: FC<{ ahead: readonly Ahead[]; all?: boolean }> = ({ ahead, all = false }) => {
  if (ahead.length === 0) return <>next to run</>;
  const named = all || ahead.length <= NAMED + 1 ? ahead : ahead.slice(0, NAMED);
  return (
    <>
      after{' '}
      {named.map((each, index) => (
        <>
          {index > 0 && ', '}
          <AheadName of={each} />
        </>
      ))}
      {named.length < ahead.length && (
        <>
          {' '}
          and <Count of={ahead.length - named.length} /> more
        </>
      )}
    </>
  );
};

/** How far a run is that has not ended. */
export const HowFar: FC<{ of: Progress; all?: boolean }> = ({
  of: { state, percent, expectedEnd, ahead, trouble },
  all,
}) => {
  if (state === 'SUBMITTED' && ahead !== undefined) return <Queue ahead={ahead} all={all ?? false} />;
  if (percent !== undefined) {
    return (
      <>
        <progress max="100" value={String(percent)} aria-label="Done" /> {percent}%
        {expectedEnd !== undefined && (
          <>
            <br />
            <span class="dull">
              end expected <Time at={expectedEnd} />
            </span>
          </>
        )}
      </>
    );
  }
  if (trouble !== undefined) {
    return (
      <>
        <Text of={trouble} />
        {state === 'WAITING' && ' It is tried again by itself.'}
      </>
    );
  }
  if (state === 'WAITING') return <>for its job to be started</>;
  if (state === 'ENDING') return <>its ending is being told</>;
  return null;
};

const COUNTS = [
  ['enrolled', 'enrolled'],
  ['overwritten', 'enrolled anew'],
  ['skipped', 'skipped'],
  ['failed', 'failed'],
] as const;

/** What came of a run, as its counts: those that are none are left out. */
export const Counts: FC<{ of: Record<string, number> }> = ({ of }) => {
  const some = COUNTS.filter(([name]) => (of[name] ?? 0) > 0);
  if (some.length === 0) return <>no request</>;
  return (
    <>
      {some.map(([name, word], index) => (
        <>
          {index > 0 && ', '}
          <span class={name === 'failed' ? 'warn' : undefined}>
            <Count of={of[name] ?? 0} /> {word}
          </span>
        </>
      ))}
    </>
  );
};
