import { randomBytes } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { CommandError } from '../../clients/errors.ts';
import { explain } from '../../clients/explain.ts';
import { WHY_GONE } from '../../clients/read-report.ts';
import { remember } from '../../clients/remember.ts';
import { type Location, locationOf } from '../../clients/s3-uri.ts';
import { MAX_MANIFEST_BYTES } from '../../functions/enrollment/manifest.ts';
import { readObject } from '../../functions/enrollment/stored-object.ts';
import type { Env } from '../env.ts';
import { at, Page } from '../layout/page.tsx';
import { Text } from '../layout/words.tsx';
import type { Operator } from '../operator.ts';
import { type Checked, check } from './check.ts';
import { Choices, type Given, readChoices, watchlistsOf } from './choices.tsx';
import { DropZone, Mend } from './drop-zone.tsx';
import { putRecording } from './put-recording.ts';
import { type DropForm, readForm } from './read-form.ts';
import { retryName } from './retry-name.ts';
import { sendManifests } from './send.ts';
import { createSentUploads, runsOf } from './sent.ts';
import { State, Verdict } from './verdict.tsx';

/** Characters of a text that a page shows whole; of a longer one the script shows a part at a time. */
const WHOLE = 200_000;
/** Milliseconds by which this machine's clock may be ahead of the executions'. */
const CLOCKS_DIFFER = 5000;

const newId = () => randomBytes(12).toString('base64url');
const sent = createSentUploads(newId);
/** The URIs of manifests that are being mended, by ids that name nobody: a key may. */
const mended = remember<string>(200);

/** `calls/monday.csv` → `monday`; what S3 and every tool can show of it. */
const nameOf = (path: string) =>
  path
    .slice(path.lastIndexOf('/') + 1)
    .replace(/\.(json|csv)$/i, '')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a key must not have
    .replace(/[\u0000-\u001f\u007f/\\]/g, '-')
    .slice(0, 200) || 'manifest';

/** `2026-11-24T18:45:10.123Z` → `20261124-184510`. */
const stampOf = (now: Date) => now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');

function checkForm(form: DropForm, { buckets, now }: Operator): { checked: Checked; bytes: number; stamp: string } {
  const stamp = form.stamp ?? stampOf(now());
  const bucket = form.files.length > 0 ? buckets().recordings : '';
  const folder = `${nameOf(form.path)}-${stamp}/`;
  const checked = check({ ...form, recordings: { bucket, folder } });
  const bytes = checked.uploads.reduce((sum, { file }) => sum + (form.files[file]?.size ?? 0), 0);
  return { checked, bytes, stamp };
}

interface MendPageProps {
  form: Pick<DropForm, 'kind' | 'path'>;
  checked: Checked;
  given: Given;
  choices?: readonly string[];
  uri?: string;
}

/** The page on which a text is mended, without a script as well. */
async function mendPage(c: Context<Env>, { form, checked, given, choices = [], uri }: MendPageProps) {
  const operator = c.get('operator');
  const { text } = checked;
  const isShown = text !== undefined && text.length <= WHOLE;
  return (
    <Page title="Mend and upload" section="runs" place={operator.place}>
      <Mend
        title={form.path}
        kind={form.kind}
        path={form.path}
        text={isShown ? text : ''}
        uri={isShown ? undefined : uri}
        state={<State checked={checked} bytes={0} />}
        verdict={
          <>
            <Verdict checked={checked} choices={choices} />
            {!isShown && (
              <p data-plain>The file is too long for this page: mend it where it is, and choose it again.</p>
            )}
          </>
        }
        choices={<Choices given={given} watchlists={await watchlistsOf(operator)} />}
      />
    </Page>
  );
}

/** What the form had chosen, to be shown again. */
function givenOf(fields: Record<string, unknown>, name: string): Given {
  const texts = Object.entries(fields).flatMap(([key, value]) => {
    if (key === 'watchlist-ids') return [[key, [value].flat().join(',')] as const];
    return typeof value === 'string' && key !== 'text' ? [[key, value] as const] : [];
  });
  return { name, ...Object.fromEntries(texts) };
}

/** Bucket and key of one of the stack's own objects. @throws CommandError where it is another's */
function ownObject(uri: unknown, { buckets }: Operator): Location {
  const location = locationOf(typeof uri === 'string' ? uri : '');
  if (location === undefined || !Object.values(buckets()).includes(location.Bucket) || !/\.json$/.test(location.Key)) {
    throw new CommandError('Found no manifest in one of the buckets of this stack, expected its s3:// URI.');
  }
  return location;
}

async function readOwn(uri: unknown, operator: Operator) {
  const object = ownObject(uri, operator);
  const { bytes, size, metadata } = await readObject(operator.s3, object, MAX_MANIFEST_BYTES);
  if (bytes === undefined) {
    throw new CommandError(`Found a manifest of ${size} bytes, expected at most ${MAX_MANIFEST_BYTES}.`);
  }
  return { bytes, metadata, key: object.Key };
}

/** Nothing in place of an object that is not there. */
function unlessAbsent(error: unknown): undefined {
  if (!(error instanceof Error) || error.name !== 'NoSuchKey') throw error;
}

const wantsJson = (c: Context<Env>) => c.req.header('accept') === 'application/json';

export const uploadsRoutes = new Hono<Env>()
  .get('/', (c) =>
    c.html(
      <Page title="Upload" section="runs" place={c.get('operator').place}>
        <DropZone />
        <h2>What can be dropped</h2>
        <dl>
          <dt>A manifest</dt>
          <dd>JSON that says who is enrolled, and with which recordings in S3.</dd>
          <dt>A list</dt>
          <dd>
            CSV with the columns SpeakerId and Recording and, if needed, ChannelId and RequestId. A recording is an
            s3:// URI, or a file of the folder that is dropped with the list.
          </dd>
          <dt>A folder</dt>
          <dd>A folder for each speaker, which has the speaker’s id for its name, with up to ten .wav files.</dd>
        </dl>
        <p>
          <a href={at('runs')}>All runs</a>
        </p>
      </Page>,
    ),
  )

  /** What is made of a drop, for the page's script. */
  .post('/check', async (c) => {
    let form: DropForm;
    try {
      form = await readForm(c.req);
    } catch (error) {
      return c.json({ trouble: explain(error) }, 400);
    }
    const { checked, bytes, stamp } = checkForm(form, c.get('operator'));
    const { text } = checked;
    return c.json({
      stamp,
      name: nameOf(form.path),
      html: String(<Verdict checked={checked} />),
      state: String(<State checked={checked} bytes={bytes} />),
      good: checked.problemCount === 0,
      editable: text !== undefined,
      // A folder's list is made here; any other text the browser has.
      ...(form.bytes === undefined && text !== undefined && { text }),
      lines: checked.problems.flatMap(({ place }) => place?.line ?? []),
      uploads: checked.uploads,
    });
  })

  .get('/choices', async (c) => c.html(<Choices given={{}} watchlists={await watchlistsOf(c.get('operator'))} />))

  /** One recording, streamed to its bucket; its key is in a header, for it may name the caller. */
  .post('/recordings', async (c) => {
    const { s3, buckets } = c.get('operator');
    try {
      await putRecording(c.req.raw, buckets().recordings, s3);
    } catch (error) {
      return c.text(explain(error), 502);
    }
    return c.body(null, 204);
  })

  /** Manifests are sent, when all their recordings are there; what has problems is shown to be mended. */
  .post('/', async (c) => {
    const operator = c.get('operator');
    let form: DropForm;
    try {
      form = await readForm(c.req);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (wantsJson(c)) return c.json({ trouble: error.message }, 400);
      return c.html(
        <Page title="Upload" section="runs" place={operator.place}>
          <p class="notice bad" role="alert">
            <Text of={error.message} />
          </p>
          <DropZone />
        </Page>,
        400,
      );
    }
    const { checked } = checkForm(form, operator);
    const name = typeof form.fields.name === 'string' ? form.fields.name : nameOf(form.path);
    const choices = readChoices({ ...form.fields, name });
    if (checked.problemCount > 0 || 'problems' in choices) {
      const wrong = 'problems' in choices ? choices.problems : [];
      if (wantsJson(c)) {
        return c.json({ html: String(<Verdict checked={checked} choices={wrong} />) }, 422);
      }
      return c.html(await mendPage(c, { form, checked, given: givenOf(form.fields, name), choices: wrong }), 422);
    }
    const since = new Date(operator.now().getTime() - CLOCKS_DIFFER);
    const uploads = await sendManifests(checked.manifests, choices.chosen, operator);
    const location = at(`uploads/sent/${sent.add(uploads, since, operator)}`);
    return wantsJson(c) ? c.json({ location }) : c.redirect(location, 303);
  })

  /** To the run, as soon as it is there. */
  .get('/sent/:id', async (c) => {
    const operator = c.get('operator');
    const known = sent.get(c.req.param('id'));
    if (known === undefined) return c.redirect(at('runs'), 303);
    const runs = await runsOf(known, AbortSignal.any([c.req.raw.signal, c.get('closing')]));
    const [only] = runs.values();
    if (known.uploads.length === 1 && only !== undefined) return c.redirect(at(`runs/${only}`), 303);
    const missing = known.uploads.length - runs.size;
    // Without a script, too.
    if (missing > 0) c.header('refresh', '1');
    return c.html(
      <Page title="Uploaded" section="runs" place={operator.place}>
        <ul>
          {known.uploads.map((upload) => {
            const run = runs.get(upload);
            return (
              <li>
                <Text of={upload.key} />
                {': '}
                {run === undefined ? 'its run has not begun yet' : <a href={at(`runs/${run}`)}>its run</a>}
              </li>
            );
          })}
        </ul>
        {missing > 0 && <p>The event of an upload comes within seconds, as a rule. This page looks again by itself.</p>}
        <p>
          <a href={at('runs')}>All runs</a>
        </p>
      </Page>,
    );
  })

  /**
   * A run's `retry.json`, or any manifest of the stack's, to be mended and dropped again: on a page of its own, for a
   * browser can't go back to what a form was answered with.
   */
  .post('/edit', async (c) => {
    const { uri } = await c.req.parseBody();
    const { Bucket, Key } = ownObject(uri, c.get('operator'));
    const id = newId();
    mended.set(id, `s3://${Bucket}/${Key}`);
    return c.redirect(at(`uploads/edit/${id}`), 303);
  })

  .get('/edit', (c) => c.redirect(at('runs'), 303))

  .get('/edit/:id', async (c) => {
    const operator = c.get('operator');
    const uri = mended.get(c.req.param('id'));
    const own = uri === undefined ? undefined : await readOwn(uri, operator).catch(unlessAbsent);
    if (uri === undefined || own === undefined) {
      return c.html(
        <Page title="Not here" section="runs" place={operator.place}>
          <p>
            {uri === undefined
              ? 'Which manifest was mended here is not known any more: the console was started again, or there were many since. Open it again from the page of its run.'
              : `The manifest that was mended here is gone. ${WHY_GONE} Drop those whom it named by a list of your own.`}
          </p>
          <p>
            <a href={at('runs')}>All runs</a>
          </p>
        </Page>,
        404,
      );
    }
    const { bytes, metadata, key } = own;
    const name = retryName(key);
    const form = { kind: 'manifest', path: `${name}.json` } as const;
    const checked = check({ ...form, bytes, files: [], channelId: 0, recordings: { bucket: '', folder: '' } });
    return c.html(await mendPage(c, { form, checked, given: { ...metadata, name }, uri }));
  })

  /** The text of such a manifest, where it is too long for a page. */
  .post('/text', async (c) => {
    const { uri } = await c.req.parseBody();
    try {
      const { bytes } = await readOwn(uri, c.get('operator'));
      return c.body(new Uint8Array(bytes), 200, { 'content-type': 'text/plain; charset=utf-8' });
    } catch (error) {
      return c.text(explain(error), 502);
    }
  });
