import type { Child, FC } from 'hono/jsx';
import type { Report } from '../../clients/read-report.ts';
import { Count, Status, Text, Time } from '../layout/words.tsx';

/** `1 h 5 min`, `3 min 20 s`, `12 s`: two units say enough. */
function lasted(from: Date, to: Date): string {
  const seconds = Math.max(0, Math.round((to.getTime() - from.getTime()) / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

/** When it was, how long it took, and where it all is. */
export const Facts: FC<{ report: Report }> = ({ report }) => {
  const { manifest, jobId, status, createdAt, endedAt, outcome, retryManifest } = report;
  const text = (value: string | undefined) => (value === undefined ? undefined : <Text of={value} />);
  const lines: [string, Child | undefined][] = [
    ['Status', <Status of={status} />],
    ['Created', createdAt && <Time at={createdAt} />],
    ['Ended', endedAt && <Time at={endedAt} />],
    ['Took', createdAt && endedAt && lasted(createdAt, endedAt)],
    ['Requests', outcome && <Count of={outcome.rows.length} />],
    ['Manifest', <Text of={manifest} />],
    ['Job', text(jobId)],
    ['Output file', text(outcome?.s3Uri)],
    ['Those that failed', text(retryManifest)],
  ];
  return (
    <dl>
      {lines.map(
        ([name, value]) =>
          value !== undefined && (
            <>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </>
          ),
      )}
    </dl>
  );
};
