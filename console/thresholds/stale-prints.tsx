import type { FC } from 'hono/jsx';
import type { Fraudster } from '../../clients/fraudsters.ts';
import type { SpeakerCounts } from '../../clients/voices/count-speakers.ts';
import { at } from '../layout/page.tsx';
import { Count } from '../layout/words.tsx';

/** How many voiceprints no voice is held against any more, of speakers as far as they were counted. */
export interface Stale {
  speakers: number;
  fraudsters: number;
}

export const staleOf = ({ byStatus }: SpeakerCounts, fraudsters: readonly Fraudster[]): Stale => ({
  speakers: byStatus.EXPIRED ?? 0,
  fraudsters: fraudsters.filter((each) => each.Stale).length,
});

interface StalePrintsProps {
  counts: SpeakerCounts;
  stale: Stale;
}

/** Voiceprints that no voice is held against any more, and what to do about them. */
export const StalePrints: FC<StalePrintsProps> = ({ counts, stale: { speakers, fraudsters } }) => {
  return (
    <section aria-labelledby="stale-title">
      <h2 id="stale-title">Stale voiceprints</h2>
      {speakers === 0 && fraudsters === 0 ? (
        <p>
          {counts.whole ? 'None: every voiceprint is of the model in use.' : 'None among the first '}
          {!counts.whole && <Count of={counts.total} />}
        </p>
      ) : (
        <>
          <p>
            Voiceprints of two models are never compared. These are of another model than the one in use, or nobody has
            used them for three years:
          </p>
          <ul>
            {speakers > 0 && (
              <li>
                <a href={at('voices?status=EXPIRED')}>
                  <Count of={speakers} />
                  {speakers === 1 ? ' speaker' : ' speakers'}
                </a>
                {!counts.whole && (
                  <>
                    {' of the first '}
                    <Count of={counts.total} />
                  </>
                )}
                {', who must enroll again: drop the manifest of their recordings with '}
                <code>existing-enrollment-action: OVERWRITE</code>
              </li>
            )}
            {fraudsters > 0 && (
              <li>
                <a href={at('voices/watchlists')}>
                  <Count of={fraudsters} />
                  {fraudsters === 1 ? ' fraudster' : ' fraudsters'}
                </a>
                {', who must be registered again: no voice is held against them'}
              </li>
            )}
          </ul>
        </>
      )}
    </section>
  );
};
