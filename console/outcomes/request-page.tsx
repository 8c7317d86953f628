import type { FC } from 'hono/jsx';
import type { OutcomeRow } from '../../clients/output-file.ts';
import type { EnrollmentRequest } from '../../functions/enrollment/manifest.ts';
import { withoutSpeaker } from '../../functions/enrollment/without-speaker.ts';
import { at } from '../layout/page.tsx';
import { Text } from '../layout/words.tsx';
import { Linked, linksOf } from './group-section.tsx';
import { endingOf, type Group } from './groups.ts';
import { type JobIds, jobPath } from './job-path.ts';
import { Names } from './same-voice.tsx';

/** Leads to what a recording holds. */
const Listen: FC<{ s3Uri: string; channelId: number; number: number }> = ({ s3Uri, channelId, number }) => (
  <form method="post" action={at('ears')}>
    <input type="hidden" name="recording" value={s3Uri} />
    <input type="hidden" name="channel" value={String(channelId)} />
    <button type="submit">Look at recording {number}</button>
  </form>
);

interface RequestDetailsProps {
  job: JobIds;
  /** The console's, if it can be told. */
  ownDomain: string | undefined;
  /** As its group has it: without its recordings' names. */
  row: OutcomeRow;
  /** What it ended like. */
  group: Group;
  /** All of the job's. */
  rows: readonly OutcomeRow[];
  /** Other names that its voice has. */
  alike: readonly string[];
  /** Undefined where the job's manifest is gone. */
  request: EnrollmentRequest | undefined;
}

/** One request: how it ended, what to do, whose it is for who asks, and its recordings. */
export const RequestDetails: FC<RequestDetailsProps> = ({ job, ownDomain, row, group, rows, alike, request }) => {
  const { word, tone } = endingOf(row);
  const links = linksOf(job, ownDomain);
  const said = rows.find(({ requestId }) => requestId === row.requestId)?.message;
  return (
    <>
      <p>
        <a href={jobPath(job)}>All requests of this job</a>
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
              <Linked name={row.generatedSpeakerId} href={links.voice(row.generatedSpeakerId)} />
            </dd>
          </>
        )}
        {alike.length > 0 && (
          <>
            <dt>Has the voice of</dt>
            <dd>
              <Names names={alike} rows={rows} links={links} />
            </dd>
          </>
        )}
        {request !== undefined && (
          <>
            <dt>Speaker</dt>
            <dd>
              <details>
                <summary>Show the speaker's id{said !== row.message && ', and the message as it is'}</summary>
                <p>
                  <Text of={request.SpeakerId} />
                </p>
                {said !== undefined && said !== row.message && (
                  <p>
                    <Text of={said} />
                  </p>
                )}
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
        <ul class="recordings">
          {request.AudioSpecifications.map(({ S3Uri, ChannelId }, index) => (
            <li>
              <Text of={withoutSpeaker(S3Uri, request.SpeakerId)} />
              <span class="dull">channel {ChannelId}</span>
              <Listen s3Uri={S3Uri} channelId={ChannelId} number={index + 1} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
};
