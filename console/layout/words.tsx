import type { FC } from 'hono/jsx';

/** A moment: UTC from the server, the reader's zone once the page's script has run, the exact one on hover. */
export const Time: FC<{ at: Date | undefined; none?: string }> = ({ at, none = '–' }) =>
  at === undefined ? (
    <span class="dull">{none}</span>
  ) : (
    <time datetime={at.toISOString()} title={at.toISOString()}>
      {`${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`}
    </time>
  );

/** A number, by the reader's locale once the page's script has run. */
export const Count: FC<{ of: number }> = ({ of }) => <data value={String(of)}>{of.toLocaleString('en')}</data>;

/** Whatever a file or a name holds: text, and isolated, so that one written from right to left turns nothing round. */
export const Text: FC<{ of: string }> = ({ of }) => <bdi>{of}</bdi>;

/** The same where no element can isolate it, as in a page's title: without the characters that turn text round. */
export const withoutTurning = (text: string) => text.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');

const STATES: Record<string, { word: string; tone: string }> = {
  WAITING: { word: 'waiting', tone: 'dull' },
  SUBMITTED: { word: 'in the queue', tone: 'dull' },
  RUNNING: { word: 'running', tone: 'busy' },
  IN_PROGRESS: { word: 'running', tone: 'busy' },
  ENDING: { word: 'ending', tone: 'busy' },
  STOPPED: { word: 'stopped', tone: 'bad' },
  COMPLETED: { word: 'completed', tone: 'good' },
  COMPLETED_WITH_ERRORS: { word: 'completed with errors', tone: 'warn' },
  FAILED: { word: 'failed', tone: 'bad' },
  TIMED_OUT: { word: 'timed out', tone: 'bad' },
  REJECTED: { word: 'rejected', tone: 'bad' },
  ENROLLED: { word: 'enrolled', tone: 'good' },
  PENDING: { word: 'being enrolled', tone: 'busy' },
  OPTED_OUT: { word: 'opted out', tone: 'dull' },
  EXPIRED: { word: 'must enroll again', tone: 'warn' },
};

/** A status as a word in a colour: the word says it all. */
export const Status: FC<{ of: string }> = ({ of }) => {
  const { word, tone } = STATES[of] ?? { word: of, tone: 'dull' };
  return <span class={`status ${tone}`}>{word}</span>;
};
