import type { Speaker as Known } from '@aws-sdk/client-voice-id';
import type { FC } from 'hono/jsx';
import { Status, Text, Time } from '../../layout/words.tsx';
import { ago } from '../ago.ts';
import { shortOf, speakerPath } from './speaker-path.ts';

interface SpeakerProps {
  speaker: Known;
  isShown: boolean;
  /** Name of the speaker model in use. */
  model: string;
  now: Date;
}

/** So long unused, a voiceprint expires. */
const THREE_YEARS_MS = 3 * 365.25 * 24 * 3600 * 1000;

/** What the status means, and what to do. */
function meaning({ Status: status, LastAccessedAt }: Known, model: string, now: Date): string {
  switch (status) {
    case 'ENROLLED':
      return `A voiceprint of ${model}, the model in use: callers who say that they are this speaker are held against it.`;
    case 'OPTED_OUT':
      return 'No voiceprint. The mark keeps every manifest from enrolling them: its request fails, and says so.';
    case 'EXPIRED':
      return LastAccessedAt !== undefined && now.getTime() - LastAccessedAt.getTime() > THREE_YEARS_MS
        ? 'Nobody has used the voiceprint for three years, so no voice is held against it any more. Enroll them again, or erase them.'
        : `The voiceprint is of another model than ${model}, the one in use, so no voice is held against it. Drop the manifest of their recordings again, to overwrite it.`;
    default:
      return 'Not enrolled yet.';
  }
}

/** What is known of one speaker. */
export const Speaker: FC<SpeakerProps> = ({ speaker, isShown, model, now }) => {
  const { GeneratedSpeakerId = '', CustomerSpeakerId = '', CreatedAt, UpdatedAt, LastAccessedAt } = speaker;
  const moments = [
    ['Known since', CreatedAt],
    ['Enrolled or changed', UpdatedAt],
    ['Last used', speaker.Status === 'OPTED_OUT' ? undefined : LastAccessedAt],
  ] as const;
  return (
    <div id="speaker">
      <dl>
        <dt>Customer id</dt>
        <dd aria-live="polite">
          <form id="reveal-form" method="post" action={speakerPath(GeneratedSpeakerId)} data-swap="speaker">
            {isShown && <Text of={CustomerSpeakerId} />}{' '}
            <button id="reveal" class="plain" type="submit" name="show" value={isShown ? 'no' : 'yes'}>
              {isShown ? 'Hide' : 'Show'}
              <span class="unseen"> the customer id</span>
            </button>
          </form>
        </dd>
        <dt>Generated id</dt>
        <dd class="mono">{shortOf(GeneratedSpeakerId)}</dd>
        <dt>Status</dt>
        <dd>
          <Status of={speaker.Status ?? ''} />
        </dd>
        {moments.map(([name, moment]) => (
          <>
            <dt>{name}</dt>
            <dd>
              <Time at={moment} />
              {moment !== undefined && <span class="dull">{`, ${ago(moment, now)}`}</span>}
            </dd>
          </>
        ))}
      </dl>
      <p>{meaning(speaker, model, now)}</p>
    </div>
  );
};
