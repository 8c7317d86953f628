import type { FC } from 'hono/jsx';
import type { Report } from '../../clients/read-report.ts';
import { Count, Text } from '../layout/words.tsx';

/** Problems that are shown; a file may have a hundred thousand. */
const SHOWN = 200;

/** What is wrong with a manifest, at its place in the file. */
export const Problems: FC<{ of: Report }> = ({ of: { problems, problemCount } }) => (
  <div class="wide">
    <table>
      <caption>
        {problemCount > SHOWN ? (
          <>
            The first {SHOWN} of <Count of={problemCount} /> problems; all of them are in the file of problems, below.
          </>
        ) : (
          'Problems, at their place in the manifest'
        )}
      </caption>
      <thead>
        <tr>
          <th scope="col">Where</th>
          <th scope="col">Request</th>
          <th scope="col">What is wrong</th>
        </tr>
      </thead>
      <tbody>
        {problems.slice(0, SHOWN).map(({ path, requestId, message }) => (
          <tr>
            <td>
              <code>{path}</code>
            </td>
            <td>{requestId === undefined ? <span class="dull">–</span> : <Text of={requestId} />}</td>
            <td>
              <Text of={message} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);
