import type { FC } from 'hono/jsx';
import type { Report } from '../../clients/read-report.ts';
import { selfContainedPage } from '../layout/self-contained.tsx';
import { Count, Text } from '../layout/words.tsx';
import { Counts } from './counts.tsx';
import { Facts } from './facts.tsx';
import { anchorOf, Causes, GroupSection, Rows } from './group-section.tsx';
import { type Group, groupsOf } from './groups.ts';
import { SameVoice } from './same-voice.tsx';
import { Why } from './why.tsx';

/** Rows of one cause that are shown before anybody asks for them. */
const SHOWN = 20;

/** Of the failures the first are shown, the others folded, so that no cause is lost from sight; successes are all folded. */
const Folded: FC<{ group: Group }> = ({ group }) => {
  const shown = group.failed ? SHOWN : 0;
  const rest = group.rows.slice(shown);
  return (
    <>
      {shown > 0 && <Rows group={group} rows={group.rows.slice(0, shown)} />}
      {rest.length > 0 && (
        <details>
          <summary>
            <Count of={rest.length} /> {shown > 0 ? 'more' : rest.length === 1 ? 'request' : 'requests'}
          </summary>
          <Rows group={group} rows={rest} />
        </details>
      )}
    </>
  );
};

/** A report as one file that stands alone: name and times, what failed by its cause with what to do, and the rest folded. */
export function reportPage(report: Report): Promise<string> {
  const { manifest, status, outcome } = report;
  const name = manifest.slice(manifest.lastIndexOf('/') + 1);
  const groups = groupsOf(outcome?.rows ?? []);
  return selfContainedPage(
    `${name}: ${status}`,
    <>
      <h1>
        <Text of={name} />
      </h1>
      <Facts report={report} />
      {outcome !== undefined && outcome.rows.length > 0 && <Counts rows={outcome.rows} />}
      <Why report={report} />
      <Causes groups={groups} hrefOf={(group) => `#${anchorOf(group)}`} />
      {outcome !== undefined && <SameVoice outcome={outcome} />}
      {groups.length > 0 && (
        <section>
          <h2>Requests</h2>
          {groups.map((group) => (
            <GroupSection group={group}>
              <Folded group={group} />
            </GroupSection>
          ))}
        </section>
      )}
    </>,
  );
}
