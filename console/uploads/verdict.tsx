import type { FC } from 'hono/jsx';
import { Count, Text } from '../layout/words.tsx';
import type { Checked, PlacedProblem } from './check.ts';

const Item: FC<{ problem: PlacedProblem }> = ({ problem: { place, path, message, excerpt } }) => (
  <li>
    {place !== undefined && (
      <a href="#drop-text" data-from={place.from} data-to={place.to}>
        Line {place.line}, column {place.column}
      </a>
    )}{' '}
    {path !== undefined && path !== '$' && <code>{path}</code>}
    <p>
      <Text of={message} />
    </p>
    {excerpt !== undefined && (
      <pre dir="ltr">
        <bdi>{excerpt[0]}</bdi>
        <mark>
          <bdi>{excerpt[1] === '' ? ' ' : excerpt[1]}</bdi>
        </mark>
        <bdi>{excerpt[2]}</bdi>
      </pre>
    )}
  </li>
);

/** Bytes as people say them: `58.3 MB`. */
export function sizeOf(bytes: number): string {
  if (bytes < 1000) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  const [divisor, unit] = bytes < 1e6 ? [1e3, 'kB'] : bytes < 1e9 ? [1e6, 'MB'] : [1e9, 'GB'];
  return `${(bytes / divisor).toFixed(1)} ${unit}`;
}

const plural = (count: number, one: string, many: string) => (count === 1 ? one : many);

interface StateProps {
  checked: Checked;
  /** Bytes of the recordings that are uploaded first. */
  bytes: number;
}

/** What is made of what was dropped, in a sentence or two. */
export const State: FC<StateProps> = ({ checked, bytes }) => {
  const { problemCount, requests, recordings, uploads, manifests } = checked;
  if (problemCount > 0) {
    return (
      <>
        <strong class="bad">
          <Count of={problemCount} /> {plural(problemCount, 'problem', 'problems')}.
        </strong>{' '}
        Nothing is sent before {plural(problemCount, 'it is', 'they are')} mended.
      </>
    );
  }
  return (
    <>
      <strong class="good">No problems.</strong> <Count of={requests} /> {plural(requests, 'speaker', 'speakers')},{' '}
      <Count of={recordings} /> {plural(recordings, 'recording', 'recordings')}
      {uploads.length > 0 && (
        <>
          , of which <Count of={uploads.length} /> ({sizeOf(bytes)}) {plural(uploads.length, 'is', 'are')} uploaded
          first
        </>
      )}
      .
      {manifests.length > 1 && (
        <>
          {' '}
          They become <Count of={manifests.length} /> manifests of at most 10,000 requests.
        </>
      )}
    </>
  );
};

const Problems: FC<{ checked: Checked }> = ({ checked: { problems, problemCount } }) => (
  <>
    <ol class="problems">
      {problems.map((problem) => (
        <Item problem={problem} />
      ))}
    </ol>
    {problemCount > problems.length && (
      <p>
        And <Count of={problemCount - problems.length} /> more, which are shown when these are mended.
      </p>
    )}
  </>
);

interface VerdictProps {
  checked: Checked;
  /** What is wrong with the choices. */
  choices?: readonly string[];
}

/** The problems of what was dropped, and what is left out. */
export const Verdict: FC<VerdictProps> = ({ checked, choices = [] }) => (
  <>
    {checked.problemCount > 0 && <Problems checked={checked} />}
    {choices.length > 0 && (
      <ul class="bad">
        {choices.map((each) => (
          <li>
            <Text of={each} />
          </li>
        ))}
      </ul>
    )}
    {checked.leftOut.length > 0 && (
      <details>
        <summary>Left out: {checked.leftOut.length}</summary>
        <ul>
          {checked.leftOut.map((each) => (
            <li>
              <Text of={each} />
            </li>
          ))}
        </ul>
      </details>
    )}
  </>
);
