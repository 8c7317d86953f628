import type { FC } from 'hono/jsx';
import type { Outcome } from '../../clients/output-file.ts';
import { Linked, type Links } from './group-section.tsx';

interface NamesProps {
  /** Requests' ids, and generated ids of speakers that were enrolled before. */
  names: readonly string[];
  links?: Links | undefined;
}

/** Names that one voice has, each with a way to what it names. */
export const Names: FC<NamesProps> = ({ names, links }) => (
  <>
    {names.map((name, index) => (
      <>
        {index > 0 && ', '}
        <Linked name={name} href={links?.request(name) ?? links?.voice(name)} />
      </>
    ))}
  </>
);

/** Requests of different speakers that have one voice, most likely an agent's; and speakers enrolled before who have it, too. */
export const SameVoice: FC<{ outcome: Outcome; links?: Links | undefined }> = ({ outcome: { sameVoice }, links }) => {
  if (sameVoice.length === 0) return null;
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
            <Names names={names} links={links} />
          </li>
        ))}
      </ul>
    </section>
  );
};
