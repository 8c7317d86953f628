import type { FC } from 'hono/jsx';
import { at } from '../../layout/page.tsx';

/** Finds a speaker by the customer's id. It is posted, and kept by no browser: an address would stay in its history. */
export const FindForm: FC<{ given?: string }> = ({ given = '' }) => (
  <form class="row" method="post" action={at('voices/find')} autocomplete="off">
    <div class="grow">
      <label for="speakerId">Customer id, exactly</label>
      <input
        id="speakerId"
        name="speakerId"
        value={given}
        required
        maxlength={256}
        pattern="[a-zA-Z0-9][a-zA-Z0-9_\-]*"
        title="Letters, digits, _ and -"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
      />
    </div>
    <button type="submit">Find</button>
  </form>
);
