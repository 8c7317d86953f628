import type { FC } from 'hono/jsx';
import type { OutcomeRow } from '../../clients/output-file.ts';
import type { EnrollmentRequest } from '../../functions/enrollment/manifest.ts';
import { at } from '../layout/page.tsx';
import { Text } from '../layout/words.tsx';
import { Linked, type Links } from './group-section.tsx';
import { endingOf, type Group, withoutRecordings } from './groups.ts';
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
  links: Links;
  row: OutcomeRow;
  /** What it ended like. */
  group: Group;
  /** Other names that its voice has. */
  alike: readonly string[];
  /** Undefined where the job's manifest is gone. */
  request: EnrollmentRequest | undefined;
}

/** A message, each recording called by its number here in place of its name, which may be anybody's. */
function byNumber(message: string, request: EnrollmentRequest | undefined): string {
  const names = (request?.AudioSpecifications ?? []).map(({ S3Uri }, index) => ({ S3Uri, number: index + 1 }));
  // The longest first: another may begin with all of it.
  return names
    .toSorted((a, b) => b.S3Uri.length - a.S3Uri.length)
    .reduce((text, { S3Uri, number }) => text.replaceAll(S3Uri, `[recording ${number}]`), message);
}

/** One request: how it ended, what to do, whose it is for who asks, and its recordings. */
export const RequestDetails: FC<RequestDetailsProps> = ({ job, links, row, group, alike, request }) => {
  const { word, tone } = endingOf(row);
  const message = withoutRecordings(byNumber(row.message, request));
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
        {message !== '' && (
          <>
            <dt>Message</dt>
            <dd>
              <Text of={message} />
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
              <Names names={alike} links={links} />
            </dd>
          </>
        )}
        {request !== undefined && (
          <>
            <dt>Speaker</dt>
            <dd>
              <details>
                <summary>
                  Show the speaker's id, where the recordings are
                  {message !== row.message && ', and the message as it is'}
                </summary>
                <p>
                  <Text of={request.SpeakerId} />
                </p>
                <ol>
                  {request.AudioSpecifications.map(({ S3Uri }) => (
                    <li>
                      <Text of={S3Uri} />
                    </li>
                  ))}
                </ol>
                {message !== row.message && (
                  <p>
                    <Text of={row.message} />
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
              <span>
                Recording {index + 1}, channel {ChannelId}
              </span>
              <Listen s3Uri={S3Uri} channelId={ChannelId} number={index + 1} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
};
