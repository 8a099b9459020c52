/**
 * What of a block calls the machine. Most accesses do not: where their probe misses the interpreter begins their
 * instruction again, of which compiled code may have run a part.
 */
import type { Slot } from "../../arch/index.js";
import { slotsWritten, type Block, type Node } from "../../ir/index.js";
import { PSR_SLOTS } from "./psr-slots.js";

/** Nodes that call the machine, which may leave in the middle of the block. Some accesses do, too: RegionBlock.calls. */
export const callsOut = (node: Node): boolean => {
  switch (node.kind) {
    case "sysRead":
    case "sysWrite":
    case "writeCpsr":
    case "checkCoprocessor":
    case "trapCheck":
    case "hint":
      return true;
    default:
      return false;
  }
};

/**
 * The loads and stores of a block, as translated, whose instruction comes out otherwise when it is begun again: it
 * wrote before what it reads (the monitor of STREX), or did what shows.
 */
export const unrepeatable = ({ nodes, marks }: Block): ReadonlySet<number> => {
  const found = new Set<number>();
  marks.forEach((mark, n) => {
    const end = marks[n + 1]?.node ?? nodes.length;
    const own = nodes.slice(mark.node, end);
    if (!own.some(({ kind }) => kind === "load" || kind === "store")) return;
    const read = new Set<Slot>();
    for (const node of own) {
      if (node.kind === "get") read.add(node.slot);
      else if (node.kind === "readCpsr") for (const slot of PSR_SLOTS) read.add(slot);
    }
    let repeats = true;
    let loaded = false;
    let stored = false;
    own.forEach((node, i) => {
      switch (node.kind) {
        case "load":
        case "store":
          // What was loaded may be what was stored since.
          if (!repeats || (loaded && stored)) found.add(mark.node + i);
          if (node.kind === "load") loaded = true;
          else stored = true;
          return;
        // These let pass again what they let pass.
        case "trapCheck":
        case "checkCoprocessor":
          return;
        default: {
          const slots = slotsWritten(node);
          if (slots === "all" || slots.some((slot) => read.has(slot))) repeats = false;
        }
      }
    });
  });
  return found;
};
