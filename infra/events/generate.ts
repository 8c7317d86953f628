/**
 * Makes the events' TypeScript types from their JSON Schemas: `node infra/events/generate.ts` writes them to
 * `functions/enrollment/events.generated.ts`.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const FOLDER = new URL('./', import.meta.url);
const TARGET = new URL('../../functions/enrollment/events.generated.ts', import.meta.url);
const BANNER = '/* Made from infra/events/*.json by infra/events/generate.ts. Change those, and run it again. */';

type Schema = { description?: string | undefined } & (
  | { type: 'string'; enum?: string[] | undefined }
  | { type: 'integer' }
  | { type: 'array'; items: Schema; maxItems?: number | undefined }
  | { type: 'object'; title?: string | undefined; required?: string[] | undefined; properties: Record<string, Schema> }
);

const described = { description: z.string().optional() };

/**
 * What of JSON Schema the events use. Another word is an error here: it would be left out of the types without a sign.
 * What narrows a value without another TypeScript type (`pattern`, `minLength`) is let through.
 */
const schemaOf: z.ZodType<Schema> = z.discriminatedUnion('type', [
  z.strictObject({
    ...described,
    type: z.literal('string'),
    enum: z.array(z.string()).optional(),
    format: z.string().optional(),
    pattern: z.string().optional(),
    minLength: z.number().optional(),
    maxLength: z.number().optional(),
  }),
  z.strictObject({ ...described, type: z.literal('integer'), minimum: z.number().optional() }),
  z.strictObject({
    ...described,
    type: z.literal('array'),
    items: z.lazy(() => schemaOf),
    maxItems: z.number().optional(),
  }),
  z.strictObject({
    ...described,
    type: z.literal('object'),
    required: z.array(z.string()).optional(),
    properties: z.lazy(() => z.record(z.string(), schemaOf)),
    $schema: z.string().optional(),
    title: z.string().optional(),
  }),
]);

/** A comment before what it is of; nothing, where there is nothing to say. */
function comment(schema: Schema, indent: string): string {
  const lines = schema.description === undefined ? [] : [schema.description];
  if (schema.type === 'array' && schema.maxItems !== undefined) {
    if (lines.length > 0) lines.push('');
    lines.push(`@maxItems ${schema.maxItems}`);
  }
  if (lines.length === 0) return '';
  const body = lines.map((line) => `${indent} * ${line}`.trimEnd());
  return [`${indent}/**`, ...body, `${indent} */`, ''].join('\n');
}

const quoted = (text: string) => `'${text.replaceAll(/[\\']/g, '\\$&')}'`;

/** The TypeScript type; `indent` is that of the line on which it begins. */
function typeOf(schema: Schema, indent: string): string {
  if (schema.type === 'string') return schema.enum === undefined ? 'string' : schema.enum.map(quoted).join(' | ');
  if (schema.type === 'integer') return 'number';
  if (schema.type === 'array') {
    const item = typeOf(schema.items, indent);
    return item.includes(' | ') && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
  }
  const inner = `${indent}  `;
  const members = Object.entries(schema.properties).map(([name, member]) => {
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
    const optional = schema.required?.includes(name) ? '' : '?';
    return `${comment(member, inner)}${inner}${key}${optional}: ${typeOf(member, inner)};\n`;
  });
  return `{\n${members.join('')}${indent}}`;
}

/** The interface of an event, named after its schema's `title`. */
export function interfaceOf(schema: unknown): string {
  const event = schemaOf.parse(schema);
  if (event.type !== 'object' || event.title === undefined) {
    throw new Error(`An event's schema is an object with a title; found one of type ${event.type} or without a title.`);
  }
  return `${comment(event, '')}export interface ${event.title} ${typeOf(event, '')}\n`;
}

/** The text of `events.generated.ts` as the schemas have it now. */
export async function generateEventTypes(): Promise<string> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.json')).sort();
  const schemas = await Promise.all(files.map((file) => readFile(new URL(file, FOLDER), 'utf8')));
  return `${BANNER}\n\n${schemas.map((schema) => interfaceOf(JSON.parse(schema))).join('\n')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(TARGET, await generateEventTypes());
