/** A CustomerSpeakerId, as manifests have it; never a generated one. */
export const SPEAKER_ID = /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,255}$/;
