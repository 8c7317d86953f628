import type { FC } from 'hono/jsx';
import type { ModelCard as Model } from '../../clients/model-card.ts';
import { Count, Text } from '../layout/words.tsx';
import { Measured } from './measured.tsx';

interface ModelCardProps {
  model: Model;
  /** Voiceprints that are compared with nobody any more, as far as speakers were counted. */
  stale: number;
  /** The id of the model that the thresholds on the page are of. */
  thresholdsOf: string;
}

/** What is known of the speaker model in use, and what there is to do about it. */
export const ModelCard: FC<ModelCardProps> = ({ model, stale, thresholdsOf }) => (
  <section aria-labelledby="model-title">
    <h2 id="model-title">The speaker model</h2>
    {stale > 0 && (
      <p class="notice warn">
        <Count of={stale} /> {stale === 1 ? 'voiceprint is' : 'voiceprints are'}{' '}
        <a href="#stale-title">not compared any more</a>. <code>npm run vivavoce -- speakers --stale</code> lists the
        speakers: enroll them again. Was the model changed? A score of this one is none of the one before:{' '}
        <code>npm run vivavoce -- thresholds</code> says which thresholds to ask for once they are enrolled.
      </p>
    )}
    {thresholdsOf !== model.id && (
      <p class="notice warn">
        The thresholds above are of another model, <Text of={thresholdsOf} />: the engine is being changed. Ask again
        when it is done, here or with <code>npm run vivavoce -- thresholds</code>.
      </p>
    )}
    <dl>
      <dt>Name</dt>
      <dd>
        <Text of={model.name} />
        {model.installed ? ', installed in place of the one that comes with Vivavoce' : ', which comes with Vivavoce'}
      </dd>
      <dt>Licence</dt>
      <dd>
        <Text of={model.licence} />
      </dd>
      <dt>Source</dt>
      <dd>
        <Text of={model.source} />
      </dd>
      <dt>Voiceprint</dt>
      <dd>
        <Count of={model.dimension} /> numbers, from speech at <Count of={model.sampleRate} /> Hz
      </dd>
      {model.bytes !== null && (
        <>
          <dt>Size</dt>
          <dd>{(model.bytes / 1e6).toFixed(1)} MB</dd>
        </>
      )}
      <dt>Calibration</dt>
      <dd>
        {model.calibration === null
          ? 'none: its scores mean nothing yet. npm run evaluate -- DIR --calibrate makes one from recordings of yours.'
          : `a similarity of ${model.calibration.acceptAt} scores ${model.thresholds.authentication}, one of ${model.calibration.flagAt} scores ${model.thresholds.fraud}`}
      </dd>
      <dt>SHA-256</dt>
      <dd class="mono">{model.sha256}</dd>
    </dl>
    <Measured model={model} />
    <p>
      It says how alike two voices sound. It does not detect a recording played back, or a synthetic voice: use the
      score beside other evidence, and give people another way.
    </p>
  </section>
);
