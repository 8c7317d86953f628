import type { FC } from 'hono/jsx';
import { at } from '../../layout/page.tsx';

/** As the API takes them, and in words. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,255}$/;
const DESCRIPTION = /^[\p{L}\p{Z}\p{N}_.:/=+\-%@]{0,1024}$/u;
const NAME_WORDS = 'letters, digits, _ and -, the first a letter or a digit';
const DESCRIPTION_WORDS = 'letters, digits, spaces and _ . : / = + - % @';

/** What is wrong with it, in a sentence; undefined where nothing is. */
export function mistakeIn({ name, description }: NewWatchlist): string | undefined {
  if (!NAME.test(name)) return `Nothing was made: found another name, expected ${NAME_WORDS}.`;
  if (!DESCRIPTION.test(description))
    return `Nothing was made: found another description, expected ${DESCRIPTION_WORDS}.`;
  return undefined;
}

export interface NewWatchlist {
  name: string;
  description: string;
}

/** Makes a watchlist. @param mistake what was wrong with what was sent before */
export const CreateForm: FC<{ given?: NewWatchlist; mistake?: string }> = ({ given, mistake }) => (
  <section aria-labelledby="create-title">
    <h2 id="create-title">Make a watchlist</h2>
    {mistake !== undefined && (
      <p id="mistake" class="notice bad" role="alert">
        {mistake}
      </p>
    )}
    <form class="row top" method="post" action={at('voices/watchlists')}>
      <div class="grow">
        <label for="name">Name</label>
        <input
          id="name"
          name="name"
          required
          aria-describedby="name-hint"
          maxlength={256}
          value={given?.name ?? ''}
          autocomplete="off"
        />
        <span class="hint" id="name-hint">
          {NAME_WORDS}
        </span>
      </div>
      <div class="grow">
        <label for="description">What it is for, if you like</label>
        <input
          id="description"
          name="description"
          maxlength={1024}
          value={given?.description ?? ''}
          aria-describedby="description-hint"
          autocomplete="off"
        />
        <span class="hint" id="description-hint">
          {DESCRIPTION_WORDS}
        </span>
      </div>
      <button type="submit">Make it</button>
    </form>
  </section>
);
