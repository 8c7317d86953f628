/**
 * What is wrong with a recording, or with a request's recordings together: the request's row in the output file.
 * `message` says what was found and what was expected, and names the recording; it is fit for a customer's file, not
 * for a log.
 */
export class AudioError extends Error {
  override readonly name: string = 'AudioError';
  readonly statusCode = 400;
}

/** Not a WAV file as enrollment takes it, or no audio in it. */
export class UnusableRecordingError extends AudioError {
  override readonly name = 'UnusableRecordingError';
}

/** A recording that was cut off on its way here, or recorded too loud. */
export class DamagedRecordingError extends AudioError {
  override readonly name = 'DamagedRecordingError';
}

/** All recordings together hold less speech than is needed. */
export class NotEnoughSpeechError extends AudioError {
  override readonly name = 'NotEnoughSpeechError';
}

/** Two people speak in one recording, or different people in the recordings of one request. */
export class DifferentSpeakersError extends AudioError {
  override readonly name = 'DifferentSpeakersError';
}
