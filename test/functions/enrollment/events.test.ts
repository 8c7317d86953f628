import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { detailTypeOf } from '../../../functions/enrollment/execution.ts';
import { generateEventTypes } from '../../../infra/events/generate.ts';

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
});
