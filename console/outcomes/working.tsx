import type { SpeakerEnrollmentJob } from '@aws-sdk/client-voice-id';
import type { FC } from 'hono/jsx';
import { Count, Status, Time } from '../layout/words.tsx';

/** How far a job is. */
export const Working: FC<{ job: SpeakerEnrollmentJob }> = ({ job }) => {
  const { JobStatus = '', CreatedAt, JobProgress: { PercentComplete: percent = 0 } = {} } = job;
  return (
    <dl>
      <dt>Status</dt>
      <dd>
        <Status of={JobStatus} />
      </dd>
      <dt>Created</dt>
      <dd>
        <Time at={CreatedAt} />
      </dd>
      <dt>Progress</dt>
      <dd>
        <progress max="100" value={percent} aria-label="Requests that have ended, in percent" /> <Count of={percent} />%
      </dd>
    </dl>
  );
};
