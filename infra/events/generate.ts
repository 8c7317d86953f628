/**
 * Makes the events' TypeScript types from their JSON Schemas: `node infra/events/generate.ts` writes them to
 * `functions/enrollment/events.generated.ts`.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';

const FOLDER = new URL('./', import.meta.url);
const TARGET = new URL('../../functions/enrollment/events.generated.ts', import.meta.url);
const BANNER = '/* Made from infra/events/*.json by infra/events/generate.ts. Change those, and run it again. */';

/** The text of `events.generated.ts` as the schemas have it now: an interface an event, named after its `title`. */
export async function generateEventTypes(): Promise<string> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.json')).sort();
  const types = await Promise.all(
    files.map(async (file) =>
      compile(JSON.parse(await readFile(new URL(file, FOLDER), 'utf8')), file, {
        // Consumers must bear members that a later version adds; what we emit has none.
        additionalProperties: false,
        bannerComment: '',
        style: { singleQuote: true, printWidth: 120 },
        // Lists of at most 20 as lists, not as twenty tuples.
        ignoreMinAndMaxItems: true,
      }),
    ),
  );
  return `${BANNER}\n\n${types.join('\n')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(TARGET, await generateEventTypes());
