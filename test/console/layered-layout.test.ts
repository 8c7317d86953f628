import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { machineOf } from '../../clients/runs/machine.ts';
import { type Arrow, type Box, layOut } from '../../console/runs/layered-layout.ts';

const box = (id: string): Box => ({ id, width: 80, height: 30 });

it('puts what follows below, and what goes back above', () => {
  const arrows = [
    { from: 'start', to: 'work' },
    { from: 'work', to: 'wait' },
    { from: 'wait', to: 'work' },
    { from: 'work', to: 'end' },
  ];
  const { places, lines } = layOut('start', ['start', 'work', 'wait', 'end'].map(box), arrows);
  const y = (id: string) => places.get(id)?.y ?? Number.NaN;
  expect(y('start')).toBeLessThan(y('work'));
  expect(y('work')).toBeLessThan(y('wait'));
  expect(y('wait')).toBe(y('end'));
  const back = lines[2] ?? [];
  expect(back[0]?.y).toBeGreaterThan(back.at(-1)?.y ?? Number.NaN);
});

/** Any graph whose boxes all have a way to them. */
const graph = fc.integer({ min: 1, max: 12 }).chain((count) => {
  const ids = Array.from({ length: count }, (_, index) => `s${index}`);
  const some = fc.record({ from: fc.constantFrom(...ids), to: fc.constantFrom(...ids) });
  const tree = ids.slice(1).map((to, index) => fc.nat({ max: index }).map((from) => ({ from: `s${from}`, to })));
  return fc
    .tuple(fc.tuple(...tree), fc.array(some, { maxLength: 10 }))
    .map(([joined, more]) => ({ ids, arrows: [...joined, ...more].filter(({ from, to }) => from !== to) }));
});

it('lays any graph out: no two boxes touch, all are inside, every arrow goes from its box to the other', () => {
  fc.assert(
    fc.property(graph, ({ ids, arrows }: { ids: string[]; arrows: Arrow[] }) => {
      const boxes = ids.map(box);
      const { places, lines, width, height } = layOut('s0', boxes, arrows);
      const at = (id: string) => places.get(id) ?? { x: Number.NaN, y: Number.NaN };
      for (const [index, { id }] of boxes.entries()) {
        const { x, y } = at(id);
        expect(x - 40 >= 0 && x + 40 <= width && y - 15 >= 0 && y + 15 <= height).toBe(true);
        for (const other of boxes.slice(index + 1)) {
          const apart = Math.abs(x - at(other.id).x) >= 80 || Math.abs(y - at(other.id).y) >= 30;
          expect(apart, `${id} and ${other.id}`).toBe(true);
        }
      }
      for (const [index, { from, to }] of arrows.entries()) {
        const line = lines[index] ?? [];
        for (const [id, end] of [
          [from, line[0]],
          [to, line.at(-1)],
        ] as const) {
          expect(Math.abs((end?.x ?? Number.NaN) - at(id).x)).toBeLessThanOrEqual(40);
          expect(Math.abs((end?.y ?? Number.NaN) - at(id).y)).toBe(15);
        }
      }
    }),
    { numRuns: 60 },
  );
});

it('draws the deployed machine narrow enough to stand beside its story', async () => {
  const machine = machineOf(await readFile(new URL('../../statemachine/enrollment.asl.json', import.meta.url), 'utf8'));
  expect(machine.states).toHaveLength(17);
  const { width } = layOut(
    machine.start,
    machine.states.map(({ name }) => box(name)),
    machine.ways,
  );
  expect(width).toBeLessThan(600);
});
