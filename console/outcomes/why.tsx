import type { FC } from 'hono/jsx';
import { type Problem, type Report, WHY_GONE } from '../../clients/read-report.ts';
import { Count, Text } from '../layout/words.tsx';

/** Problems that are shown: a manifest may have 100,000, and one mends them by their kind. */
const SHOWN = 1000;

const Problems: FC<{ problems: readonly Problem[]; count: number }> = ({ problems, count }) => {
  const shown = problems.slice(0, SHOWN);
  return (
    <section>
      <h2>
        Rejected: <Count of={count} /> {count === 1 ? 'problem' : 'problems'}
      </h2>
      <p>Nothing was enrolled. Mend these, and drop the manifest again.</p>
      <div class="wide">
        <table>
          <caption class="unseen">What is wrong with the manifest</caption>
          <thead>
            <tr>
              <th scope="col">Where</th>
              <th scope="col">Request</th>
              <th scope="col">Problem</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ path, requestId = '', message }) => (
              <tr>
                <td class="mono">
                  <Text of={path} />
                </td>
                <td>
                  <Text of={requestId} />
                </td>
                <td>
                  <Text of={message} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {count > shown.length && (
        <p>
          And <Count of={count - shown.length} /> more.
        </p>
      )}
    </section>
  );
};

/** Why nothing at all was enrolled, or why nobody can tell any more what was, where that is so. */
export const Why: FC<{ report: Report }> = ({ report: { failure, problems, problemCount, outputGone } }) => (
  <>
    {failure !== undefined && (
      <section>
        <h2>Why it failed</h2>
        <p class="notice bad">
          <Text of={failure} />
        </p>
      </section>
    )}
    {outputGone !== undefined && (
      <p class="notice">Which request ended how can't be told any more: the job's output file is gone. {WHY_GONE}</p>
    )}
    {problemCount > 0 && <Problems problems={problems} count={problemCount} />}
  </>
);
