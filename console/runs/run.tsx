import type { Child, FC } from 'hono/jsx';
import { adviceOn } from '../../clients/runs/advice.ts';
import type { Progress } from '../../clients/runs/progress.ts';
import { hasEnded } from '../../clients/runs/run.ts';
import type { Story } from '../../clients/runs/story.ts';
import { Count, Status, Text, Time } from '../layout/words.tsx';
import { Counts, HowFar, Queue } from './how-far.tsx';
import { type Identifier, Identifiers } from './identifiers.tsx';
import { lasting } from './lasting.ts';
import { Picture, passage } from './picture.tsx';
import { StoryList } from './story.tsx';

/** Where a run stands, in a line that is read out when it changes. */
const Standing: FC<{ of: Progress }> = ({ of }) => (
  <p class="standing">
    <span role="status">
      <Status of={of.state} />
    </span>{' '}
    <span>
      {of.state === 'SUBMITTED' && of.ahead !== undefined ? <Queue ahead={of.ahead} all /> : <HowFar of={of} />}
    </span>
  </p>
);

interface FailureProps {
  state: Progress['state'];
  failure: string | undefined;
  /** Whether the manifest of those that failed is not there any more. */
  isRetryGone: boolean;
}

const Failure: FC<FailureProps> = ({ state, failure, isRetryGone }) => {
  // Which is the advice on errors.
  const advice = isRetryGone ? undefined : adviceOn(state, failure);
  if (failure === undefined && advice === undefined) return null;
  return (
    <div class={`notice ${state === 'COMPLETED_WITH_ERRORS' ? 'warn' : 'bad'}`}>
      {failure !== undefined && (
        <p>
          <Text of={failure} />
        </p>
      )}
      {advice !== undefined && <p class="ink">{advice}</p>}
    </div>
  );
};

const Troubles: FC<{ of: readonly string[] }> = ({ of }) => (
  <>
    {of.map((trouble) => (
      <p class="notice warn">{trouble}</p>
    ))}
  </>
);

/** What of an upload's page changes by itself. What came of it stands before how it came about, once it is known. */
export const RunView: FC<{ story: Story; outcome?: Child }> = ({ story, outcome }) => {
  const { run, progress, entries, steps, secondSteps, machine, troubles, waitsUntil } = story;
  const first = entries[0]?.at ?? run.startedAt;
  return (
    <>
      <Standing of={progress} />
      <Failure state={progress.state} failure={run.failure} isRetryGone={story.report?.retryGone !== undefined} />
      <Troubles of={troubles} />
      <dl>
        <dt>Uploaded</dt>
        <dd>
          <Time at={first} />
        </dd>
        <dt>Ended</dt>
        <dd>
          <Time at={run.endedAt} none="not yet" />
          {run.endedAt !== undefined && first !== undefined && (
            <span class="dull">, after {lasting(run.endedAt.getTime() - first.getTime())}</span>
          )}
          {hasEnded(run) && (
            <>
              {' '}
              (<a href="#story">how it came about</a>)
            </>
          )}
        </dd>
        {run.requested !== undefined && (
          <>
            <dt>Requests</dt>
            <dd>
              <Count of={run.requested} />
            </dd>
          </>
        )}
        {run.counts !== undefined && (
          <>
            <dt>Outcome</dt>
            <dd>
              <Counts of={run.counts} />
            </dd>
          </>
        )}
        {!hasEnded(run) && waitsUntil !== undefined && (
          <>
            <dt>Next look</dt>
            <dd>
              <Time at={waitsUntil} />
            </dd>
          </>
        )}
      </dl>
      <div data-then-here>{outcome}</div>
      <div class="sides">
        <section aria-labelledby="story">
          <h2 id="story">The story</h2>
          <StoryList entries={entries} />
        </section>
        {machine !== undefined && (
          <section aria-labelledby="where">
            <h2 id="where">{hasEnded(run) ? 'The way it took' : 'Where it is'}</h2>
            <Picture machine={machine} passage={passage([steps, secondSteps])} />
          </section>
        )}
      </div>
      <section aria-labelledby="ids">
        <h2 id="ids">Ids and files</h2>
        <Identifiers of={identifiersOf(story)} />
      </section>
    </>
  );
};

function identifiersOf({ run, executionArn, uris }: Story): Identifier[] {
  return [
    {
      name: 'Correlation id',
      value: run.uploadId,
      use: 'The upload’s id: correlation_id of every log line, the execution’s name, uploadId of its events.',
    },
    { name: 'Job', value: run.jobId },
    { name: 'Domain', value: run.domainId },
    { name: 'Execution', value: executionArn },
    { name: 'Manifest', value: uris.manifest },
    { name: 'Output file', value: uris.output },
    { name: 'Summary', value: uris.summary },
    { name: 'Retry manifest', value: uris.retry, use: 'Just the requests that failed.' },
    { name: 'File of problems', value: uris.rejected },
  ];
}
