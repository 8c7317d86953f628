import type { FC } from 'hono/jsx';
import { Text } from '../layout/words.tsx';

export interface Identifier {
  name: string;
  value: string | undefined;
  /** What it is good for. */
  use?: string;
}

/** Ids and places, each to be copied. Those that are not known are left out. */
export const Identifiers: FC<{ of: readonly Identifier[] }> = ({ of }) => (
  <dl class="ids">
    {of.map(
      ({ name, value, use }) =>
        value !== undefined && (
          <>
            <dt>{name}</dt>
            <dd>
              <code>
                <Text of={value} />
              </code>{' '}
              <button type="button" class="copy" data-copy={value} aria-label={`Copy: ${name}`}>
                Copy
              </button>
              {use !== undefined && <span class="dull use">{use}</span>}
            </dd>
          </>
        ),
    )}
  </dl>
);
