import type { FC } from 'hono/jsx';
import type { ModelCard as Model } from '../../clients/model-card.ts';
import { Count, Text } from '../layout/words.tsx';
import { Measured } from './measured.tsx';

/** What is known of the speaker model in use. */
export const ModelCard: FC<{ model: Model }> = ({ model }) => (
  <section aria-labelledby="model-title">
    <h2 id="model-title">The speaker model</h2>
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
