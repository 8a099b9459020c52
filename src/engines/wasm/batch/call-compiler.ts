/**
 * The code of a call, from the host's HVC to where control ends, as one function over a frame in memory. Its
 * blocks may be of several modes and pages: exception entry and return to HYP mode are part of it, by the
 * sequences of arch/. Whatever else needs the machine makes it give the case back.
 */
import { cpsrReadByInstruction, SLOT, writeCpsrBytes } from "../../../arch/index.js";
import { FLAG_OPS, liveNodes, type Node } from "../../../ir/index.js";
import { OP, type FunctionBody } from "../../module/encoder.js";
import { BR_TABLE, type Operand } from "./batch-code.js";
import { LEFT } from "./batch-layout.js";
import { isSelfLoop, type CallBlock } from "./call-block.js";
import { compileDispatch } from "./call-dispatch.js";
import { compileExit, compileSelfLoop } from "./call-exits.js";
import { CallWriter, LOCAL } from "./call-writer.js";
import { CONTEXT, type BatchHost, type BatchPlan } from "./host.js";
import { compileAccess } from "./page-access.js";
import { missCode } from "./page-miss.js";
import { readSystem, writeSystem } from "./system-words.js";

const writeCpsr = (c: CallWriter, value: Operand, byteMask: number): void => {
  const { code } = c;
  const privileged = c.mode.pl !== 0;
  if (privileged && (byteMask & 1) !== 0) {
    code.push(code.and(value, code.const(31)));
    c.code.f.const(c.mode.encoding);
    c.code.f.byte(OP.ne);
    code.when(() => c.leave(LEFT.machine));
  }
  writeCpsrBytes(code, value, byteMask, privileged);
};
/** The value of a node, where it has one. */
const compileNode = (c: CallWriter, node: Node): Operand | undefined => {
  const { code } = c;
  const inHyp = c.mode.pl === 2;
  switch (node.kind) {
    case "const":
      return undefined;
    case "get":
      return code.get(node.slot);
    case "put":
      code.put(node.slot, c.operand(node.value));
      return undefined;
    case "pure":
      return code.pure(
        node.op,
        node.args.map((v) => c.operand(v)),
      );
    case "flags": {
      const values = FLAG_OPS[node.op].expand<Operand>(
        (op, ...args) => code.pure(op, args),
        (constant) => ({ constant }),
        ...node.args.map((v) => c.operand(v)),
      );
      for (const [flag, value] of Object.entries(values))
        code.put(SLOT[flag as "N" | "Z" | "C" | "V"], value);
      return undefined;
    }
    case "load":
      return compileAccess(c, node.address, undefined, node.access);
    case "store":
      return compileAccess(c, node.address, node.value, node.access);
    case "readCpsr":
      return cpsrReadByInstruction(code);
    case "writeCpsr":
      writeCpsr(c, c.operand(node.value), node.byteMask);
      return undefined;
    case "sysRead":
      if (inHyp) return readSystem(c, node.register, node.wide);
      break;
    case "sysReadHigh":
      c.code.f.get(LOCAL.high);
      return code.taken();
    case "sysWrite":
      if (inHyp) {
        writeSystem(c, node);
        return undefined;
      }
      break;
    case "hint":
    case "trapCheck":
    case "checkCoprocessor":
      if (inHyp && c.host.doesNothing(node)) return undefined;
      break;
    case "exitGoto":
    case "exitDispatch":
    case "exitJump":
    case "exitExchange":
    case "exitReturn":
    case "exitException":
      compileExit(c, node);
      return undefined;
    default:
  }
  c.leave(LEFT.machine);
  // Code behind it is never reached, but it may ask for the value.
  return { constant: 0 };
};
const compileBlock = (c: CallWriter, at: CallBlock): void => {
  const { code } = c;
  const { f } = code;
  const { nodes, marks } = at.block;
  c.begin(at);
  if (isSelfLoop(at)) return compileSelfLoop(c);
  c.charge(marks.length);
  const live = liveNodes(at.block);
  const guards: number[] = [];
  let mark = -1;
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!;
    while (guards.length > 0 && guards.at(-1)! <= i) {
      guards.pop();
      code.close();
    }
    while (mark + 1 < marks.length && marks[mark + 1]!.node <= i) mark++;
    c.mark = marks[Math.max(0, mark)]!;
    if (!live[i]) continue;
    if (node.kind === "guard") {
      code.open(OP.block, "");
      code.push(c.operand(node.value));
      if (!node.invert) f.byte(OP.eqz);
      code.branch("", OP.brIf);
      guards.push(node.end);
    } else c.places[i] = compileNode(c, node);
  }
  while (guards.length > 0) {
    guards.pop();
    code.close();
  }
  f.byte(OP.unreachable);
};

const callCode = (blocks: readonly CallBlock[], plan: BatchPlan, host: BatchHost): FunctionBody => {
  const c = new CallWriter(blocks, plan, host);
  const { code } = c;
  const { f } = code;
  f.const(CONTEXT.hyp);
  f.set(LOCAL.hypContext);
  code.open(OP.loop, "top");
  code.open(OP.block, "dispatch");
  for (let i = blocks.length - 1; i >= 0; i--) code.open(OP.block, `b${i}`);
  f.get(LOCAL.index);
  f.byte(BR_TABLE);
  f.leb(blocks.length - 1);
  for (let i = 0; i < blocks.length; i++) f.leb(i);
  for (const block of blocks) {
    code.close();
    compileBlock(c, block);
  }
  code.close();
  compileDispatch(c);
  code.close();
  f.byte(OP.unreachable);
  return f;
};

/** Functions of the module of a call: the first runs it. Block 0 is where it begins. */
export const compileCall = (
  blocks: readonly CallBlock[],
  plan: BatchPlan,
  host: BatchHost,
): FunctionBody[] => [callCode(blocks, plan, host), missCode()];
