import type { Child, FC } from 'hono/jsx';
import { MAX_MANIFEST_BYTES } from '../../functions/enrollment/manifest.ts';
import { at } from '../layout/page.tsx';
import { Text } from '../layout/words.tsx';

interface StageProps {
  /** What was dropped, by its name; undefined where nothing is yet. */
  title?: string;
  kind?: string;
  path?: string;
  text?: string;
  /** Where the text is fetched from, where it is too long for a page. */
  uri?: string | undefined;
  state?: Child;
  verdict?: Child;
  choices?: Child;
}

/** What was dropped, before it is sent: its problems, its text to mend them in, the choices. The script fills it in. */
export const Stage: FC<StageProps> = ({ title, kind = '', path = '', text = '', uri, state, verdict, choices }) => (
  <form
    class="stage"
    data-stage
    data-uri={uri}
    method="post"
    action={at('uploads')}
    enctype="multipart/form-data"
    aria-labelledby="stage-title"
    hidden={title === undefined}
  >
    <h2 id="stage-title" tabindex={-1}>
      {title !== undefined && <Text of={title} />}
    </h2>
    <input type="hidden" name="kind" value={kind} />
    <input type="hidden" name="path" value={path} />
    <p role="status" aria-label="State of this upload" data-status>
      {state}
    </p>
    <div class="verdict" data-verdict>
      {verdict}
    </div>
    <div data-editor hidden={text === ''}>
      <label for="drop-text">The file’s text</label>
      <p class="dull" data-window hidden>
        <span /> <button type="button">Earlier lines</button> <button type="button">Later lines</button>
      </p>
      <div class="editor">
        <pre aria-hidden="true" data-lines hidden />
        <textarea id="drop-text" name="text" wrap="off" spellcheck={false} autocomplete="off" dir="ltr">
          {`\n${text}`}
        </textarea>
      </div>
      <p data-scripted hidden>
        <button type="button" data-again>
          Check again
        </button>
      </p>
    </div>
    <p data-channel hidden>
      <label for="drop-channel">Where the caller is, unless the list says it</label>
      <select id="drop-channel" name="channel">
        <option value="0">first channel, or the only one</option>
        <option value="1">second channel</option>
      </select>
    </p>
    <div data-choices>{choices}</div>
    <div data-progress hidden>
      <p data-sent />
      <progress aria-label="Recordings uploaded" max={1} value={0} />
      <p class="dull">Keep this page open until all recordings are uploaded.</p>
    </div>
    <div class="bad" data-failed tabindex={-1} />
    <p class="actions">
      <button type="submit" class="first" data-send>
        Upload and start
      </button>{' '}
      <button type="button" data-cancel hidden>
        Cancel
      </button>{' '}
      <button type="button" data-over hidden>
        Start over
      </button>
    </p>
  </form>
);

/**
 * Where a manifest, a list with its recordings, or folders of recordings are dropped or chosen. Without a script it
 * uploads a manifest, or a list of recordings that are in S3.
 */
export const DropZone: FC = () => (
  <section class="drop" data-drop data-most={MAX_MANIFEST_BYTES} aria-labelledby="drop-title">
    <form class="zone" data-zone method="post" action={at('uploads')} enctype="multipart/form-data">
      <div>
        <h2 id="drop-title">Enroll callers</h2>
        <p>
          <span data-scripted hidden>
            Drop a manifest (.json), a list (.csv) with its recordings, or a folder of recordings, or choose them.
          </span>
          <span data-plain>Choose a manifest (.json), or a list (.csv) of recordings that are in S3.</span>
        </p>
      </div>
      <p class="choose">
        <label for="drop-files">Choose files</label>
        <input id="drop-files" type="file" name="list" accept=".json,.csv,.wav" multiple />{' '}
        <span data-scripted hidden>
          <label for="drop-folder">Choose a folder</label>
          <input id="drop-folder" type="file" webkitdirectory />
        </span>
        <button type="submit" data-plain>
          Upload
        </button>
      </p>
    </form>
    <Stage />
  </section>
);

/** Of a page that has a text to be mended already. */
export const Mend: FC<StageProps> = (props) => (
  <section class="drop" data-drop data-most={MAX_MANIFEST_BYTES} aria-labelledby="stage-title">
    <Stage {...props} />
  </section>
);
