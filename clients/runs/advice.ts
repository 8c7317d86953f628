import type { RunState } from './run.ts';

const AGAIN = 'then drop the manifest again';

/** What a job or an upload fails with, by what the message begins with or holds, and what to do about it. */
const KNOWN: readonly (readonly [RegExp, string])[] = [
  [
    /^ResourceNotFoundException/,
    `The domain, or a watchlist, is not there: check the stack's setting and the manifest's metadata (domain-id, watchlist-ids), ${AGAIN}.`,
  ],
  [
    /^AccessDeniedException/,
    `Let the workflow's role, or the engine's access key, do what the message names, ${AGAIN}.`,
  ],
  [/^ValidationException/, `Correct the setting that the message names, ${AGAIN}.`],
  [
    /^The job could not be started in/,
    `Mend what the message names, ${AGAIN}. Was the domain's queue full all the time? Then run fewer or larger manifests.`,
  ],
  [
    /^The execution ended as/,
    'The execution was stopped, or broke. The story below says where. If its job has a page of its own with an outcome, nobody is missing; else drop the manifest again.',
  ],
  [
    /its output file .* (is missing|is not what)/s,
    "Its voiceprints may be there all the same. Let the workflow's role read the results bucket and its key; the job's id finds the job.",
  ],
];

/** What to do about a run as it is; undefined where there is nothing to be done. */
export function adviceOn(state: RunState, failure: string | undefined): string | undefined {
  switch (state) {
    case 'REJECTED':
      return 'Nothing of it was enrolled. Mend what is listed, and drop the manifest again.';
    case 'COMPLETED_WITH_ERRORS':
      return 'Mend the requests that failed, each by its cause, and drop the retry manifest: it has just those.';
    case 'TIMED_OUT':
      return 'The workflow waits no longer, but the job may still go on: look at it again before you drop the manifest again. JOB_DEADLINE_SECONDS and JOB_QUEUE_DEADLINE_SECONDS say how long it waits.';
    case 'STOPPED':
      return 'Its execution was stopped, and its ending is not told yet. If that stays so, an operator finds the event in the undelivered queue.';
    case 'FAILED':
      return KNOWN.find(([form]) => form.test(failure ?? ''))?.[1] ?? `Mend what the message says, ${AGAIN}.`;
    case 'COMPLETED':
      return failure === undefined ? undefined : KNOWN.find(([form]) => form.test(failure))?.[1];
    default:
      return undefined;
  }
}
