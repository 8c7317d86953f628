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
const LAYER_GAP = 30;
const MARGIN = 8;
/** Between two lines that leave one box. */
const PORT = 14;
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

/**
 * Moves a layer's nodes as near to the places that they wish for as their order and widths let them: the least sum of squares,
 * by pooling neighbours that would overlap (isotonic regression).
 */
function settle(layer: readonly Node[], wishes: readonly number[], weights: readonly number[]): void {
  let offset = 0;
  const offsets = layer.map((node, index) => {
    const before = layer[index - 1];
    if (before !== undefined) offset += gapOf(before, node);
    return offset;
  });
  const pools: { sum: number; weight: number; nodes: number[] }[] = [];
  for (const index of layer.keys()) {
    const weight = weights[index] ?? 1;
    pools.push({ sum: ((wishes[index] ?? 0) - (offsets[index] ?? 0)) * weight, weight, nodes: [index] });
    for (;;) {
      const [before, last] = pools.slice(-2);
      if (before === undefined || last === undefined || before.sum / before.weight <= last.sum / last.weight) break;
      pools.splice(-2, 2, {
        sum: before.sum + last.sum,
        weight: before.weight + last.weight,
        nodes: [...before.nodes, ...last.nodes],
      });
    }
  }
  for (const { sum, weight, nodes } of pools) {
    for (const index of nodes) {
      const node = layer[index];
      if (node !== undefined) node.x = sum / weight + (offsets[index] ?? 0);
    }
  }
}

/** Places across: each layer as near as it can be to what it is joined to, above and below in turn; long lines are kept straight. */
function placeAcross(layers: readonly Node[][]): void {
  for (const layer of layers)
    settle(
      layer,
      layer.map(() => 0),
      layer.map(() => 1),
    );
  for (let sweep = 0; sweep < PLACINGS; sweep++) {
    for (const layer of sweep % 2 === 0 ? layers : layers.toReversed()) {
      const joined = layer.map(({ above, below }) => [...above, ...below]);
      const wishes = joined.map((nodes, index) =>
        nodes.length === 0 ? (layer[index]?.x ?? 0) : mean(nodes, ({ x }) => x),
      );
      const weights = layer.map(({ line, above, below }) =>
        line && [...above, ...below].some((node) => node.line) ? 4 : 1,
      );
      settle(layer, wishes, weights);
    }
  }
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
  placeAcross(layers);

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
