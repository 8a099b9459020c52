/**
 * Entries of functions on our machine, told of without a debugger: blocks end before a watched address, and
 * a block that begins at one begins with a call into the machine. Nothing else of the run changes.
 */
import type { Block, BlockSource, Node, Value } from "../../src/ir/index.js";
import type { Cpu } from "../../src/machine/index.js";

/** Behind it stands the address. */
const TRAP = "entry of a watched function at ";

const shifted = (node: Node): Node => {
  const v = (value: Value): Value => (value + 1) as Value;
  switch (node.kind) {
    case "pure":
    case "flags":
      return { ...node, args: node.args.map((a) => v(a)) };
    case "put":
    case "writeCpsr":
      return { ...node, value: v(node.value) };
    case "load":
      return { ...node, address: v(node.address) };
    case "store":
      return { ...node, address: v(node.address), value: v(node.value) };
    case "guard":
      return { ...node, value: v(node.value), end: node.end + 1 };
    case "sysWrite":
      return {
        ...node,
        value: v(node.value),
        ...(node.high !== undefined && { high: v(node.high) }),
      };
    case "exitJump":
    case "exitExchange":
      return { ...node, target: v(node.target) };
    case "exitReturn":
      return { ...node, target: v(node.target), psr: v(node.psr) };
    default:
      return node;
  }
};
const withCall = (block: Block): Block => ({
  pc: block.pc,
  nodes: [
    { kind: "trapCheck", trap: `${TRAP}${block.pc >>> 0}` },
    ...block.nodes.map((node) => shifted(node)),
  ],
  marks: block.marks.map((mark, n) => (n === 0 ? mark : { ...mark, node: mark.node + 1 })),
});

/** Calls `entered` before each instruction at one of the addresses runs. To be called before the first. */
export const watchEntries = (
  cpu: Cpu,
  addresses: ReadonlySet<number>,
  entered: (address: number) => void,
): void => {
  const translate = cpu.translate.bind(cpu);
  const trapCheck = cpu.trapCheck.bind(cpu);
  cpu.translate = (pc, key, limit): BlockSource | undefined => {
    let source = translate(pc, key, limit);
    if (source === undefined) return undefined;
    const inside = source.block.marks.findIndex((mark, n) => n > 0 && addresses.has(mark.pc >>> 0));
    if (inside > 0) source = translate(pc, key, inside)!;
    if (!addresses.has(pc >>> 0)) return source;
    return { ...source, block: withCall(source.block) };
  };
  cpu.trapCheck = (trap) => {
    if (trap.startsWith(TRAP)) entered(Number(trap.slice(TRAP.length)));
    else trapCheck(trap);
  };
};
