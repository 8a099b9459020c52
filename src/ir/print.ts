/**
 * A block as text, for people and goldens: a line for each instruction's address and for each node. `%n` is the
 * value of node n; constants stand where they are used, and a guard has its nodes in braces.
 */
import { extract, SLOT_NAMES, SYSTEM_REGISTERS, type Slot } from "../arch/index.js";
import { ACCESS_BITS, accessSize } from "./access-word.js";
import type { Block, Node, Value } from "./block.js";
import { FLAG_OPS } from "./flag-ops.js";

/** Decimal for what is small, else hexadecimal of 32 bits. */
const numeral = (n: number): string =>
  n >= 0 && n < 10 ? String(n) : `0x${(n >>> 0).toString(16)}`;
const accessText = (access: number): string =>
  [
    String(accessSize(access)),
    ...(["aligned", "unprivileged", "exclusive"] as const).filter(
      (name) => extract(access, ACCESS_BITS[name]) === 1,
    ),
    ...(["alignment", "elements"] as const)
      .filter((name) => extract(access, ACCESS_BITS[name]) !== 0)
      .map((name) => `${name}:${extract(access, ACCESS_BITS[name])}`),
  ].join(".");

/** A node without its number; `value` writes an operand. */
const nodeText = (node: Node, value: (v: Value) => string): string => {
  const slot = (s: Slot | number): string => SLOT_NAMES[s]!;
  switch (node.kind) {
    case "const":
      return numeral(node.value);
    case "get":
      return slot(node.slot);
    case "put":
      return `${slot(node.slot)} <- ${value(node.value)}`;
    case "pure":
      return `${node.op} ${node.args.map(value).join(", ")}`;
    case "flags":
      return `${FLAG_OPS[node.op].writes.join(" ")} <- ${node.op} ${node.args.map(value).join(", ")}`;
    case "load":
      return `load.${accessText(node.access)} ${value(node.address)}`;
    case "store":
      return `store.${accessText(node.access)} ${value(node.address)}, ${value(node.value)}`;
    case "guard":
      return `${node.invert ? "unless" : "if"} ${value(node.value)} {`;
    case "sysRead":
      return `sysRead${node.wide ? ".wide" : ""} ${SYSTEM_REGISTERS[node.register]!.name}`;
    case "sysWrite": {
      const words = node.high === undefined ? [node.value] : [node.value, node.high];
      return `sysWrite ${SYSTEM_REGISTERS[node.register]!.name}, ${words.map(value).join(", ")}`;
    }
    case "readCpsr":
    case "sysReadHigh":
      return node.kind;
    case "writeCpsr":
      return `writeCpsr ${value(node.value)}, bytes:${node.byteMask}`;
    case "checkCoprocessor":
      return `checkCoprocessor ${node.coprocessor}${node.advancedSimd ? ".simd" : ""}`;
    case "vector": {
      const [d, n, m, imm] = node.operands;
      return `${node.op} ${[d, n, m].map(slot).join(", ")}, ${numeral(imm)}`;
    }
    case "hint":
      return `hint ${node.hint}`;
    case "trapCheck":
      return `trapCheck ${node.trap}`;
    case "exitGoto":
    case "exitDispatch":
      return `${node.kind} ${numeral(node.target)}`;
    case "exitJump":
    case "exitExchange":
      return `${node.kind} ${value(node.target)}`;
    case "exitReturn":
      return `exitReturn ${value(node.target)}, ${value(node.psr)}`;
    case "exitException":
      return `exitException ${node.exception} ${numeral(node.immediate)}`;
    case "exitStop":
      return `exitStop ${node.reason}: ${node.what}`;
  }
};
const VALUED: ReadonlySet<Node["kind"]> = new Set([
  "get",
  "pure",
  "load",
  "readCpsr",
  "sysRead",
  "sysReadHigh",
]);

/** Lines of a block. */
export const printBlock = ({ nodes, marks }: Block): string[] => {
  const lines: string[] = [];
  const ends: number[] = [];
  const indent = (): string => "  ".repeat(ends.length + 1);
  const value = (v: Value): string => {
    const node = nodes[v]!;
    return node.kind === "const" ? numeral(node.value) : `%${v}`;
  };
  nodes.forEach((node, i) => {
    while (ends.at(-1)! <= i) {
      ends.pop();
      lines.push(`${indent()}}`);
    }
    for (const mark of marks) if (mark.node === i) lines.push(`${numeral(mark.pc)}:`);
    if (node.kind === "const") return;
    const text = nodeText(node, value);
    lines.push(`${indent()}${VALUED.has(node.kind) ? `%${i} = ` : ""}${text}`);
    if (node.kind === "guard") ends.push(node.end);
  });
  while (ends.length > 0) {
    ends.pop();
    lines.push(`${indent()}}`);
  }
  return lines;
};
