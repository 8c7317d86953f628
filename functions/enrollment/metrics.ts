/**
 * The metrics that the workflow emits; alarms and the dashboard are built on these names. Dimension: `service`. The
 * namespace is the stack's, `POWERTOOLS_METRICS_NAMESPACE`: two stages in one account must not raise each other's
 * alarms. Without it, this one.
 */
export const METRICS_NAMESPACE = 'Vivavoce';
export const SERVICE = 'enrollment';

export const metricOf = {
  COMPLETED: 'JobsCompleted',
  COMPLETED_WITH_ERRORS: 'JobsCompletedWithErrors',
  FAILED: 'JobsFailed',
  TIMED_OUT: 'JobsTimedOut',
  REJECTED: 'ManifestsRejected',
} as const;

export const MANIFESTS_RECEIVED = 'ManifestsReceived';
export const SPEAKERS_ENROLLED = 'SpeakersEnrolled';
export const REQUESTS_FAILED = 'RequestsFailed';
/** Requests whose voice is also another speaker's. */
export const SAME_VOICE = 'SameVoice';
/** Seconds from the job's creation to its end. */
export const TIME_TO_ENROLL = 'TimeToEnroll';
