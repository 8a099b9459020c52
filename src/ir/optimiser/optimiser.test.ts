/** Each rule by itself: what it makes of a block, and that a block with it does what it did without. */
import { expect, test } from "vitest";
import { MODE, registerSlot, SLOT } from "../../arch/index.js";
import { addWithCarry, setNzcv } from "../arithmetic.js";
import type { Block, Node, Value } from "../block.js";
import { IrBuilder } from "../builder.js";
import { CONCRETE } from "../concrete.js";
import { FLAG_OPS } from "../flag-ops.js";
import { PURE_OPS, type PureOpName } from "../pure-ops.js";
import {
  ALL_OPTIMISATIONS,
  optimise,
  shareProbes,
  type Optimisation,
  type ProbeGroup,
} from "./index.js";

const R = (n: number) => registerSlot(n, MODE.svc);
const blockOf = (body: (ir: IrBuilder) => void): Block => {
  const state = { thumb: false, it: 0, bigEndian: false, mode: MODE.svc };
  const ir = new IrBuilder(state, "cortex-a15", 0x8000);
  ir.beginInstruction(0x8000, 4, 0);
  body(ir);
  ir.branchTo(0x9000);
  return ir.block;
};
/** Groups of more than one access. */
const sharedIn = (block: Block): ProbeGroup[] =>
  [...new Set(shareProbes(block).values())].filter(({ members }) => members.length > 1);
const none = { literal: () => undefined };
const rewritten = (block: Block, ...rules: Optimisation[]): Block =>
  optimise(block, new Set(rules), none).block;
const count = (block: Block, what: (node: Node) => boolean): number =>
  block.nodes.filter(what).length;
const pures = (block: Block, op?: PureOpName): number =>
  count(block, (n) => n.kind === "pure" && (op === undefined || n.op === op));

/** Runs a block on slots: what is stored, and the slots afterwards. */
const run = (
  block: Block,
  slots: Map<number, number>,
): { slots: [number, number][]; out: string } => {
  const s = new Map(slots);
  const values: number[] = [];
  const out: string[] = [];
  const v = (x: Value): number => values[x]!;
  for (let i = 0; i < block.nodes.length; i++) {
    const node = block.nodes[i]!;
    values[i] = 0;
    if (node.kind === "const") values[i] = node.value;
    else if (node.kind === "get") values[i] = s.get(node.slot) ?? 0;
    else if (node.kind === "put") s.set(node.slot, v(node.value));
    else if (node.kind === "pure") {
      const [a = 0, b = 0, c = 0] = node.args.map(v);
      values[i] = CONCRETE[node.op](a, b, c);
    } else if (node.kind === "flags") {
      const set = FLAG_OPS[node.op].expand<number>(
        (op, a = 0, b = 0, c = 0) => CONCRETE[op](a, b, c),
        (n) => n,
        ...node.args.map(v),
      );
      for (const [flag, value] of Object.entries(set)) s.set(SLOT[flag as "N"], value);
    } else if (node.kind === "guard") {
      if ((v(node.value) !== 0) === node.invert) i = node.end - 1;
    } else if (node.kind === "load") values[i] = v(node.address) ^ 0x5a5a5a5a;
    else if (node.kind === "store") out.push(`${v(node.address)}: ${v(node.value)}`);
    else if (node.kind === "exitGoto") {
      out.push(`to ${node.target}`);
      break;
    } else throw new Error(node.kind);
  }
  return { slots: [...s].toSorted(([a], [b]) => a - b), out: out.join() };
};

test("constants: an op of constants that became known in the block is a constant", () => {
  const block = blockOf((ir) => {
    ir.setReg(0, ir.const(0x1234));
    ir.setReg(0, ir.or(ir.reg(0), ir.const(0x560000)));
  });
  expect(pures(rewritten(block, "forwarding", "constants"))).toBe(0);
  expect(pures(rewritten(block, "forwarding"))).toBe(1);
});
test("identities: what a known operand makes of an op", () => {
  const block = blockOf((ir) => {
    ir.setReg(1, ir.reg(0));
    ir.setReg(2, ir.xor(ir.reg(0), ir.reg(1)));
  });
  expect(pures(rewritten(block, "forwarding", "identities"))).toBe(0);
  expect(pures(rewritten(block, "forwarding"))).toBe(1);
});
test("sums: what is added in steps is added at once", () => {
  const block = blockOf((ir) => {
    for (let i = 0; i < 4; i++) ir.setReg(0, ir.add(ir.reg(0), ir.const(4)));
    ir.setReg(1, ir.sub(ir.reg(0), ir.const(6)));
  });
  const made = rewritten(block, "forwarding", "sums");
  const last = made.nodes.findLast((n) => n.kind === "pure")!;
  expect(last.kind === "pure" && made.nodes[last.args[1]!]).toEqual({ kind: "const", value: 10 });
});
test("comparisons: after a compare the conditions are <, <= and unsigned >", () => {
  for (const [cond, op] of [
    [11, "ltSigned"],
    [13, "leSigned"],
    [8, "ltUnsigned"],
  ] as const) {
    const block = blockOf((ir) => {
      setNzcv(ir, addWithCarry(ir, ir.reg(0), ir.not(ir.reg(1)), ir.const(1)));
      ir.ifCondition(cond, () => ir.store(ir.reg(2), 4, ir.reg(3)));
    });
    const rules = ["forwarding", "flags", "identities", "common-subexpressions"] as const;
    expect(pures(rewritten(block, ...rules), op)).toBe(0);
    expect(pures(rewritten(block, ...rules, "comparisons"), op)).toBe(1);
  }
});
test("forwarding: a register is read once, and not after it was written", () => {
  const block = blockOf((ir) => {
    ir.setReg(1, ir.add(ir.reg(0), ir.reg(0)));
    ir.setReg(2, ir.add(ir.reg(1), ir.reg(0)));
  });
  expect(count(rewritten(block, "forwarding"), (n) => n.kind === "get")).toBe(1);
  expect(count(rewritten(block), (n) => n.kind === "get")).toBe(4);
});
test("forwarding: behind a guard nothing is known that its body wrote", () => {
  const block = blockOf((ir) => {
    ir.setReg(0, ir.const(1));
    ir.when(ir.reg(5), () => ir.setReg(0, ir.const(2)));
    ir.setReg(1, ir.reg(0));
  });
  const made = rewritten(block, "forwarding", "constants");
  expect(made.nodes.some((n) => n.kind === "get" && n.slot === R(0))).toBe(true);
});
test("flags: a flag that was set in the block is worked out, not read", () => {
  const block = blockOf((ir) => {
    ir.setNz(ir.reg(0));
    ir.ifCondition(0, () => ir.setReg(1, ir.const(7)));
  });
  const reads = (b: Block): number => count(b, (n) => n.kind === "get" && n.slot === SLOT.Z);
  expect(reads(rewritten(block, "flags"))).toBe(0);
  expect(reads(rewritten(block))).toBe(1);
});
test("common subexpressions: the same op of the same values is done once", () => {
  const block = blockOf((ir) => {
    ir.setReg(1, ir.mul(ir.reg(0), ir.reg(3)));
    ir.setReg(2, ir.mul(ir.reg(0), ir.reg(3)));
  });
  expect(pures(rewritten(block, "forwarding", "common-subexpressions"), "mul")).toBe(1);
  expect(pures(rewritten(block, "forwarding"), "mul")).toBe(2);
});
test("selects: a conditional move selects, a conditional store stays a jump", () => {
  const block = blockOf((ir) => {
    ir.when(ir.flag("Z"), () => ir.setReg(1, ir.reg(2)));
    ir.when(ir.flag("C"), () => ir.store(ir.reg(1), 4, ir.reg(2)));
  });
  const made = rewritten(block, "selects");
  expect(count(made, (n) => n.kind === "guard")).toBe(1);
  expect(pures(made, "select")).toBe(1);
});
test("literals: a load of a known word is a constant, unless the block stored before it", () => {
  const block = (stores: boolean): Block =>
    blockOf((ir) => {
      if (stores) ir.store(ir.reg(0), 4, ir.reg(1));
      ir.setReg(2, ir.load(ir.const(0x8010), 4));
    });
  const loads = (b: Block): number =>
    count(
      optimise(b, new Set<Optimisation>(["literals"]), {
        literal: (address) => (address === 0x8010 ? 99 : undefined),
      }).block,
      (n) => n.kind === "load",
    );
  expect(loads(block(false))).toBe(0);
  expect(loads(block(true))).toBe(1);
});
test("dead stores: what is overwritten before anything can see it is not written", () => {
  const block = blockOf((ir) => {
    ir.setReg(0, ir.reg(1));
    ir.setReg(0, ir.reg(2));
  });
  expect(count(rewritten(block, "dead-stores"), (n) => n.kind === "put")).toBe(1);
});
test("probe sharing: neighbours of a base share, what lies too far or is of the other direction does not", () => {
  const block = blockOf((ir) => {
    const base = ir.reg(0);
    for (const offset of [8, 0, 4, 1024]) ir.load(ir.add(base, ir.const(offset)), 4);
    ir.when(ir.reg(1), () => ir.store(base, 4, base));
    ir.load(ir.add(base, ir.const(12)), 4);
  });
  const groups = sharedIn(block);
  expect(groups.map(({ low, span, members }) => [low, span, members.length])).toEqual([[0, 12, 3]]);
});
test("probe sharing: an access within a guard shares what was probed before it, not the other way round", () => {
  const block = blockOf((ir) => {
    const base = ir.reg(0);
    const other = ir.reg(2);
    ir.load(base, 4);
    ir.when(ir.reg(1), () => {
      ir.load(base, 4);
      ir.load(other, 4);
    });
    ir.load(other, 4);
    ir.load(base, 4);
  });
  const groups = sharedIn(block);
  expect(groups.map(({ members }) => members.length)).toEqual([3]);
});
test("probe sharing: what a guard's body calls in the machine ends all groups", () => {
  const block = blockOf((ir) => {
    const base = ir.reg(0);
    ir.load(base, 4);
    ir.when(ir.reg(1), () => ir.hint("sev"));
    ir.load(base, 4);
  });
  expect(sharedIn(block)).toEqual([]);
});

/** A generator of its own: the same blocks each time. */
const randomFrom = (seed: number) => {
  let s = seed;
  return (n: number): number => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return Math.floor((s / 2 ** 32) * n);
  };
};
const SEED = 90125;
test(`random blocks do the same with all rules and with each alone (seed ${SEED})`, () => {
  const random = randomFrom(SEED);
  const binary = (Object.keys(PURE_OPS) as PureOpName[]).filter((op) => PURE_OPS[op].arity === 2);
  const value = (ir: IrBuilder): Value =>
    random(3) === 0 ? ir.const([0, 1, -1, 4, 31, 0x7fffffff][random(6)]!) : ir.reg(random(6));
  const step = (ir: IrBuilder, depth: number): void => {
    switch (random(depth > 1 ? 6 : 7)) {
      case 0:
        return setNzcv(
          ir,
          addWithCarry(
            ir,
            value(ir),
            value(ir),
            [ir.const(0), ir.const(1), ir.flag("C")][random(3)]!,
          ),
        );
      case 1:
        return ir.setNz(value(ir));
      case 2:
        return ir.store(value(ir), 4, value(ir));
      case 3:
        return ir.setReg(random(6), ir.load(value(ir), 4));
      case 6:
        return ir.ifCondition(random(14), () => {
          for (let n = random(3); n >= 0; n--) step(ir, depth + 1);
        });
      default:
        return ir.setReg(random(6), ir.pure(binary[random(binary.length)]!, value(ir), value(ir)));
    }
  };
  for (let n = 0; n < 2000; n++) {
    const block = blockOf((ir) => {
      for (let k = 0; k < 8; k++) step(ir, 0);
    });
    const slots = new Map<number, number>();
    for (let r = 0; r < 6; r++)
      slots.set(R(r), random(3) === 0 ? random(5) - 2 : random(2 ** 32) | 0);
    for (const flag of ["N", "Z", "C", "V"] as const) slots.set(SLOT[flag], random(2));
    const plain = run(block, slots);
    expect(run(optimise(block, ALL_OPTIMISATIONS, none).block, slots), `block ${n}`).toEqual(plain);
    for (const rule of ALL_OPTIMISATIONS)
      expect(run(rewritten(block, rule), slots), `block ${n}, ${rule}`).toEqual(plain);
  }
});
