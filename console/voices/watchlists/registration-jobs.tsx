import type { FraudsterRegistrationJobSummary } from '@aws-sdk/client-voice-id';
import type { FC } from 'hono/jsx';
import { Status, Text, Time } from '../../layout/words.tsx';

/** Jobs that register fraudsters, newest first, and how to start one: it takes recordings of people whom nobody asked. */
export const RegistrationJobs: FC<{ jobs: readonly FraudsterRegistrationJobSummary[] }> = ({ jobs }) => (
  <section aria-labelledby="jobs-title">
    <h2 id="jobs-title">Registration jobs</h2>
    {jobs.length === 0 ? (
      <p class="empty">No job has registered fraudsters yet.</p>
    ) : (
      <section class="wide" tabindex={0} aria-label="The newest jobs">
        <table class="list">
          <caption>The newest jobs that register fraudsters</caption>
          <thead>
            <tr>
              <th scope="col">Job</th>
              <th scope="col">State</th>
              <th scope="col">Started</th>
              <th scope="col">Ended</th>
            </tr>
          </thead>
          <tbody>
            {jobs.map(({ JobId = '', JobName, JobStatus = '', JobProgress, CreatedAt, EndedAt, FailureDetails }) => (
              <tr>
                <td>
                  {JobName !== undefined && (
                    <>
                      <Text of={JobName} />{' '}
                    </>
                  )}
                  <span class="mono dull">{JobId}</span>
                  {FailureDetails?.Message !== undefined && (
                    <span class="hint bad">
                      <Text of={FailureDetails.Message} />
                    </span>
                  )}
                </td>
                <td>
                  <Status of={JobStatus} />
                  {JobStatus === 'IN_PROGRESS' && ` ${JobProgress?.PercentComplete ?? 0} %`}
                </td>
                <td>
                  <Time at={CreatedAt} />
                </td>
                <td>
                  <Time at={EndedAt} none="not yet" />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    )}
    <details>
      <summary>How to register a fraudster</summary>
      <p>
        By the API alone, so that it is somebody's deliberate act: put the recordings and a file that lists them in a
        bucket, and start a job.
      </p>
      <pre class="example" tabindex={0}>
        <code>{EXAMPLE}</code>
      </pre>
    </details>
  </section>
);

const EXAMPLE = `{"Version": "1.0", "FraudsterRegistrationRequests": [
  {"RequestId": "1", "AudioSpecifications": [{"S3Uri": "s3://RECORDINGS/call.wav", "ChannelId": 0}]}]}

aws voice-id start-fraudster-registration-job --domain-id DOMAIN --data-access-role-arn ROLE \\
  --input-data-config S3Uri=s3://RECORDINGS/fraudsters.json --output-data-config S3Uri=s3://RESULTS/fraudsters \\
  --registration-config WatchlistIds=WATCHLIST`;
