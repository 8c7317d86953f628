import type { FC } from 'hono/jsx';
import { Typed } from '../typed.tsx';
import { fraudsterPath } from './paths.ts';

/** What must be typed: a second, deliberate act. */
export const DELETE_WORD = 'delete';

export const DeleteFraudster: FC<{ id: string; mistake?: string }> = ({ id, mistake }) => (
  <>
    {mistake !== undefined && (
      <p id="mistake" class="notice bad" role="alert">
        {mistake}
      </p>
    )}
    <p>
      The voiceprint is gone at once and for good, from every watchlist: no call is screened against it any more. Only
      the recordings can bring it back, by another registration. Recordings, files and results of its registration stay
      in the buckets.
    </p>
    <form method="post" action={fraudsterPath(id, 'delete')} autocomplete="off">
      <Typed label={`Type “${DELETE_WORD}” to be sure`} mistaken={mistake !== undefined} />
      <p class="acts">
        <button class="danger" type="submit">
          Delete the fraudster
        </button>
        <a href={fraudsterPath(id)}>Cancel</a>
      </p>
    </form>
  </>
);
