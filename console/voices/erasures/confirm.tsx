import type { FC } from 'hono/jsx';
import { at } from '../../layout/page.tsx';
import { Typed } from '../typed.tsx';

interface ConfirmProps {
  /** A generated id, or the customer's where no such speaker is there. */
  speakerId: string;
  status: string | undefined;
  /** What was wrong with what was sent before. */
  mistake?: string | undefined;
  /** Why the buckets can't be looked through. */
  blind: string | undefined;
  cancel: string;
}

/** What erasing means, and the act itself: a means must be chosen, and the customer's id typed. */
export const Confirm: FC<ConfirmProps> = ({ speakerId, status, mistake, blind, cancel }) => {
  const isKnown = status !== undefined;
  return (
    <form method="post" action={at('voices/erasures')} autocomplete="off">
      {mistake !== undefined && (
        <p id="mistake" class="notice bad" role="alert">
          {mistake}
        </p>
      )}
      <input type="hidden" name="speakerId" value={speakerId} />
      <fieldset>
        <legend>What should become of them?</legend>
        <label class="choice">
          <input type="radio" name="means" value="delete" required />
          <span>
            {status === 'OPTED_OUT' ? 'Delete the mark' : isKnown ? 'Delete' : 'Look for what names them'}
            <span class="hint">
              {isKnown
                ? 'The speaker is gone, with the voiceprint, at once and for good. The engine forgets them: a manifest that names them, such as last week’s copy in another system, enrolls them again. Take them off your lists.'
                : 'Nobody is enrolled under this id. Recordings, manifests and results may name it all the same.'}
            </span>
          </span>
        </label>
        <label class="choice">
          <input type="radio" name="means" value="opt-out" required />
          <span>
            Opt out
            <span class="hint">
              {isKnown ? 'The voiceprint is gone at once and for good.' : 'There is no voiceprint.'} A mark with the
              customer id stays, so that no manifest can enroll them again.
            </span>
          </span>
        </label>
      </fieldset>
      <h2>What stays</h2>
      {blind !== undefined && (
        <p class="notice warn">
          {`What names them in the buckets can’t be looked for: ${blind} Start the console with it, or nothing but the voiceprint goes.`}
        </p>
      )}
      <ul>
        <li>
          Recordings, manifests and results in the buckets that name them: they are looked for next, and listed. You say
          then whether they go, too.
        </li>
        <li>Backups of the engine’s table, until they end: 35 days where the stack sets no other time.</li>
        <li>Copies that you, or who receives the events, made elsewhere.</li>
      </ul>
      <Typed label="Type their customer id, to be sure who it is" mistaken={mistake !== undefined} maxlength={256} />
      <p class="acts">
        <button class="danger" type="submit">
          Erase
        </button>
        <a href={cancel}>Cancel</a>
      </p>
    </form>
  );
};
