/**
 * Dead code: stores to state that are overwritten before anything can see them, and pure ops whose
 * value nobody uses. Nodes that may fault or leave the block see all state.
 */
import { SLOT_COUNT, type Slot } from "../arch/index.js";
import { flagSlots } from "./builder.js";
import type { Block, Node, Value } from "./block.js";

/** Values that a node reads. */
export const operandsOf = (node: Node): readonly Value[] => {
  switch (node.kind) {
    case "pure":
    case "flags":
      return node.args;
    case "put":
    case "guard":
    case "writeCpsr":
      return [node.value];
    case "load":
      return [node.address];
    case "store":
      return [node.address, node.value];
    case "sysWrite":
      return node.high === undefined ? [node.value] : [node.value, node.high];
    case "exitJump":
    case "exitExchange":
      return [node.target];
    case "exitReturn":
      return [node.target, node.psr];
    default:
      return [];
  }
};

/** Slots that a node writes; "all" for nodes that hand control to the machine. */
export const slotsWritten = (node: Node): readonly Slot[] | "all" => {
  switch (node.kind) {
    case "put":
      return [node.slot];
    case "flags":
      return flagSlots(node.op);
    case "sysRead":
    case "sysWrite":
    case "writeCpsr":
    case "trapCheck":
    case "checkCoprocessor":
    case "hint":
    // The register file and FPSCR: few blocks mix them with other state.
    case "vector":
      return "all";
    default:
      return [];
  }
};

/** Whether all state must be as the program says when the node runs. */
export const seesAllState = (node: Node): boolean =>
  node.kind !== "const" &&
  node.kind !== "pure" &&
  node.kind !== "flags" &&
  node.kind !== "get" &&
  node.kind !== "put";

/** Per slot: the scan that found it overwritten. A scan is a number of its own, so nothing is cleared. */
const overwritten = new Float64Array(SLOT_COUNT);
let scan = 0;

/** For each node, whether it has to be executed. */
export const liveNodes = (block: Block): boolean[] => {
  const { nodes } = block;
  const live: boolean[] = Array.from({ length: nodes.length }, () => false);
  scan++;
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    if (seesAllState(node)) {
      scan++;
      live[i] = true;
    } else if (node.kind === "put") {
      if (overwritten[node.slot] === scan) continue;
      live[i] = true;
      overwritten[node.slot] = scan;
    } else if (node.kind === "flags") {
      const slots = flagSlots(node.op);
      for (const s of slots) if (overwritten[s] !== scan) live[i] = true;
      if (live[i]) for (const s of slots) overwritten[s] = scan;
    } else if (node.kind === "get" && live[i]) {
      overwritten[node.slot] = 0;
    }
    if (live[i]) for (const v of operandsOf(node)) live[v] = true;
  }
  return live;
};
