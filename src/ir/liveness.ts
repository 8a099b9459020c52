/**
 * Dead code: stores to state that are overwritten before anything can see them, and pure ops whose
 * value nobody uses. Nodes that may fault or leave the block see all state.
 */
import { SLOT_COUNT, type Slot } from "../arch/index.js";
import { flagSlots } from "./builder.js";
import type { Block, Node, Value } from "./block.js";

/** Calls `visit` with each value that a node reads. Allocates nothing. */
export const eachOperand = <T>(
  node: Node,
  visit: (value: Value, context: T, index: number) => void,
  context: T,
  index: number,
): void => {
  switch (node.kind) {
    case "pure":
    case "flags":
      for (let n = 0; n < node.args.length; n++) visit(node.args[n]!, context, index);
      return;
    case "put":
    case "guard":
    case "writeCpsr":
      return visit(node.value, context, index);
    case "load":
      return visit(node.address, context, index);
    case "store":
      visit(node.address, context, index);
      return visit(node.value, context, index);
    case "sysWrite":
      visit(node.value, context, index);
      if (node.high !== undefined) visit(node.high, context, index);
      return;
    case "exitJump":
    case "exitExchange":
      return visit(node.target, context, index);
    case "exitReturn":
      visit(node.target, context, index);
      return visit(node.psr, context, index);
    default:
  }
};
/** Values that a node reads. */
export const operandsOf = (node: Node): readonly Value[] => {
  const found: Value[] = [];
  eachOperand(node, (value) => found.push(value), undefined, 0);
  return found;
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

/** Per slot: the scan that found it overwritten. A scan is a number of its own, so nothing is cleared. */
const overwritten = new Float64Array(SLOT_COUNT);
let scan = 0;
let scratch = new Uint8Array(1024);

const markLive = (value: Value, live: Uint8Array): void => {
  live[value] = 1;
};

/** For each node 1 where it has to be executed. The array is used anew by the next call, and may be longer. */
export const liveNodes = (block: Block): Uint8Array => {
  const { nodes } = block;
  if (scratch.length < nodes.length) scratch = new Uint8Array(nodes.length * 2);
  const live = scratch.fill(0, 0, nodes.length);
  scan++;
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    switch (node.kind) {
      case "const":
      case "pure":
        break;
      case "get":
        if (live[i] === 1) overwritten[node.slot] = 0;
        break;
      case "put":
        if (overwritten[node.slot] === scan) continue;
        live[i] = 1;
        overwritten[node.slot] = scan;
        break;
      case "flags": {
        const slots = flagSlots(node.op);
        for (const s of slots) if (overwritten[s] !== scan) live[i] = 1;
        if (live[i] === 1) for (const s of slots) overwritten[s] = scan;
        break;
      }
      default:
        // Sees all state: nothing before it is overwritten unseen.
        scan++;
        live[i] = 1;
    }
    if (live[i] === 1) eachOperand(node, markLive, live, i);
  }
  return live;
};
