/**
 * Dead code: stores to state that are overwritten before anything can see them, and pure ops whose
 * value nobody uses. Nodes that may fault or leave the block see all state.
 */
import { SLOT_COUNT, type Slot } from "../arch/index.js";
import type { Block, Node, Value } from "./block.js";
import { flagSlots } from "./flag-ops.js";
import {
  FLAG_NAMES,
  kindOf,
  NODE,
  NODE_WORDS,
  operandCount,
  opOf,
  packedOf,
  type OtherNode,
  type Packed,
} from "./packed-block.js";

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

/** Whether a packed node of a kind writes slots that only the machine knows: see slotsWritten. */
export const writesAll = (kind: number, other: OtherNode | undefined): boolean => {
  switch (kind) {
    case NODE.sysRead:
    case NODE.sysWrite:
    case NODE.writeCpsr:
      return true;
    case NODE.other:
      return slotsWritten(other!) === "all";
    default:
      return false;
  }
};

/** Per slot: the scan that found it overwritten. A scan is a number of its own, so nothing is cleared. */
const overwritten = new Float64Array(SLOT_COUNT);
let scan = 0;
/** Per slot: the first write of it behind the scan's node, and the number of the block's first scan. */
const written = new Int32Array(SLOT_COUNT);
const writtenIn = new Float64Array(SLOT_COUNT);

/** What Uses has of a value that no live node uses. */
export const UNUSED = -1;
/** Where values are used: arrays by node, used anew by the next call of `usesOf`, and longer than the block. */
export interface Uses {
  /** 1 where a node has to be executed. */
  live: Uint8Array;
  /** First and last live node that has the value as an operand, or UNUSED. */
  first: Int32Array;
  last: Int32Array;
  /** Of a get or put that is live: the next live node that writes its slot, or the number of nodes. */
  nextWrite: Int32Array;
}
const uses: Uses = {
  live: new Uint8Array(1024),
  first: new Int32Array(1024),
  last: new Int32Array(1024),
  nextWrite: new Int32Array(1024),
};

/** Which nodes of a block have to be executed, and where their values are used. */
export const usesOf = ({ words, count, others }: Packed): Uses => {
  if (uses.live.length < count) {
    uses.live = new Uint8Array(count * 2);
    uses.first = new Int32Array(count * 2);
    uses.last = new Int32Array(count * 2);
    uses.nextWrite = new Int32Array(count * 2);
  }
  const { live, first, last, nextWrite } = uses;
  last.fill(UNUSED, 0, count);
  const block = ++scan;
  /** The next node that writes all. */
  let all = count;
  for (let i = count - 1, p = i * NODE_WORDS; i >= 0; i--, p -= NODE_WORDS) {
    const head = words[p]!;
    const kind = kindOf(head);
    // What uses a value stands behind it.
    let needed = last[i] !== UNUSED;
    switch (kind) {
      case NODE.const:
      case NODE.pure:
        break;
      case NODE.get:
        if (needed) {
          const slot = words[p + 1]!;
          overwritten[slot] = 0;
          nextWrite[i] = writtenIn[slot] === block && written[slot]! < all ? written[slot]! : all;
        }
        break;
      case NODE.put: {
        const slot = words[p + 2]!;
        if (overwritten[slot] === scan) break;
        needed = true;
        overwritten[slot] = scan;
        nextWrite[i] = writtenIn[slot] === block && written[slot]! < all ? written[slot]! : all;
        written[slot] = i;
        writtenIn[slot] = block;
        break;
      }
      case NODE.flags: {
        const slots = FLAG_SLOTS[opOf(head)]!;
        for (let n = 0; n < slots.length; n++) if (overwritten[slots[n]!] !== scan) needed = true;
        if (!needed) break;
        for (let n = 0; n < slots.length; n++) {
          const slot = slots[n]!;
          overwritten[slot] = scan;
          written[slot] = i;
          writtenIn[slot] = block;
        }
        break;
      }
      default:
        // Sees all state: nothing before it is overwritten unseen.
        scan++;
        needed = true;
        if (writesAll(kind, kind === NODE.other ? others[words[p + 1]!] : undefined)) all = i;
    }
    live[i] = needed ? 1 : 0;
    if (!needed) continue;
    for (let n = operandCount(head); n > 0; n--) {
      const v = words[p + n]!;
      first[v] = i;
      if (last[v] === UNUSED) last[v] = i;
    }
  }
  return uses;
};
const FLAG_SLOTS = FLAG_NAMES.map(flagSlots);

/** For each node 1 where it has to be executed. The array is used anew by the next call, and may be longer. */
export const liveNodes = (block: Block): Uint8Array => usesOf(packedOf(block)).live;
