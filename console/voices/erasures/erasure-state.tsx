import type { Child, FC } from 'hono/jsx';
import { inOrder, uriOf } from '../../../clients/erase/receipt.ts';
import { at } from '../../layout/page.tsx';
import { Count, Text } from '../../layout/words.tsx';
import { type Erasure, isBusy } from './erasures.ts';

const SAID = {
  DELETED: 'The speaker is deleted, and with it the voiceprint.',
  OPTED_OUT: 'The voiceprint is erased, and a mark keeps them from being enrolled again.',
  NOT_THERE: 'There is no such speaker in the domain, or somebody has deleted them meanwhile.',
};
const KINDS = { recordings: 'Recordings', results: 'Results', manifests: 'Manifests' } as const;
/** URIs that are listed of each kind; further ones are counted. */
const LISTED = 200;

export const erasurePath = (id: string, act = '') => at(`voices/erasures/${id}${act && `/${act}`}`);

const Uris: FC<{ name: string; uris: readonly string[]; children?: Child }> = ({ name, uris, children }) => (
  <details open={uris.length <= 10}>
    <summary>
      {name}: <Count of={uris.length} />
      {children}
    </summary>
    <ul class="uris">
      {uris.slice(0, LISTED).map((uri) => (
        <li class="mono">
          <Text of={uri} />
        </li>
      ))}
      {uris.length > LISTED && (
        <li>
          and <Count of={uris.length - LISTED} /> more
        </li>
      )}
    </ul>
  </details>
);

const Lists: FC<{ objects: Erasure['found']; what: string }> = ({ objects, what }) => (
  <>
    {(['recordings', 'results', 'manifests'] as const).map((kind) => {
      const uris = [...new Set(objects[kind].map(uriOf))];
      return uris.length > 0 && <Uris name={`${KINDS[kind]}${what}`} uris={uris} />;
    })}
  </>
);

const DeleteForm: FC<{ erasure: Erasure }> = ({ erasure }) => (
  <form method="post" action={erasurePath(erasure.id, 'objects')}>
    <label class="choice">
      <input type="checkbox" name="sure" value="yes" required />
      <span>
        Delete these for good, with their older versions
        <span class="hint">
          Whole files go, with everybody whom they name. Keep the lists that you still need elsewhere first.
        </span>
      </span>
    </label>
    <p class="acts">
      <button class="danger" type="submit">
        Delete what names them
      </button>
    </p>
  </form>
);

const LookAgain: FC<{ erasure: Erasure }> = ({ erasure }) => (
  <form method="post" action={erasurePath(erasure.id, 'search')}>
    <button type="submit">Look again</button>
  </form>
);

/** Where it stands, in words that a screen reader says once: what counts on is beside them. */
function standing({ phase, found, gone }: Erasure) {
  const versions = inOrder(found).length;
  const uris = new Set(inOrder(found).map(uriOf)).size;
  switch (phase) {
    case 'SEARCHING':
      return <span class="status busy">looking through the buckets</span>;
    case 'DELETING':
      return <span class="status busy">deleting what names them</span>;
    case 'STOPPED':
      return <span class="status bad">stopped</span>;
    case 'DELETED':
      return (
        <>
          <Count of={inOrder(gone).length} /> deleted.
        </>
      );
    case 'FOUND':
      if (uris === 0) return 'Nothing in the buckets names them.';
      return (
        <>
          <Count of={uris} />
          {uris === 1 ? ' object names them' : ' objects name them'}
          {versions > uris && (
            <>
              , in <Count of={versions} /> versions
            </>
          )}
          .
        </>
      );
  }
}

/** How far an erasure has come: the part of its page that changes. */
export const ErasureState: FC<{ erasure: Erasure }> = ({ erasure }) => {
  const { phase, looked, found, gone, jobs, left, trouble, voiceprint } = erasure;
  const there = inOrder(found).length;
  return (
    <>
      <p class={voiceprint === 'NOT_THERE' ? 'notice warn' : 'notice good'}>{SAID[voiceprint]}</p>
      <h2>What names them</h2>
      <p role="status">{standing(erasure)}</p>
      {isBusy(erasure) && (
        <p class="dull">
          {phase === 'SEARCHING' ? (
            <>
              <Count of={looked} /> objects looked at so far
            </>
          ) : (
            <>
              <Count of={inOrder(gone).length} /> of <Count of={inOrder(gone).length + inOrder(found).length} /> deleted
              so far
            </>
          )}
        </p>
      )}
      {trouble !== undefined && (
        <p class="notice bad" role="alert">
          {`It stopped: ${trouble}`}
        </p>
      )}
      {!isBusy(erasure) && (
        <>
          <Lists objects={gone} what=" deleted" />
          <Lists objects={found} what="" />
          {left.map((object) => (
            <p class="bad">
              Not deleted: <Text of={uriOf(object)} /> (<Text of={object.why} />)
            </p>
          ))}
          {jobs.map((job) => (
            <p class="notice warn">
              {'Job '}
              <code>{job}</code>
              {' has not ended, and its manifest names them. Look again when it has.'}
            </p>
          ))}
          {phase === 'FOUND' && there > 0 && <DeleteForm erasure={erasure} />}
          {(phase === 'STOPPED' || jobs.length > 0 || left.length > 0) && <LookAgain erasure={erasure} />}
          <h2>Receipt</h2>
          <p>
            <a href={erasurePath(erasure.id, 'receipt')} download>
              Download the receipt
            </a>
            : when, and what was found and deleted. It does not say who it was.
          </p>
          {voiceprint !== 'OPTED_OUT' && (
            <p>A manifest that names them would enroll them again: take them off your lists, or opt them out.</p>
          )}
        </>
      )}
    </>
  );
};
