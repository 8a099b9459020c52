import fc from "fast-check";
import { expect, test } from "vitest";
import { layOut, type Sequence } from "./layout.js";

const SEED = 411;
const graph = fc
  .integer({ min: 1, max: 16 })
  .chain((count) =>
    fc.array(fc.array(fc.integer({ min: 0, max: count - 1 }), { maxLength: 3 }), {
      minLength: count,
      maxLength: count,
    }),
  )
  // Regions hold what their entry reaches.
  .map((lists) => reachable(lists.map((list) => [...new Set(list)])));
const reachable = (lists: readonly number[][]): number[][] => {
  const names = new Map([[0, 0]]);
  const found = [0];
  for (let i = 0; i < found.length; i++) {
    for (const to of lists[found[i]!]!) {
      if (names.has(to)) continue;
      names.set(to, found.length);
      found.push(to);
    }
  }
  return found.map((b) => lists[b]!.map((to) => names.get(to)!));
};

/** Blocks that a block may branch to, as the code is nested: loop heads around it, and what stands behind it. */
const branches = (s: Sequence, outer: readonly number[], out: Map<number, Set<number>>): void => {
  const heads = s.items.map((item) => (typeof item === "number" ? item : item.header));
  s.items.forEach((item, i) => {
    const seen = [...outer, ...(s.isLoop ? [s.header] : []), ...heads.slice(i + 1)];
    if (typeof item === "number") out.set(item, new Set(seen));
    else branches(item, seen, out);
  });
};

test(`every edge that is not cut has a label to branch to (seed ${SEED})`, () => {
  fc.assert(
    fc.property(graph, (successors) => {
      const { root, cut } = layOut(successors);
      const may = new Map<number, Set<number>>();
      branches(root, [], may);
      expect([...may.keys()].toSorted((a, b) => a - b)).toEqual(successors.map((_, i) => i));
      successors.forEach((list, from) => {
        for (const to of list)
          if ((cut[from]! & (1 << to)) === 0) expect(may.get(from)!.has(to)).toBe(true);
      });
    }),
    { seed: SEED, numRuns: 2000 },
  );
});
test("an edge into the middle of a loop is cut, one back to its head is not", () => {
  // 0 goes to both blocks of a loop that has no head of its own.
  const { cut, loopHeads } = layOut([[1, 2], [2], [1]]);
  expect(cut.filter((bits) => bits !== 0)).toHaveLength(1);
  expect(loopHeads).toBe(0);
  const { cut: none, loopHeads: head } = layOut([[1], [2], [1, 3], []]);
  expect(none).toEqual([0, 0, 0, 0]);
  expect(head).toBe(1 << 1);
});
