import { ListWatchlistsCommand } from '@aws-sdk/client-voice-id';
import type { FC } from 'hono/jsx';
import { z } from 'zod';
import { explain } from '../../clients/explain.ts';
import { members } from '../../functions/enrollment/settings.ts';
import { Text } from '../layout/words.tsx';
import type { Operator } from '../operator.ts';

const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());

/** Of a key: what S3 keeps and every tool shows. */
const keyPart = (most: number) =>
  z
    .string()
    .max(most, `expected at most ${most} characters`)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what no name has
    .regex(/^[^\u0000-\u001f\u007f]*$/, 'expected no control characters')
    .refine((text) => !text.split('/').some((part) => part === '.' || part === '..'), 'expected no . or .. in it');

/** What one upload may have otherwise than the stack's defaults, by the rules of the function that reads it. */
const choicesSchema = z.object({
  name: keyPart(200).regex(/^[^/]+$/, 'expected a name without a slash'),
  prefix: keyPart(500).default(''),
  'existing-enrollment-action': optional(members.existingEnrollmentAction),
  'fraud-detection-action': optional(members.fraudDetectionAction),
  'risk-threshold': optional(members.riskThreshold),
  'watchlist-ids': optional(members.watchlistIds),
});

export interface Chosen {
  /** Of the manifest's key. */
  name: string;
  prefix: string;
  /** The object's own: without what was left as it is. */
  metadata: Record<string, string>;
}

const NAMES: Record<string, string> = {
  name: 'Name',
  prefix: 'Folder in the bucket',
  'existing-enrollment-action': 'Callers who are enrolled',
  'fraud-detection-action': 'Voices on a watchlist',
  'risk-threshold': 'Risk threshold',
  'watchlist-ids': 'Watchlists',
};

/** @param form the form's fields; of the watchlists all that are ticked. */
export function readChoices(form: Record<string, unknown>): { chosen: Chosen } | { problems: string[] } {
  const ticked = form['watchlist-ids'];
  const given = { ...form, 'watchlist-ids': Array.isArray(ticked) ? ticked.join(',') : ticked };
  const parsed = choicesSchema.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${NAMES[String(path[0])] ?? path}: ${message}.`);
    return { problems: [...new Set(problems)] };
  }
  const { name, prefix, ...overrides } = parsed.data;
  const metadata = Object.fromEntries(
    Object.entries(overrides).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
  );
  return { chosen: { name: name.replace(/\.json$/, ''), prefix, metadata } };
}

/** What the choices begin with: what an upload had before, or what was typed. */
export type Given = Partial<Record<keyof typeof NAMES, string>>;

interface Watchlists {
  lists: { id: string; name: string }[];
  trouble?: string;
}

/** The domain's watchlists; where they can't be asked for, why. Uploads go without. */
export async function watchlistsOf({ voiceId, domainId }: Operator): Promise<Watchlists> {
  try {
    const { WatchlistSummaries = [] } = await voiceId.send(
      new ListWatchlistsCommand({ DomainId: await domainId(), MaxResults: 100 }),
    );
    return { lists: WatchlistSummaries.map(({ WatchlistId = '', Name = '' }) => ({ id: WatchlistId, name: Name })) };
  } catch (error) {
    return { lists: [], trouble: explain(error) };
  }
}

interface SelectProps {
  name: string;
  given: string | undefined;
  options: readonly (readonly [string, string])[];
}

const Select: FC<SelectProps> = ({ name, given = '', options }) => (
  <p>
    <label for={`choice-${name}`}>{NAMES[name]}</label>
    <select id={`choice-${name}`} name={name}>
      {[['', 'as the stack has it'] as const, ...options].map(([value, words]) => (
        <option value={value} selected={value === given}>
          {words}
        </option>
      ))}
    </select>
  </p>
);

/** Folded: who changes nothing gets the stack's defaults. */
export const Choices: FC<{ given: Given; watchlists: Watchlists }> = ({ given, watchlists }) => (
  <details class="choices">
    <summary>Choices for this upload</summary>
    <div class="fields">
      <p>
        <label for="choice-name">{NAMES.name}</label>
        <input id="choice-name" name="name" required maxlength={200} value={given.name ?? ''} />
      </p>
      <p>
        <label for="choice-prefix">{NAMES.prefix}</label>
        <input id="choice-prefix" name="prefix" placeholder="such as 2026/05/" value={given.prefix ?? ''} />
      </p>
      <Select
        name="existing-enrollment-action"
        given={given['existing-enrollment-action']}
        options={[
          ['SKIP', 'are left as they are'],
          ['OVERWRITE', 'are enrolled again'],
        ]}
      />
      <Select
        name="fraud-detection-action"
        given={given['fraud-detection-action']}
        options={[
          ['FAIL', 'are not enrolled'],
          ['IGNORE', 'are enrolled all the same'],
        ]}
      />
      <p>
        <label for="choice-risk">{NAMES['risk-threshold']}</label>
        <input
          id="choice-risk"
          name="risk-threshold"
          type="number"
          min="0"
          max="100"
          placeholder="0 to 100"
          value={given['risk-threshold'] ?? ''}
        />
      </p>
      <fieldset>
        <legend>{NAMES['watchlist-ids']}</legend>
        {watchlists.trouble !== undefined && <p class="warn">{watchlists.trouble}</p>}
        {watchlists.lists.map(({ id, name }) => (
          <label class="tick">
            <input
              type="checkbox"
              name="watchlist-ids"
              value={id}
              checked={given['watchlist-ids']?.split(',').includes(id) ?? false}
            />
            <Text of={name} />
          </label>
        ))}
        <p class="dull">None ticked: as the stack has it.</p>
      </fieldset>
    </div>
  </details>
);
