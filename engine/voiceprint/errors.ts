/** The speaker model is missing, damaged, or not what its description says; the message says what to do. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
}

/** The model has no calibration, so its scores mean nothing yet, and no decision is given. */
export class UncalibratedModelError extends Error {
  override readonly name = 'UncalibratedModelError';

  constructor() {
    super(
      'The installed speaker model has no calibration, so its scores mean nothing yet: run `npm run evaluate -- DIR --calibrate` on recordings of your own.',
    );
  }
}
