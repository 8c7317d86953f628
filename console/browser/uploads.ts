import { sortOut } from '../../clients/manifest/dropped.ts';
import { localize } from './localize.ts';
import { createEditor } from './uploads-editor.ts';
import { filesOfDrop, filesOfInput, type PathFile } from './uploads-files.ts';
import { type Failure, type Recording, sendRecordings } from './uploads-send.ts';

const JSON_ASKED = { accept: 'application/json' };
/** What the console answers; where its door refuses, that is in words. */
const answerOf = async (answer: Response) =>
  answer.headers.get('content-type')?.startsWith('application/json') === true
    ? answer.json()
    : { trouble: (await answer.text()).trim() };

/** Milliseconds after the last key until a text is checked. */
const PAUSE = 400;
/** Characters of a text that is checked by itself; a longer one when it is asked for. */
const BY_ITSELF = 2_000_000;
/** How many failures are named. */
const NAMED = 20;

/** What is about to be sent. Files and texts are in this page alone, and gone with it. */
interface Drop {
  kind: 'manifest' | 'list' | 'folder';
  path: string;
  files: PathFile[];
  /** Bytes that are no text which could be changed here. */
  raw?: Blob;
  stamp?: string;
}

/** What the console makes of a drop: `uploads/check`. */
interface Verdict {
  stamp: string;
  name: string;
  html: string;
  /** In a sentence or two, as HTML. */
  state: string;
  good: boolean;
  editable: boolean;
  text?: string;
  lines: number[];
  uploads: { file: number; key: string }[];
}

const at = (path: string) => `/_console/uploads${path}`;
const why = (error: unknown) => (error instanceof Error ? error.message : String(error));
const count = new Intl.NumberFormat();
const megabytes = (bytes: number) => new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 }).format(bytes / 1e6);

function find<T extends Element>(root: ParentNode, selector: string): T {
  const element = root.querySelector<T>(selector);
  if (element === null) throw new Error(`The page has no ${selector}.`);
  return element;
}

/** Lets a `data-drop` part take files, checks and sends them. */
function watchDrop(root: HTMLElement): void {
  const stage = find<HTMLFormElement>(root, '[data-stage]');
  const title = find<HTMLElement>(stage, 'h2');
  const status = find<HTMLElement>(stage, '[data-status]');
  const verdict = find<HTMLElement>(stage, '[data-verdict]');
  const editing = find<HTMLElement>(stage, '[data-editor]');
  const choices = find<HTMLElement>(stage, '[data-choices]');
  const progress = find<HTMLElement>(stage, '[data-progress]');
  const failed = find<HTMLElement>(stage, '[data-failed]');
  const button = find<HTMLButtonElement>(stage, '[data-send]');
  const cancel = find<HTMLButtonElement>(stage, '[data-cancel]');
  const over = find<HTMLButtonElement>(stage, '[data-over]');
  const channel = find<HTMLElement>(stage, '[data-channel]');
  const most = Number(root.dataset.most);

  let drop: Drop | undefined;
  /** What the latest text came to; undefined while it is not known. */
  let latest: Verdict | undefined;
  let asking = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sending: AbortController | undefined;
  let isChanged = false;
  /** Keys of recordings that are there. */
  const there = new Set<string>();

  const say = (text: string) => {
    if (status.textContent !== text) status.textContent = text;
  };
  const trouble = (text: string) => {
    const line = document.createElement('p');
    line.textContent = text;
    verdict.replaceChildren(line);
    line.className = 'notice bad';
    say(text);
  };

  /** Says why what was dropped is of no use. */
  const refuse = (text: string) => {
    drop = undefined;
    title.textContent = 'That can’t be used';
    stage.hidden = false;
    editing.hidden = true;
    channel.hidden = true;
    choices.replaceChildren();
    failed.replaceChildren();
    button.disabled = true;
    trouble(text);
    title.focus();
  };

  const editor = createEditor(editing, () => {
    isChanged = true;
    latest = undefined;
    // What is being asked is of another text by now.
    asking.abort();
    clearTimeout(timer);
    say(editor.text.length > BY_ITSELF ? 'Changed. Check it again when you are done.' : 'Checking…');
    if (editor.text.length <= BY_ITSELF) timer = setTimeout(() => void look(), PAUSE);
  });

  const formOf = ({ kind, path, files, raw, stamp }: Drop): FormData => {
    const form = new FormData(stage);
    form.set('kind', kind);
    form.set('path', path);
    form.set('files', JSON.stringify(files.map((each) => ({ path: each.path.toWellFormed(), size: each.file.size }))));
    if (stamp !== undefined) form.set('stamp', stamp);
    form.delete('text');
    // A folder becomes a text at its first look.
    if (raw !== undefined || !editing.hidden) form.set('text', raw ?? new Blob([editor.text]), 'text');
    return form;
  };

  /** Has what is there checked. @returns what it came to, or undefined where that could not be found out. */
  async function look(): Promise<Verdict | undefined> {
    if (drop === undefined) return undefined;
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    clearTimeout(timer);
    const about = drop;
    try {
      const answer = await fetch(at('/check'), { method: 'POST', body: formOf(about), headers: JSON_ASKED, signal });
      const found: Verdict & { trouble?: string } = await answerOf(answer);
      if (signal.aborted) return undefined;
      if (found.trouble !== undefined) {
        trouble(found.trouble);
        return undefined;
      }
      latest = found;
      about.stamp = found.stamp;
      if (found.text !== undefined) {
        editor.open(found.text);
        editing.hidden = false;
      }
      if (!found.editable) editing.hidden = true;
      verdict.innerHTML = found.html;
      localize(verdict);
      editor.mark(found.lines);
      button.disabled = !found.good;
      button.textContent = found.uploads.length > 0 ? 'Upload recordings and start' : 'Upload and start';
      status.innerHTML = found.state;
      localize(status);
      return found;
    } catch (error) {
      if (!signal.aborted) trouble(`It could not be checked: ${why(error)}. Is the console still running?`);
      return undefined;
    }
  }

  async function loadChoices(name: string): Promise<void> {
    if (choices.childElementCount === 0) {
      const answer = await fetch(at('/choices')).catch(() => undefined);
      // Without them it goes as the stack has it.
      if (answer?.ok !== true) return;
      choices.innerHTML = await answer.text();
    }
    find<HTMLInputElement>(choices, '[name=name]').value = name;
  }

  /** Shows what was dropped, to be checked and sent. */
  async function open(next: Drop, text: string | undefined): Promise<void> {
    if (isChanged && !confirm('What you have changed here is not sent yet, and will be lost. Go on?')) return;
    drop = next;
    latest = undefined;
    isChanged = false;
    failed.replaceChildren();
    verdict.replaceChildren();
    const name = next.path === '' ? 'Recordings' : next.path;
    title.replaceChildren(Object.assign(document.createElement('bdi'), { textContent: name }));
    stage.hidden = false;
    over.hidden = false;
    channel.hidden = next.kind === 'manifest';
    button.disabled = true;
    editing.hidden = text === undefined;
    if (text !== undefined) editor.open(text);
    say('Checking…');
    title.focus();
    const found = await look();
    if (found !== undefined) await loadChoices(found.name);
  }

  async function take(reading: Promise<PathFile[]>): Promise<void> {
    if (sending !== undefined) return;
    let files: PathFile[];
    try {
      files = await reading;
    } catch (error) {
      return refuse(`What was dropped can’t be read: ${why(error)}`);
    }
    if (files.length === 0) return;
    const sorted = sortOut(files.map(({ path }) => path));
    // Recordings that come after their list are its; so is a list that comes after them.
    if (drop?.kind === 'list' && sorted.kind === 'folder') {
      const known = new Set(files.map(({ path }) => path));
      drop.files = [...drop.files.filter(({ path }) => !known.has(path)), ...files];
      say('Checking…');
      return void (await look());
    }
    if (sorted.kind === 'nothing') return refuse(sorted.message);
    if (sorted.kind === 'folder') {
      const top = /^([^/]+)\//.exec(files[0]?.path ?? '')?.[1] ?? '';
      const isAround = files.every(({ path }) => path.startsWith(`${top}/`));
      return open({ kind: 'folder', path: isAround ? top : 'recordings', files }, undefined);
    }
    const chosen = files[sorted.file];
    if (chosen === undefined) return;
    const before = sorted.kind === 'list' && drop?.kind === 'folder' ? drop.files : [];
    const others = files.filter((each) => each !== chosen);
    const next: Drop = {
      kind: sorted.kind,
      path: chosen.path,
      files: sorted.kind === 'list' ? [...before, ...others] : [],
    };
    if (chosen.file.size > most) {
      return refuse(`Found a file of ${count.format(chosen.file.size)} bytes, expected at most ${count.format(most)}.`);
    }
    let text: string | undefined;
    try {
      const bytes = await chosen.file.arrayBuffer();
      text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).replaceAll(/\r\n?/g, '\n');
    } catch {
      // No text: what it is instead is said by the check.
      next.raw = chosen.file;
    }
    await open(next, text);
  }

  const showProgress = (recordings: readonly Recording[]) => {
    const total = recordings.reduce((sum, { file }) => sum + file.file.size, 0);
    const bar = find<HTMLProgressElement>(progress, 'progress');
    const line = find<HTMLElement>(progress, '[data-sent]');
    let quarter = 0;
    return (bytes: number, done: number) => {
      bar.max = total;
      bar.value = bytes;
      const of = `${count.format(done)} of ${count.format(recordings.length)} recordings`;
      line.textContent = `${of}, ${megabytes(bytes)} of ${megabytes(total)} MB`;
      // Said aloud at each quarter, not at each file.
      const now = Math.floor((4 * bytes) / total);
      if (now > quarter) say(`${of} uploaded.`);
      quarter = now;
    };
  };

  const showFailures = (failures: readonly Failure[], all: number) => {
    const head = document.createElement('p');
    head.textContent = `${count.format(failures.length)} of ${count.format(all)} recordings were not uploaded. Nothing was started.`;
    const list = document.createElement('ul');
    for (const { recording, why: reason } of failures.slice(0, NAMED)) {
      const name = Object.assign(document.createElement('bdi'), { textContent: recording.file.path });
      const item = document.createElement('li');
      item.append(name, `: ${reason}`);
      list.append(item);
    }
    failed.replaceChildren(head, list);
    button.textContent = 'Retry those that failed';
    say('Not all recordings were uploaded.');
    failed.focus();
  };

  const setSending = (next: AbortController | undefined) => {
    sending = next;
    const isSending = next !== undefined;
    for (const each of stage.querySelectorAll<HTMLElement>('textarea, input, select, button')) {
      if (each !== cancel) each.toggleAttribute('disabled', isSending);
    }
    cancel.hidden = !isSending;
    progress.hidden = !isSending;
    if (isSending) cancel.focus();
  };

  /** Uploads the recordings that are not there yet. @returns whether all are */
  async function upload(recordings: readonly Recording[], signal: AbortSignal): Promise<boolean> {
    const failures = await sendRecordings(recordings, {
      url: at('/recordings'),
      signal,
      look: showProgress(recordings),
    });
    const without = new Set(failures.map(({ recording }) => recording));
    for (const recording of recordings) if (!without.has(recording)) there.add(recording.key);
    if (failures.length === 0) return true;
    setSending(undefined);
    showFailures(failures, recordings.length);
    return false;
  }

  async function submit(): Promise<void> {
    const found = latest ?? (await look());
    if (drop === undefined || found === undefined || !found.good) return verdict.scrollIntoView();
    failed.replaceChildren();
    const { files } = drop;
    // Read before its fields are disabled.
    const form = formOf(drop);
    const controller = new AbortController();
    setSending(controller);
    const recordings = found.uploads.flatMap(({ file, key }) => {
      const at = files[file];
      return at === undefined || there.has(key) ? [] : [{ key, file: at }];
    });
    if (recordings.length > 0 && !(await upload(recordings, controller.signal))) return;
    cancel.hidden = true;
    say('All recordings are uploaded. Starting…');
    try {
      const answer = await fetch(at(''), { method: 'POST', body: form, headers: JSON_ASKED });
      const result: { location?: string; html?: string; trouble?: string } = await answerOf(answer);
      if (result.location !== undefined) {
        isChanged = false;
        sending = undefined;
        return location.assign(result.location);
      }
      setSending(undefined);
      if (result.html !== undefined) verdict.innerHTML = result.html;
      else trouble(result.trouble ?? 'It could not be started.');
    } catch (error) {
      setSending(undefined);
      trouble(`It could not be started: ${why(error)}. Is the console still running?`);
    }
    button.disabled = false;
  }

  stage.addEventListener('submit', (event) => {
    event.preventDefault();
    if (sending === undefined) void submit();
  });
  cancel.addEventListener('click', () => sending?.abort());
  over.addEventListener('click', () => location.reload());
  find(stage, '[data-again]').addEventListener('click', () => void look());
  channel.addEventListener('change', () => void look());
  verdict.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLElement>('a[data-from]') : null;
    if (link === null || editing.hidden) return;
    event.preventDefault();
    editor.jump(Number(link.dataset.from), Number(link.dataset.to));
  });
  addEventListener('beforeunload', (event) => {
    if (sending !== undefined || isChanged) event.preventDefault();
  });

  for (const each of root.querySelectorAll<HTMLElement>('[data-scripted]')) each.hidden = false;
  for (const each of root.querySelectorAll('[data-plain]')) each.remove();
  const zone = root.querySelector<HTMLElement>('[data-zone]');
  if (zone !== null) takeFiles(zone, (files) => void take(files));
  else void resume();

  /** A text that the page came with. */
  async function resume(): Promise<void> {
    const [kind, path] = ['kind', 'path'].map((name) => find<HTMLInputElement>(stage, `input[name=${name}]`).value);
    drop = { kind: kind === 'list' ? 'list' : 'manifest', path: path ?? '', files: [] };
    let text = find<HTMLTextAreaElement>(editing, 'textarea').value;
    const { uri } = stage.dataset;
    if (uri !== undefined) {
      const answer = await fetch(at('/text'), { method: 'POST', body: new URLSearchParams({ uri }) });
      if (!answer.ok) return trouble(await answer.text());
      text = await answer.text();
    }
    editing.hidden = false;
    editor.open(text);
    await look();
  }
}

/** Files by being dropped anywhere on the page, or chosen. */
function takeFiles(zone: HTMLElement, take: (files: Promise<PathFile[]>) => void): void {
  zone.classList.add('scripted');
  const bears = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes('Files') ?? false;
  addEventListener('dragover', (event) => {
    if (!bears(event)) return;
    event.preventDefault();
    zone.classList.add('over');
  });
  addEventListener('dragleave', ({ relatedTarget }) => {
    if (relatedTarget === null) zone.classList.remove('over');
  });
  addEventListener('drop', (event) => {
    zone.classList.remove('over');
    if (!bears(event) || event.dataTransfer === null) return;
    event.preventDefault();
    take(filesOfDrop(event.dataTransfer));
  });
  zone.addEventListener('submit', (event) => event.preventDefault());
  for (const input of zone.querySelectorAll<HTMLInputElement>('input[type=file]')) {
    input.addEventListener('keydown', (event) => {
      // It looks like a button, and so answers as one; by itself it would submit the form.
      if (event.key !== 'Enter') return;
      event.preventDefault();
      input.click();
    });
    input.addEventListener('change', () => {
      take(Promise.resolve(filesOfInput(input)));
      // So that the same can be chosen again when it has been mended.
      input.value = '';
    });
  }
}

export function watchUploads(root: ParentNode): void {
  for (const each of root.querySelectorAll<HTMLElement>('[data-drop]')) watchDrop(each);
}
