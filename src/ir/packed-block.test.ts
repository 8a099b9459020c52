import { expect, test } from "vitest";
import { MODE, SLOT } from "../arch/index.js";
import {
  addWithCarry,
  IrBuilder,
  PackedBlock,
  packedOf,
  setNzcv,
  type Block,
  type Value,
} from "./index.js";

const STATE = { thumb: false, it: 0, bigEndian: false, mode: MODE.svc };

/** A block with a node of every kind that has a packed form of its own. */
const write = (ir: IrBuilder): PackedBlock => {
  ir.beginInstruction(0x8000, 4, 0);
  const a = ir.reg(1);
  ir.when(ir.flag("Z"), () => ir.setReg(2, ir.select(a, ir.not(a), ir.const(-5))));
  setNzcv(ir, addWithCarry(ir, a, ir.reg(3), ir.flag("C")));
  ir.store(ir.add(a, ir.const(4)), 2, ir.load(a, 4, { aligned: true }));
  ir.syndrome(0x1230000);
  ir.beginInstruction(0x8004, 2, 8);
  ir.writeCpsr(ir.readCpsr(), 9);
  const { low, high } = ir.sysReadWide(0);
  ir.sysWrite(1, low, high);
  ir.sysWrite(1, ir.sysRead(2));
  ir.vector("vtrn", 1, 2, 3, 4);
  ir.hint("wfe");
  ir.unless(low, () => ir.exception("svc", 3));
  ir.unless(high, () => ir.exceptionReturn(a, high));
  ir.unless(a, () => ir.bxWritePC(a));
  ir.goOn(0xc000_8008, false);
  return ir.block;
};
const plain = ({ pc, nodes, marks }: Block): Block => ({ pc, nodes, marks });

test("a block has the same nodes from words as from nodes that are packed", () => {
  const block = write(new IrBuilder(STATE, "cortex-a15", 0x8000));
  const words = packedOf(block);
  const head = words.words.slice(0, words.count * 4);
  const { nodes } = block;
  expect(nodes.at(-1)).toEqual({ kind: "exitDispatch", target: 0xc000_8008 });
  expect(nodes[0]).toEqual({ kind: "get", slot: SLOT.PC - 14 });
  expect(block.marks).toEqual([
    { node: 0, pc: 0x8000, size: 4, it: 0, syndrome: 0x1230000 },
    { node: expect.any(Number), pc: 0x8004, size: 2, it: 8, syndrome: 0 },
  ]);
  const again = packedOf(plain(block));
  expect(again.words.slice(0, again.count * 4)).toEqual(head);
  expect(plain(new PackedBlock(again))).toEqual(plain(block));
});

test("a block stays what it is when its builder begins another one", () => {
  const ir = new IrBuilder(STATE, "cortex-a15", 0x8000);
  const expected = plain(write(ir));
  ir.begin(STATE, "cortex-a15", 0x8000);
  const block = write(ir);
  ir.begin(STATE, "cortex-a15", 0x9000);
  ir.beginInstruction(0x9000, 4, 0);
  ir.stop("unmodelled", "something else");
  expect(plain(block)).toEqual(expected);
});

test("a block that was given up has no nodes any more, one that has become objects has", () => {
  const block = write(new IrBuilder(STATE, "cortex-a15", 0x8000));
  block.giveUp();
  expect(() => block.nodes).toThrow("given up");
  const kept = write(new IrBuilder(STATE, "cortex-a15", 0x8000));
  const { length } = kept.nodes;
  kept.giveUp();
  expect(kept.nodes.length).toBe(length);
});

test("constants that were made inside a guard are made again behind it", () => {
  const ir = new IrBuilder(STATE, "cortex-a15", 0x8000);
  const made: Value[] = [];
  made.push(ir.const(1));
  ir.when(ir.reg(0), () => made.push(ir.const(1), ir.const(2)));
  made.push(ir.const(2), ir.const(2));
  expect(made.map((v) => made.indexOf(v))).toEqual([0, 0, 2, 3, 3]);
});
