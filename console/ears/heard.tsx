import type { FC } from 'hono/jsx';
import type { Examined } from '../../clients/ears/examine.ts';
import { causeOf, factsOf, formatInWords } from '../../clients/ears/words.ts';
import { Text } from '../layout/words.tsx';
import { type Held, HeldAgainst } from './held-against.tsx';
import { Waveform } from './waveform.tsx';

const capital = (text: string) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

/** What enrolling would say of the recording, and what to do about it. */
const Verdict: FC<{ examined: Examined }> = ({ examined }) => {
  const cause = causeOf(examined);
  if (cause === undefined) {
    return (
      <div class="notice good" role="status">
        <strong>Good to enroll from.</strong>
        <span class="ink"> Alone, without a second recording.</span>
      </div>
    );
  }
  return (
    <div class="notice bad" role="status">
      <p>
        <strong>{`Would be refused: ${cause.what}.`}</strong>
      </p>
      <p class="ink">{cause.advice}</p>
      <details class="ink" open={examined.refusal?.kind === 'UnusableRecordingError'}>
        <summary>The message in the output file</summary>
        <p>
          <Text of={examined.refusal?.message ?? ''} />
        </p>
      </details>
    </div>
  );
};

const Facts: FC<{ examined: Examined }> = ({ examined }) => {
  const facts = factsOf(examined);
  if (facts.length === 0 || examined.format === null) return null;
  return (
    <section aria-labelledby="measured">
      <h2 id="measured">What was measured</h2>
      <div class="wide">
        <table class="small">
          <caption>{capital(formatInWords(examined.format))}</caption>
          <tbody>
            {facts.map(({ what, found, fine }) => (
              <tr>
                <th scope="row">{what}</th>
                <td>{found}</td>
                <td>
                  <span class={`status ${fine ? 'good' : 'warn'}`}>{fine ? 'fine' : 'not fine'}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
};

interface HeardProps {
  examined: Examined;
  /** Undefined where no caller was named. */
  held: Held | undefined;
}

/** All that is known of one recording. */
export const Heard: FC<HeardProps> = ({ examined, held }) => (
  <>
    <Verdict examined={examined} />
    <Waveform examined={examined} />
    {held !== undefined && <HeldAgainst held={held} />}
    <Facts examined={examined} />
  </>
);
