import { readFileSync } from 'node:fs';
import { z } from 'zod';

const made = new Map<string, z.ZodType>();

/** The published schema of an event's detail, members beyond it refused: what we emit has none. */
export function detailSchema(detailType: string): z.ZodType {
  const schema = made.get(detailType) ?? makeSchema(detailType);
  made.set(detailType, schema);
  return schema;
}

function makeSchema(detailType: string): z.ZodType {
  const file = `infra/events/${detailType.toLowerCase().replaceAll(' ', '-')}.json`;
  const schema = JSON.parse(readFileSync(file, 'utf8'));
  const closed = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(closed);
    if (typeof node !== 'object' || node === null) return node;
    const members = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, closed(value)]));
    return 'properties' in node ? { ...members, additionalProperties: false } : members;
  };
  return z.fromJSONSchema(closed(schema.properties.detail) as z.core.JSONSchema.JSONSchema, {
    defaultTarget: 'draft-4',
  });
}
