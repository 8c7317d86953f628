/** A box to be placed, in pixels. */
export interface Box {
  id: string;
  width: number;
  height: number;
}

export interface Arrow {
  from: string;
  to: string;
}

export interface Point {
  x: number;
  y: number;
}

export interface Layout {
  width: number;
  height: number;
  /** The middle of each box. */
  places: Map<string, Point>;
  /** For each arrow, in the order given: the points that it passes, from its box's edge to the other's. */
  lines: Point[][];
}

/** Between two boxes side by side, beside a line that passes, between two layers, and round all of it. */
const GAP = 22;
const LINE_GAP = 10;
const LAYER_GAP = 26;
const MARGIN = 8;
/** Between two lines that leave one box. */
const PORT = 14;
/** Turns of what is made better step by step: the order in a layer, and the places across. */
const SWEEPS = 12;
const PLACINGS = 60;

/** A box, or a place that a long line keeps free in a layer that it passes. */
interface Node {
  id: string;
  width: number;
  height: number;
  layer: number;
  line: boolean;
  x: number;
  above: Node[];
  below: Node[];
}

/** Arrows that would close a circle, found from the start on: they are laid out the other way round. */
function backward(start: string, arrows: readonly Arrow[]): Set<Arrow> {
  const back = new Set<Arrow>();
  const open = new Set<string>();
  const done = new Set<string>();
  const visit = (id: string) => {
    open.add(id);
    for (const arrow of arrows) {
      if (arrow.from !== id) continue;
      if (open.has(arrow.to)) back.add(arrow);
      else if (!done.has(arrow.to)) visit(arrow.to);
    }
    open.delete(id);
    done.add(id);
  };
  visit(start);
  for (const { from } of arrows) if (!done.has(from)) visit(from);
  return back;
}

/** Each box's layer: one below the lowest that leads to it. */
function layersOf(boxes: readonly Box[], arrows: readonly Arrow[]): Map<string, number> {
  const layers = new Map<string, number>();
  const layerOf = (id: string): number => {
    let layer = layers.get(id);
    if (layer === undefined) {
      layer = Math.max(0, ...arrows.filter(({ to }) => to === id).map(({ from }) => layerOf(from) + 1));
      layers.set(id, layer);
    }
    return layer;
  };
  for (const { id } of boxes) layerOf(id);
  return layers;
}

const mean = (nodes: readonly Node[], of: (node: Node) => number) =>
  nodes.reduce((sum, node) => sum + of(node), 0) / nodes.length;

function crossings(layers: readonly Node[][]): number {
  let count = 0;
  for (const layer of layers) {
    const ends = layer.flatMap((node) =>
      node.below.map((below) => [layer.indexOf(node), indexIn(layers, below)] as const),
    );
    for (const [i, [a, b]] of ends.entries()) {
      for (const [c, d] of ends.slice(i + 1)) if ((a - c) * (b - d) < 0) count++;
    }
  }
  return count;
}

const indexIn = (layers: readonly Node[][], node: Node) => (layers[node.layer] ?? []).indexOf(node);

/** Puts each layer into the order in which few lines cross: by the middle of what a node is joined to, down and up again. */
function order(layers: Node[][]): void {
  let best = layers.map((layer) => [...layer]);
  let fewest = crossings(layers);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers : layers.toReversed()) {
      const places = new Map(
        layer.map((node, index) => {
          const joined = down ? node.above : node.below;
          return [node, joined.length === 0 ? index : mean(joined, (other) => indexIn(layers, other))];
        }),
      );
      layer.sort((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0));
    }
    const count = crossings(layers);
    if (count < fewest) {
      fewest = count;
      best = layers.map((layer) => [...layer]);
    }
  }
  for (const [index, layer] of best.entries()) layers[index] = layer;
}

const gapOf = (a: Node, b: Node) => (a.width + b.width) / 2 + (a.line || b.line ? LINE_GAP : GAP);

/** What has one place across: a box, or all that a long line keeps free, so that it is straight. */
interface Block {
  nodes: Node[];
  x: number;
}

/** The blocks, each after all that stand left of it; undefined where they stand in a circle. */
function sorted(blocks: readonly Block[], leftOf: (block: Block) => Block[]): Block[] | undefined {
  const found: Block[] = [];
  const state = new Map<Block, 'OPEN' | 'DONE'>();
  const visit = (block: Block): boolean => {
    if (state.get(block) === 'DONE') return true;
    if (state.get(block) === 'OPEN') return false;
    state.set(block, 'OPEN');
    if (!leftOf(block).every(visit)) return false;
    state.set(block, 'DONE');
    found.push(block);
    return true;
  };
  return blocks.every(visit) ? found : undefined;
}

/**
 * Places across. Everything begins as far to the left as its neighbours let it, and then moves, as far as they let it, to the middle of
 * what it is joined to, again and again.
 * @param lines the nodes of each long line
 */
function placeAcross(layers: readonly Node[][], lines: readonly Node[][]): void {
  const nodes = layers.flat();
  const blockOf = new Map<Node, Block>();
  const group = (groups: readonly Node[][]) =>
    groups.map((each) => {
      const block = { nodes: each, x: 0 };
      for (const node of each) blockOf.set(node, block);
      return block;
    });
  const beside = (block: Block, step: -1 | 1) =>
    block.nodes.flatMap((node) => {
      const layer = layers[node.layer] ?? [];
      const other = layer[layer.indexOf(node) + step];
      const its = other && blockOf.get(other);
      return its === undefined || other === undefined ? [] : [{ block: its, gap: gapOf(node, other) }];
    });
  const leftOf = (block: Block) => beside(block, -1).map((other) => other.block);
  const boxes = nodes.filter(({ line }) => !line).map((node) => [node]);
  const straight = sorted(group([...boxes, ...lines.filter(({ length }) => length > 0)]), leftOf);
  // Lines that cross each other's way twice can't both be straight.
  const blocks = straight ?? sorted(group(nodes.map((node) => [node])), leftOf) ?? [];
  const least = (block: Block) => Math.max(...beside(block, -1).map(({ block: { x }, gap }) => x + gap));
  const most = (block: Block) => Math.min(...beside(block, 1).map(({ block: { x }, gap }) => x - gap));
  for (const block of blocks) block.x = Math.max(0, least(block));
  for (let placing = 0; placing < PLACINGS; placing++) {
    for (const block of placing % 2 === 0 ? blocks.toReversed() : blocks) {
      const joined = block.nodes
        .flatMap(({ above, below }) => [...above, ...below])
        .filter((node) => blockOf.get(node) !== block);
      if (joined.length === 0) continue;
      const wish = mean(joined, (node) => blockOf.get(node)?.x ?? 0);
      block.x = Math.max(least(block), Math.min(most(block), wish));
    }
  }
  for (const node of nodes) node.x = blockOf.get(node)?.x ?? 0;
}

/**
 * Lays a directed graph out in layers from top to bottom, so that arrows point down but for those that go back: Sugiyama's way
 * (layers, few crossings, straight lines), for the few dozen boxes of a state machine.
 * @param start the box on top.
 */
export function layOut(start: string, boxes: readonly Box[], arrows: readonly Arrow[]): Layout {
  const back = backward(start, arrows);
  const downward = arrows.map((arrow) => (back.has(arrow) ? { from: arrow.to, to: arrow.from } : arrow));
  const layerOf = layersOf(boxes, downward);
  const layers: Node[][] = Array.from({ length: Math.max(0, ...layerOf.values()) + 1 }, () => []);
  const add = (id: string, width: number, height: number, layer: number, line: boolean): Node => {
    const node: Node = { id, width, height, layer, line, x: 0, above: [], below: [] };
    layers[layer]?.push(node);
    return node;
  };
  const nodes = new Map(
    boxes.map(({ id, width, height }) => [id, add(id, width, height, layerOf.get(id) ?? 0, false)] as const),
  );
  const chains = downward.map(({ from, to }) => {
    const chain: Node[] = [];
    const [first, last] = [nodes.get(from), nodes.get(to)];
    if (first === undefined || last === undefined) return chain;
    chain.push(first);
    for (let layer = first.layer + 1; layer < last.layer; layer++) chain.push(add(`${from} ${to}`, 0, 0, layer, true));
    chain.push(last);
    for (const [index, node] of chain.entries()) {
      const next = chain[index + 1];
      if (next === undefined) break;
      node.below.push(next);
      next.above.push(node);
    }
    return chain;
  });
  order(layers);
  placeAcross(
    layers,
    chains.map((chain) => chain.slice(1, -1)),
  );

  const left = Math.min(...layers.flat().map(({ x, width }) => x - width / 2)) - MARGIN;
  const right = Math.max(...layers.flat().map(({ x, width }) => x + width / 2)) + MARGIN;
  const middles: number[] = [];
  const heights = layers.map((layer) => Math.max(0, ...layer.map((node) => node.height)));
  let top = MARGIN;
  for (const height of heights) {
    middles.push(top + height / 2);
    top += height + LAYER_GAP;
  }
  const placeOf = (node: Node): Point => ({ x: node.x - left, y: middles[node.layer] ?? 0 });

  /** Where a line leaves a box: side by side with the others there, in the order of where they go. */
  const port = (node: Node, other: Node, side: 'above' | 'below'): Point => {
    const { x, y } = placeOf(node);
    const others = node[side].toSorted((a, b) => a.x - b.x);
    const room = Math.min(PORT, (node.width - 20) / Math.max(1, others.length));
    const shift = (others.indexOf(other) - (others.length - 1) / 2) * room;
    return { x: x + shift, y: y + (side === 'below' ? node.height / 2 : -node.height / 2) };
  };
  /** A line passes a layer upright, so that it touches no box there. */
  const upright = (node: Node): Point[] => {
    const { x, y } = placeOf(node);
    const half = (heights[node.layer] ?? 0) / 2;
    return [
      { x, y: y - half },
      { x, y: y + half },
    ];
  };
  const lines = chains.map((chain, index) => {
    const [first, second] = chain;
    const [beforeLast, last] = chain.slice(-2);
    if (first === undefined || second === undefined || beforeLast === undefined || last === undefined) return [];
    const points = [
      port(first, second, 'below'),
      ...chain.slice(1, -1).flatMap(upright),
      port(last, beforeLast, 'above'),
    ];
    const arrow = arrows[index];
    return arrow !== undefined && back.has(arrow) ? points.reverse() : points;
  });
  return {
    width: Math.ceil(right - left),
    height: Math.ceil(top - LAYER_GAP + MARGIN),
    places: new Map([...nodes].map(([id, node]) => [id, placeOf(node)])),
    lines,
  };
}
