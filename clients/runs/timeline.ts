import type { SpeakerEnrollmentJob } from '@aws-sdk/client-voice-id';
import type { Ending } from '../watch.ts';
import type { Carried, Step } from './history.ts';
import type { RunInput } from './run.ts';

/** One thing that happened. */
export interface Entry {
  at: Date;
  what: string;
  detail: string;
  tone: 'plain' | 'good' | 'warn' | 'bad';
  /** The same in entries that follow each other and differ little, such as tries. */
  series?: 'START' | 'LOOK' | 'PROGRESS' | 'FAILURE';
}

/** What a run's story is told from. */
export interface Evidence {
  input: RunInput;
  /** When the manifest was written, as its bucket has it. */
  uploadedAt: Date | undefined;
  /** Of its execution; and of the one that told its ending, where it died. */
  steps: readonly Step[];
  secondSteps: readonly Step[];
  job: SpeakerEnrollmentJob | undefined;
  ending: Ending | undefined;
  summaryAt: Date | undefined;
}

const entry = (at: Date, what: string, detail = '', tone: Entry['tone'] = 'plain'): Entry => ({
  at,
  what,
  detail,
  tone,
});

const TONES: Record<string, Entry['tone']> = { COMPLETED: 'good', COMPLETED_WITH_ERRORS: 'warn' };
const toneOf = (status: string) => TONES[status] ?? 'bad';
const wordsOf = (status: string) => status.toLowerCase().replaceAll('_', ' ');
const sentence = (...parts: string[]) => parts.filter((part) => part !== '').join(': ');
const later = (a: Date, b: Date | undefined) => (b === undefined || a > b ? a : b);
const ofSeconds = (seconds: number) => new Date(seconds * 1000);

/** `WaitToPoll` → `Wait to poll`: a state's name, to be read. */
export function readable(state: string): string {
  const words = state.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What only the first look that saw it tells. */
interface Seen {
  jobCreated: boolean;
  running: Date | undefined;
  percent: number | undefined;
  outcome: boolean;
  /** When the latest look began: what it saw first was not told before. */
  look: Date | undefined;
}

function ofCarried(carried: Carried, at: Date, seen: Seen, job: SpeakerEnrollmentJob | undefined): Entry[] {
  const found: Entry[] = [];
  if (carried.job !== undefined && !seen.jobCreated) {
    seen.jobCreated = true;
    found.push(entry(new Date(carried.job.createdAt), 'Job submitted', 'It joins the queue of its domain.'));
  }
  const { runningSince, percent, percentSince } = carried.poll?.memory ?? {};
  // Looks are told in whole seconds, and so perhaps before they began.
  if (runningSince !== undefined && seen.running === undefined) {
    seen.running = later(ofSeconds(runningSince), seen.look);
    found.push(entry(seen.running, 'Job seen running', 'The first look that found it at work.'));
  }
  if (percent !== undefined && percentSince !== undefined && percent > (seen.percent ?? 0)) {
    seen.percent = percent;
    found.push({ ...entry(later(ofSeconds(percentSince), seen.look), `${percent}% done`), series: 'PROGRESS' });
  }
  const { outcome } = carried;
  if (outcome !== undefined && carried.job !== undefined && !seen.outcome) {
    seen.outcome = true;
    const ended = outcome.endedAt === undefined ? job?.EndedAt : new Date(outcome.endedAt);
    found.push(
      entry(
        ended ?? at,
        outcome.status === 'TIMED_OUT' ? 'Job given up' : `Job ended: ${wordsOf(outcome.status)}`,
        outcome.failureDetails?.message,
        toneOf(outcome.status),
      ),
    );
  }
  return found;
}

function ofEntered(step: Step & { kind: 'ENTERED' }, last: string | undefined, summaryAt: Date | undefined): Entry[] {
  const { at, state, carried } = step;
  if (state === 'WaitToStart') {
    const { trouble = '', waitSeconds = 0, attempts = 1 } = carried.start ?? {};
    const detail = `${trouble} Tried again in ${waitSeconds} s.`.trim();
    return [{ ...entry(at, `Job not started, try ${attempts}`, detail, 'warn'), series: 'START' }];
  }
  if (state === 'WaitToPoll' && carried.poll?.trouble !== undefined) {
    const { trouble, waitSeconds = 0 } = carried.poll;
    const detail = `${trouble} Looked at again in ${waitSeconds} s.`;
    return [{ ...entry(at, 'Job not seen', detail, 'warn'), series: 'LOOK' }];
  }
  if (state === 'TaskFailed') return [entry(at, `${readable(last ?? 'A task')}: given up`, '', 'bad')];
  if (state === 'EndJobWithoutSummary' || state === 'EndWithoutSummary') {
    return [entry(at, 'No summary could be written', 'The ending is told without it.', 'bad')];
  }
  if (state === 'TellEnding' && last === 'Summarize') {
    const where = carried.job === undefined ? 'In the upload’s folder of results.' : 'Beside the job’s output file.';
    return [entry(later(at, summaryAt), 'Summary written', where)];
  }
  return [];
}

const ENDS = {
  FAILED: 'The execution failed',
  ABORTED: 'The execution was stopped',
  TIMED_OUT: 'The execution ran out of time',
};

function ofSteps(steps: readonly Step[], seen: Seen, { job, ending, summaryAt }: Evidence): Entry[] {
  const found: Entry[] = [];
  let state: string | undefined;
  for (const step of steps) {
    if (step.kind === 'ENTERED') {
      if (step.state === 'Poll') seen.look = step.at;
      found.push(...ofCarried(step.carried, step.at, seen, job), ...ofEntered(step, state, summaryAt));
      state = step.state;
    } else if (step.kind === 'LEFT' && step.state === 'TellStarted') {
      found.push(entry(step.at, 'Event sent: Speaker Enrollment Job Started'));
    } else if (step.kind === 'TRY_FAILED') {
      found.push(
        entry(step.at, `${readable(state ?? 'A task')}: a try failed`, sentence(step.error, step.cause), 'warn'),
      );
    } else if (step.kind === 'SUCCEEDED' && ending !== undefined) {
      found.push(entry(step.at, `Event sent: ${ending.detailType}`, '', toneOf(ending.detail.status)));
    } else if (step.kind === 'FAILED' || step.kind === 'ABORTED' || step.kind === 'TIMED_OUT') {
      found.push(entry(step.at, ENDS[step.kind], sentence(step.error, step.cause), 'bad'));
    }
  }
  return found;
}

function ofStart({ input }: Evidence, at: Date): Entry {
  const { outcome, requested } = input;
  if (outcome?.status === 'REJECTED') {
    const count = outcome.problemCount ?? 1;
    return entry(at, 'Manifest rejected', `${count} problem${count === 1 ? '' : 's'}: nothing is enrolled.`, 'bad');
  }
  if (outcome !== undefined) return entry(at, 'Job refused', outcome.failureDetails?.message, 'bad');
  const what = requested === undefined ? '' : `${requested} request${requested === 1 ? '' : 's'}, checked. `;
  const next = input.job === undefined ? 'Its job could not be started at once.' : '';
  return entry(at, 'Handed to the state machine', `${what}${next}`.trim());
}

/** A run's story from its upload to its last event, in the order of time. */
export function timeline(evidence: Evidence): Entry[] {
  const { steps, secondSteps, uploadedAt } = evidence;
  const seen: Seen = { jobCreated: false, running: undefined, percent: undefined, outcome: false, look: undefined };
  const found: Entry[] = [];
  if (uploadedAt !== undefined) found.push(entry(uploadedAt, 'Manifest uploaded'));
  const [first] = steps;
  if (first !== undefined) found.push(ofStart(evidence, first.at));
  found.push(...ofSteps(steps, seen, evidence));
  const [second] = secondSteps;
  if (second !== undefined) {
    found.push(
      entry(second.at, 'Another execution took over', 'It tells the ending that the first could not.', 'warn'),
    );
    found.push(...ofSteps(secondSteps, seen, evidence));
  }
  return found.sort((a, b) => a.at.getTime() - b.at.getTime());
}
