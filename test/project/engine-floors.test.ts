import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { expect, test } from 'vitest';

/** The engine's rooms, each above those that it may import from. */
const FLOORS = ['lambda', 'api', 'jobs', 'scores', 'sessions', 'store', 'voiceprint', 'audio'];

const engine = join(import.meta.dirname, '../../engine');

test('in the engine no import goes up', () => {
  const upwards: string[] = [];
  for (const file of readdirSync(engine, { recursive: true, encoding: 'utf8' })) {
    const floor = FLOORS.indexOf(file.split(sep)[0] ?? '');
    if (floor < 0 || !file.endsWith('.ts')) continue;
    for (const [, path = ''] of readFileSync(join(engine, file), 'utf8').matchAll(/from '(\.[^']+)'/g)) {
      const target = relative(engine, join(engine, dirname(file), path)).split(sep)[0] ?? '';
      if (FLOORS.includes(target) && FLOORS.indexOf(target) < floor) upwards.push(`${file} imports ${path}`);
    }
  }
  expect(upwards).toEqual([]);
});
