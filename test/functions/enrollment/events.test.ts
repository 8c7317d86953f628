import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { detailTypeOf } from '../../../functions/enrollment/execution.ts';
import { generateEventTypes, interfaceOf } from '../../../infra/events/generate.ts';

describe('the events’ schemas', () => {
  it('are one for each event, of its name', () => {
    const types = ['Speaker Enrollment Job Started', ...Object.values(detailTypeOf)];
    const files = types.map((type) => `${type.toLowerCase().replaceAll(' ', '-')}.json`);
    expect(readdirSync('infra/events').filter((file) => file.endsWith('.json'))).toEqual(files.sort());
    for (const type of types) {
      const file = `infra/events/${type.toLowerCase().replaceAll(' ', '-')}.json`;
      expect(JSON.parse(readFileSync(file, 'utf8')).properties['detail-type'].enum).toEqual([type]);
    }
  });

  it('are what the types are made from', async () => {
    expect(readFileSync('functions/enrollment/events.generated.ts', 'utf8')).toBe(await generateEventTypes());
  });

  it('hold no word that the types would leave out', () => {
    const event = { title: 'Event', type: 'object', required: ['a'], properties: { a: { type: 'string' } } };
    expect(interfaceOf(event)).toBe('export interface Event {\n  a: string;\n}\n');
    for (const more of [{ nullable: true }, { oneOf: [] }]) {
      expect(() => interfaceOf({ ...event, properties: { a: { type: 'string', ...more } } })).toThrow();
    }
  });

  it('become types that say the same', () => {
    const choice = { type: 'string', enum: ["it's", 'b'] };
    const event = {
      title: 'Event',
      type: 'object',
      properties: {
        'a-b': { type: 'array', items: choice, maxItems: 2 },
        n: { type: 'integer', description: 'Of it.' },
      },
    };
    expect(interfaceOf(event)).toBe(
      [
        'export interface Event {',
        '  /**\n   * @maxItems 2\n   */',
        "  'a-b'?: ('it\\'s' | 'b')[];",
        '  /**\n   * Of it.\n   */',
        '  n?: number;',
        '}\n',
      ].join('\n'),
    );
  });
});
