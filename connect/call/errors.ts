/** What can go wrong with a call. `name` is what logs and flows tell apart. */

/** The flow gave something else than what the functions expect of it; the message says what. */
export class FlowEventError extends Error {
  override readonly name = 'FlowEventError';
}

/** The live media stream is not what Amazon Connect sends, or Kinesis Video Streams reports an error in it. */
export class MediaStreamError extends Error {
  override readonly name = 'MediaStreamError';
}

/** The engine refused a call's audio, and would again. */
export class AudioRefusedError extends Error {
  override readonly name: string = 'AudioRefusedError';
}

/** It did for the speaker that was named, whom it does not know: somebody who is not enrolled yet. */
export class UnknownSpeakerError extends AudioRefusedError {
  override readonly name = 'UnknownSpeakerError';
}
