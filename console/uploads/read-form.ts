import { z } from 'zod';
import { CommandError } from '../../clients/errors.ts';
import type { DroppedFile } from '../../clients/manifest/dropped.ts';
import { sortOut } from '../../clients/manifest/dropped.ts';
import { MAX_MANIFEST_BYTES } from '../../functions/enrollment/manifest.ts';

/** What a drop's form holds, whether the page's script made it or a browser without one. */
export interface DropForm {
  kind: 'manifest' | 'list' | 'folder';
  path: string;
  bytes: Uint8Array | undefined;
  files: DroppedFile[];
  channelId: 0 | 1;
  /** When it was dropped, as in `20261124-184510`: recordings of two drops never meet. */
  stamp: string | undefined;
  /** The choices' fields. */
  fields: Record<string, unknown>;
}

/** Bytes of names beside the text: those of 100,000 recordings. */
const MOST_NAMES = 32 * 1024 * 1024;

const filesSchema = z.array(z.object({ path: z.string().min(1).max(4096), size: z.number() })).max(200_000);

const scripted = z.object({
  kind: z.enum(['manifest', 'list', 'folder']),
  path: z.string().max(4096).default(''),
  files: z
    .string()
    .default('[]')
    .transform((text, context) => {
      try {
        return filesSchema.parse(JSON.parse(text));
      } catch {
        context.addIssue({ code: 'custom', message: 'expected a list of files' });
        return z.NEVER;
      }
    }),
  channel: z.enum(['0', '1']).default('0'),
  stamp: z
    .string()
    .regex(/^\d{8}-\d{6}$/)
    .optional(),
  text: z.union([z.string(), z.instanceof(File)]).optional(),
});

const bytesOf = async (text: string | File) =>
  // A textarea's lines come back with both characters at their ends.
  typeof text === 'string' ? Buffer.from(text.replaceAll('\r\n', '\n')) : new Uint8Array(await text.arrayBuffer());

/** The one file with a text, of those that a browser without a script sends. */
async function readPlain(chosen: unknown, fields: Record<string, unknown>): Promise<DropForm> {
  const files = (Array.isArray(chosen) ? chosen : [chosen]).filter((each) => each instanceof File && each.name !== '');
  if (files.length === 0) throw new CommandError('Found no file, expected one to be chosen: go back and choose it.');
  const sorted = sortOut(files.map(({ name }) => name));
  if (sorted.kind === 'nothing') throw new CommandError(sorted.message);
  if (sorted.kind === 'folder') {
    throw new CommandError('Found recordings alone, which need the page’s script: allow it, or upload a list of them.');
  }
  const file = files[sorted.file];
  if (file === undefined) throw new CommandError('Found no file.');
  const bytes = new Uint8Array(await file.arrayBuffer());
  return { kind: sorted.kind, path: file.name, bytes, files: [], channelId: 0, stamp: undefined, fields };
}

/** @throws CommandError where the form is none of a drop's, or too large */
export async function readForm(request: {
  header(name: string): string | undefined;
  parseBody(options: { all: true }): Promise<Record<string, unknown>>;
}): Promise<DropForm> {
  const length = Number(request.header('content-length') ?? 0);
  if (length > MAX_MANIFEST_BYTES + MOST_NAMES) {
    throw new CommandError(`Found ${length} bytes, expected a text of at most ${MAX_MANIFEST_BYTES}: split it.`);
  }
  const fields = await request.parseBody({ all: true });
  if (fields.list !== undefined) return readPlain(fields.list, fields);
  const parsed = scripted.safeParse(fields);
  if (!parsed.success) throw new CommandError(`The form can't be read: ${z.prettifyError(parsed.error)}`);
  const { kind, path, files, channel, stamp, text } = parsed.data;
  const bytes = text === undefined ? undefined : await bytesOf(text);
  return { kind, path, bytes, files, channelId: channel === '1' ? 1 : 0, stamp, fields };
}
