import type { SpeakerSummary } from '@aws-sdk/client-voice-id';
import type { FC } from 'hono/jsx';
import { at } from '../../layout/page.tsx';
import { Status, Text, Time } from '../../layout/words.tsx';
import { shortOf, speakerPath } from './speaker-path.ts';

interface SpeakersTableProps {
  speakers: readonly SpeakerSummary[];
  /** Generated ids of those whose customer ids are shown. */
  shown: ReadonlySet<string>;
  /** Which part of the list it is, as an address has it. */
  query: string;
}

const FORM = 'reveal';

/**
 * Speakers, their customer ids hidden until somebody asks for them: a screen is seen by others. What is shown is in the
 * form that asks for more, and nowhere else.
 */
export const SpeakersTable: FC<SpeakersTableProps> = ({ speakers, shown, query }) => {
  const allShown = speakers.every(({ GeneratedSpeakerId = '' }) => shown.has(GeneratedSpeakerId));
  return (
    <div id="speakers">
      <form
        id={FORM}
        class="row"
        method="post"
        action={at(`voices${query}`)}
        data-swap="speakers"
        data-swap-from={at(`voices/table${query}`)}
      >
        {[...shown].map((id) => (
          <input type="hidden" name="show" value={id} />
        ))}
        <button type="submit" name="all" value={allShown ? 'hide' : 'show'}>
          {allShown ? 'Hide all customer ids' : 'Show all customer ids on this page'}
        </button>
      </form>
      <div class="wide">
        <table class="list">
          <caption>Speakers, in the order of their generated ids</caption>
          <thead>
            <tr>
              <th scope="col">Customer id</th>
              <th scope="col">Generated id</th>
              <th scope="col">Status</th>
              <th scope="col">Known since</th>
              <th scope="col">Last used</th>
            </tr>
          </thead>
          <tbody>
            {speakers.map(({ GeneratedSpeakerId = '', CustomerSpeakerId = '', Status: status = '', ...times }) => {
              const short = shortOf(GeneratedSpeakerId);
              const isShown = shown.has(GeneratedSpeakerId);
              return (
                <tr>
                  <td aria-live="polite">
                    {isShown && <Text of={CustomerSpeakerId} />}{' '}
                    <button
                      id={`reveal-${short}`}
                      class="plain"
                      type="submit"
                      form={FORM}
                      name={isShown ? 'hide' : 'show'}
                      value={GeneratedSpeakerId}
                      aria-label={`${isShown ? 'Hide' : 'Show'} the customer id of ${short}`}
                    >
                      {isShown ? 'Hide' : 'Show'}
                    </button>
                  </td>
                  <td class="mono">
                    <a href={speakerPath(GeneratedSpeakerId)}>{short}</a>
                  </td>
                  <td>
                    <Status of={status} />
                  </td>
                  <td>
                    <Time at={times.CreatedAt} />
                  </td>
                  <td>
                    <Time at={status === 'OPTED_OUT' ? undefined : times.LastAccessedAt} />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </div>
  );
};
