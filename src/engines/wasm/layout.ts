/**
 * Structured control flow for a graph of at most 31 blocks, of which 0 is the entry: loops nested as
 * WebAssembly wants them. An edge into the middle of a loop (irreducible flow) is cut: it has to leave the
 * function.
 */

/** Blocks and inner loops in an order in which all edges but those to loop headers lead forward. */
export interface Sequence {
  /** The first block: an edge to it from within goes back. */
  readonly header: number;
  readonly isLoop: boolean;
  readonly items: readonly (number | Sequence)[];
}
export interface Layout {
  readonly root: Sequence;
  /** Blocks that an edge goes back to: bit n for block n. */
  readonly loopHeads: number;
  /** Blocks in an order in which edges lead forward, but those to loop heads. */
  readonly order: readonly number[];
  /** Per block: the successors that it may not branch to, as bits. */
  readonly cut: readonly number[];
}

/** Most blocks that `layOut` takes: a set of them is a word. */
export const MOST_BLOCKS = 31;

export const layOut = (successors: readonly (readonly number[])[]): Layout => {
  const count = successors.length;
  const cut = Array.from({ length: count }, () => 0);
  const { order, retreating } = depthFirst(successors);
  const rank = Array.from({ length: count }, () => 0);
  order.forEach((b, i) => (rank[b] = i));
  const dominators = dominatorsOf(successors, order);

  /** Per loop header: the blocks of its loop, else 0. */
  const loops = Array.from({ length: count }, () => 0);
  let loopHeads = 0;
  const back: [number, number][] = [];
  for (const [from, to] of retreating) {
    if ((dominators[from]! & (1 << to)) === 0) cut[from]! |= 1 << to;
    else {
      loopHeads |= 1 << to;
      back.push([from, to]);
    }
  }
  const predecessors = Array.from({ length: count }, () => 0);
  successors.forEach((list, from) => {
    for (const to of list) if ((cut[from]! & (1 << to)) === 0) predecessors[to]! |= 1 << from;
  });
  for (const [from, to] of back) {
    let body = loops[to]! | (1 << to);
    const work = [from];
    while (work.length > 0) {
      const b = work.pop()!;
      if ((body & (1 << b)) !== 0) continue;
      body |= 1 << b;
      for (let p = 0; p < count; p++) if ((predecessors[b]! & (1 << p)) !== 0) work.push(p);
    }
    loops[to] = body;
  }

  const sequence = (blocks: number, header: number): Sequence => {
    const inner = order.filter((b) => b !== header && (blocks & (1 << b)) !== 0 && loops[b] !== 0);
    const outermost = inner.filter(
      (b) => !inner.some((other) => other !== b && (loops[other]! & (1 << b)) !== 0),
    );
    let within = 0;
    for (const b of outermost) within |= loops[b]!;
    const items = order
      .filter((b) => (blocks & (1 << b)) !== 0)
      .filter((b) => (within & (1 << b)) === 0 || outermost.includes(b))
      .map((b) => (outermost.includes(b) ? sequence(loops[b]!, b) : b));
    return { header, isLoop: (loopHeads & (1 << header)) !== 0, items };
  };
  // All that the entry reaches. Blocks behind a loop of the entry itself are not part of that loop, but they
  // may stand in it: nothing leads back from them.
  return { root: sequence(2 ** count - 1, 0), loopHeads, order, cut };
};

/** Reverse postorder, and the edges to blocks that are still being visited. */
const depthFirst = (
  successors: readonly (readonly number[])[],
): { order: number[]; retreating: [number, number][] } => {
  const state = successors.map(() => 0);
  const postorder: number[] = [];
  const retreating: [number, number][] = [];
  const visit = (b: number): void => {
    state[b] = 1;
    for (const to of successors[b]!) {
      if (state[to] === 0) visit(to);
      else if (state[to] === 1) retreating.push([b, to]);
    }
    state[b] = 2;
    postorder.push(b);
  };
  visit(0);
  return { order: postorder.toReversed(), retreating };
};

/** Per block: the blocks that every way from the entry goes through, as bits. */
const dominatorsOf = (
  successors: readonly (readonly number[])[],
  order: readonly number[],
): number[] => {
  const predecessors: number[][] = successors.map(() => []);
  successors.forEach((list, from) => {
    for (const to of list) predecessors[to]!.push(from);
  });
  const dominators: number[] = successors.map((_, b) => (b === 0 ? 1 : -1));
  for (let changed = true; changed;) {
    changed = false;
    for (const b of order) {
      if (b === 0) continue;
      let common = -1;
      for (const p of predecessors[b]!) common &= dominators[p]!;
      const now = common | (1 << b);
      if (now === dominators[b]) continue;
      dominators[b] = now;
      changed = true;
    }
  }
  return dominators;
};
