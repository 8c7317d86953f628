import type { FC } from 'hono/jsx';
import type { Outcome } from '../../clients/output-file.ts';
import { Text } from '../layout/words.tsx';
import type { Links } from './group-section.tsx';

/** Requests of different speakers that have one voice, most likely an agent's; and speakers enrolled before who have it, too. */
export const SameVoice: FC<{ outcome: Outcome; links?: Links | undefined }> = ({ outcome, links }) => {
  const { rows, sameVoice } = outcome;
  if (sameVoice.length === 0) return null;
  const requests = new Set(rows.map(({ requestId }) => requestId));
  const hrefOf = (name: string) => (requests.has(name) ? links?.request(name) : links?.voice(name));
  return (
    <section>
      <h2>One voice, several speakers</h2>
      <p>
        Most likely the wrong channel: an agent is on everybody's recordings. Check that each ChannelId is the caller's,
        and erase the voiceprints that are not theirs.
      </p>
      <ul>
        {sameVoice.map((names) => (
          <li>
            {names.map((name, index) => {
              const href = hrefOf(name);
              return (
                <>
                  {index > 0 && ', '}
                  {href === undefined ? (
                    <Text of={name} />
                  ) : (
                    <a href={href}>
                      <Text of={name} />
                    </a>
                  )}
                </>
              );
            })}
          </li>
        ))}
      </ul>
    </section>
  );
};
