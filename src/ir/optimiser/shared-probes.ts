/**
 * Accesses that lie beside each other can share a probe of the TLB: they have the same base, are of the same
 * direction, and nothing between them changes how memory is seen.
 */
import { extract } from "../../arch/index.js";
import { ACCESS_BITS } from "../access-word.js";
import type { Block, Value } from "../block.js";

/** Bytes that the accesses of a group span at most. */
const MOST_SPAN = 256;

/** Accesses that one probe serves: of `span` bytes from `base` + `low` on. */
export interface ProbeGroup {
  readonly base: Value;
  low: number;
  span: number;
  /** Bytes that `base` + `low` has to be a multiple of. */
  alignment: number;
  readonly members: number[];
}
/** A value as a base and a constant. */
export const baseAndOffset = ({ nodes }: Block, value: Value): { base: Value; offset: number } => {
  const node = nodes[value]!;
  if (node.kind === "pure" && node.op === "add") {
    const [base, amount] = node.args;
    const constant = nodes[amount!]!;
    if (constant.kind === "const") return { base: base!, offset: constant.value };
  }
  return { base: value, offset: 0 };
};

/**
 * For each access: the group that shares its probe, which may be itself alone. An access within a guard may share what
 * was probed before the guard; what is probed within it is not known behind it.
 */
export const shareProbes = (block: Block): ReadonlyMap<number, ProbeGroup> => {
  const found = new Map<number, ProbeGroup>();
  let open = new Map<string, ProbeGroup>();
  const guards: { readonly end: number; outer: Map<string, ProbeGroup> }[] = [];
  block.nodes.forEach((node, i) => {
    while (guards.length > 0 && guards.at(-1)!.end <= i) open = guards.pop()!.outer;
    switch (node.kind) {
      case "guard":
        guards.push({ end: node.end, outer: open });
        open = new Map(open);
        return;
      case "load":
      case "store": {
        const { base, offset } = baseAndOffset(block, node.address);
        const size = 1 << extract(node.access, ACCESS_BITS.size);
        const alignment = Math.max(size, 1 << extract(node.access, ACCESS_BITS.alignment));
        const unprivileged = extract(node.access, ACCESS_BITS.unprivileged);
        const key = `${node.kind} ${unprivileged} ${base}`;
        const group = open.get(key);
        if (group !== undefined && widen(group, offset, size, alignment)) {
          group.members.push(i);
          found.set(i, group);
          return;
        }
        const made = { base, low: offset, span: size, alignment, members: [i] };
        open.set(key, made);
        found.set(i, made);
        return;
      }
      case "sysRead":
      case "sysWrite":
      case "writeCpsr":
      case "hint":
      case "trapCheck":
      case "checkCoprocessor":
        open = new Map();
        for (const guard of guards) guard.outer = new Map();
        return;
      default:
    }
  });
  return found;
};
/** Makes a group reach more bytes, unless that would make it too wide or leave its alignment open: then it gives false. */
export const widen = (
  group: Pick<ProbeGroup, "low" | "span" | "alignment">,
  offset: number,
  size: number,
  alignment: number,
): boolean => {
  const low = Math.min(group.low, offset);
  const high = Math.max(group.low + group.span, offset + size);
  const most = Math.max(group.alignment, alignment);
  if (high - low > MOST_SPAN) return false;
  // An aligned start has to say the same of every member.
  if ((group.low - low) % group.alignment !== 0 || (offset - low) % alignment !== 0) return false;
  group.low = low;
  group.span = high - low;
  group.alignment = most;
  return true;
};
