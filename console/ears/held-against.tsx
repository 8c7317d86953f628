import type { EvaluateSessionResponse } from '@aws-sdk/client-voice-id';
import type { FC } from 'hono/jsx';
import type { Judged } from '../../clients/ears/hold-against.ts';
import type { Thresholds } from '../../clients/thresholds/answer.ts';
import { strangersAt } from '../../clients/thresholds/words.ts';
import { StrangersPlot } from '../charts/strangers-plot.tsx';

/** What came of holding a recording against a caller, or why nothing did. */
export type Held = (Judged & { thresholds: Thresholds }) | { trouble: string };

interface Words {
  tone: 'good' | 'warn' | 'bad';
  what: string;
  more: string;
}

/** Voice ID's decisions on a claimed speaker. */
const DECISIONS: Record<string, Words> = {
  ACCEPT: { tone: 'good', what: 'It sounds like them.', more: '' },
  REJECT: {
    tone: 'bad',
    what: 'It does not sound like them.',
    more: 'If it should be them: is this their channel, and is theirs the only voice on it?',
  },
  NOT_ENOUGH_SPEECH: {
    tone: 'warn',
    what: 'Too little speech to say whether it is them.',
    more: 'It takes 5 s of one voice at the end of the recording.',
  },
  SPEAKER_NOT_ENROLLED: {
    tone: 'warn',
    what: 'They have no voiceprint to hold it against.',
    more: 'Enroll them first.',
  },
  SPEAKER_OPTED_OUT: {
    tone: 'warn',
    what: 'They have opted out: they have no voiceprint.',
    more: '',
  },
  SPEAKER_EXPIRED: {
    tone: 'warn',
    what: 'Their voiceprint can’t be used any more.',
    more: 'It is of another model than the one in use, or nobody has used it for three years: enroll them again.',
  },
};

const Fraud: FC<{ answer: EvaluateSessionResponse }> = ({ answer: { FraudDetectionResult: found } }) => {
  const { RiskScore: score, GeneratedFraudsterId: closest } = found?.RiskDetails?.KnownFraudsterRisk ?? {};
  // Held against nobody: there is no watchlist, or nobody on it.
  if (closest === undefined) return null;
  const threshold = found?.Configuration?.RiskThreshold;
  return found?.Decision === 'HIGH_RISK' ? (
    <p class="bad">{`It sounds like a fraudster on the watchlist: a risk score of ${score}, and ${threshold} is flagged.`}</p>
  ) : (
    <p>{`On the watchlist nobody sounds like it: a risk score of ${score}, and ${threshold} would be flagged.`}</p>
  );
};

/** Whether it is an enrolled caller, and how far a stranger comes here. Who was named is in the form alone. */
export const HeldAgainst: FC<{ held: Held }> = ({ held }) => {
  if ('trouble' in held) {
    return (
      <section aria-labelledby="held">
        <h2 id="held">Held against the caller</h2>
        <p class="notice bad" role="alert">
          {held.trouble}
        </p>
      </section>
    );
  }
  const { answer, thresholds, netSpeechSeconds } = held;
  const { Decision = '', Score, Configuration } = answer.AuthenticationResult ?? {};
  const { tone, what, more } = DECISIONS[Decision] ?? { tone: 'warn', what: Decision, more: '' };
  return (
    <section aria-labelledby="held">
      <h2 id="held">Held against the caller</h2>
      <p class={`notice ${tone}`}>
        <strong>{what}</strong>
        {Score !== undefined && (
          <span class="ink">{` A score of ${Score}, and ${Configuration?.AcceptanceThreshold} is accepted.`}</span>
        )}
        <span class="ink">{more === '' ? '' : ` ${more}`}</span>
      </p>
      {Score !== undefined && (
        <>
          <p>
            {`Of its last ${netSpeechSeconds} s of speech, as a call is judged. ${strangersAt(thresholds, Score)}`}
            {thresholds.comparisons > 0 && !thresholds.enough && ' The callers are too few to rely on it.'}
          </p>
          {thresholds.comparisons > 0 && (
            <StrangersPlot thresholds={thresholds} mark={{ score: Score, label: `this recording, ${Score}` }} />
          )}
        </>
      )}
      <Fraud answer={answer} />
    </section>
  );
};
