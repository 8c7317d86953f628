import type { FC } from 'hono/jsx';
import type { OutcomeRow } from '../../clients/output-file.ts';
import type { EnrollmentRequest } from '../../functions/enrollment/manifest.ts';
import { at } from '../layout/page.tsx';
import { Text } from '../layout/words.tsx';
import { linksOf } from './group-section.tsx';
import { endingOf, type Group } from './groups.ts';

/** Leads to what a recording holds. */
const Listen: FC<{ s3Uri: string; channelId: number; number: number }> = ({ s3Uri, channelId, number }) => (
  <form method="post" action={at('ears')}>
    <input type="hidden" name="recording" value={s3Uri} />
    <input type="hidden" name="channel" value={String(channelId)} />
    <button type="submit">Look at recording {number}</button>
  </form>
);

interface RequestDetailsProps {
  jobId: string;
  row: OutcomeRow;
  /** What it ended like. */
  group: Group;
  /** Other names that its voice has. */
  alike: readonly string[];
  /** Undefined where the job's manifest is gone. */
  request: EnrollmentRequest | undefined;
}

/** One request: how it ended, what to do, whose it is for who asks, and its recordings. */
export const RequestDetails: FC<RequestDetailsProps> = ({ jobId, row, group, alike, request }) => {
  const { word, tone } = endingOf(row);
  const links = linksOf(jobId);
  return (
    <>
      <p>
        <a href={at(`runs/job/${jobId}`)}>All requests of this job</a>
      </p>
      <dl>
        <dt>Outcome</dt>
        <dd>
          <span class={`status ${tone}`}>{word}</span>
          {group.failed && ` with ${row.outcome}`}
        </dd>
        {row.message !== '' && (
          <>
            <dt>Message</dt>
            <dd>
              <Text of={row.message} />
            </dd>
          </>
        )}
        {group.advice !== undefined && (
          <>
            <dt>What to do</dt>
            <dd>{group.advice}</dd>
          </>
        )}
        {row.generatedSpeakerId !== undefined && (
          <>
            <dt>Voice</dt>
            <dd>
              <a href={links.voice(row.generatedSpeakerId)}>{row.generatedSpeakerId}</a>
            </dd>
          </>
        )}
        {alike.length > 0 && (
          <>
            <dt>Has the voice of</dt>
            <dd>
              {alike.map((name, index) => (
                <>
                  {index > 0 && ', '}
                  <Text of={name} />
                </>
              ))}
            </dd>
          </>
        )}
        {request !== undefined && (
          <>
            <dt>Speaker</dt>
            <dd>
              <details>
                <summary>Show the speaker's id</summary>
                <Text of={request.SpeakerId} />
              </details>
            </dd>
          </>
        )}
      </dl>
      <h2>Recordings</h2>
      {request === undefined ? (
        <p class="empty">
          The job's manifest is gone, or does not have this request any more: nobody can tell its recordings.
        </p>
      ) : (
        <div class="wide">
          <table>
            <caption class="unseen">What the request was to be enrolled from</caption>
            <thead>
              <tr>
                <th scope="col">Recording</th>
                <th scope="col">Channel</th>
                <th scope="col">What it holds</th>
              </tr>
            </thead>
            <tbody>
              {request.AudioSpecifications.map(({ S3Uri, ChannelId }, index) => (
                <tr>
                  <th scope="row">
                    <Text of={S3Uri} />
                  </th>
                  <td>{ChannelId}</td>
                  <td>
                    <Listen s3Uri={S3Uri} channelId={ChannelId} number={index + 1} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
};
