// `npm run bench`: the figures of the README, each with its spread. Times are never asserted in a test.
import { Machine } from "../dist/machine/index.js";
import { assemble } from "../dist/isa/index.js";
import { MODE, registerSlot, SLOT, SLOT_NAMES, systemSlot } from "../dist/arch/index.js";
import { occupantNamed } from "../dist/occupants/index.js";
import { occupantSite, runMatrix, checkOccupant } from "../dist/lab/index.js";
import { benchEngines } from "./engines.mjs";

/** Runs `body` until `seconds` have gone by, at least `rounds` times; gives its figures sorted. */
const repeat = (body, rounds = 7) => {
  body();
  const figures = Array.from({ length: rounds }, () => body()).sort((a, b) => a - b);
  return { min: figures[0], median: figures[Math.floor(figures.length / 2)], max: figures.at(-1) };
};
const show = (what, unit, { min, median, max }, digits = 0) =>
  console.log(
    `${what.padEnd(58)} ${median.toFixed(digits).padStart(12)} ${unit}   (${min.toFixed(digits)} to ${max.toFixed(digits)})`,
  );
const seconds = (body) => {
  const start = process.hrtime.bigint();
  body();
  return Number(process.hrtime.bigint() - start) / 1e9;
};

/** A loop of six instructions, a load and a store among them, with the short-descriptor MMU on. */
const loopMachine = () => {
  const machine = new Machine({ ram: [{ base: 0x40000000, size: 0x400000 }] });
  const program = assemble(
    "loop: add r0, r0, #1\nldr r2, [r1]\neor r3, r3, r2\nstr r3, [r1, #4]\nsubs r4, r4, #1\nbne loop\nstay: b stay",
    { base: 0x40008000 },
  );
  machine.load(0x40008000, program.bytes);
  machine.memory.write32(0x40010000 + (0x40000000 >>> 20) * 4, 0x40000000 | 0x1c0e);
  const s = machine.cpu.state;
  s[systemSlot("TTBR0")] = 0x40010000;
  s[systemSlot("DACR")] = 1;
  s[systemSlot("SCTLR")] |= 1;
  machine.cpu.setCpsr(MODE.svc.encoding | 0x1c0);
  machine.cpu.flushTlb();
  return machine;
};
console.log(
  `Node ${process.versions.node}, ${process.arch}; median (minimum to maximum) of 7 runs after one to warm up\n`,
);
{
  const machine = loopMachine();
  show(
    "interpreter, plain loop with the MMU on",
    "MIPS",
    repeat(() => {
      machine.cpu.setRegister(1, 0x40020000);
      machine.cpu.setRegister(4, 0x7fffffff);
      machine.cpu.state[SLOT.PC] = 0x40008000;
      let ran = 0;
      const t = seconds(() => (ran = machine.run(60_000_000)));
      return ran / t / 1e6;
    }),
  );
}
for (const [id, hypMmu, registers] of [
  ["stub-d-kernel", false, { 0: 0 }],
  ["stub-c", false, { 0: 0, 1: 0x40202000 }],
  ["kvm-k4", true, { 0: 2 }],
]) {
  const site = occupantSite(occupantNamed(id), { thumb: false, hypMmu });
  const { machine } = site;
  const saved = machine.savedState(0);
  const s = machine.cpu.state;
  let different = 0;
  show(
    `checks: ${id}, HYP MMU ${hypMmu ? "on" : "off"} (restore, set, run, compare all state)`,
    "a second",
    repeat(() => {
      const n = 100_000;
      const t = seconds(() => {
        for (let i = 0; i < n; i++) {
          machine.restore();
          for (const r in registers) s[registerSlot(Number(r), MODE.svc)] = registers[r];
          s[registerSlot(5, MODE.svc)] = i;
          machine.run(2000);
          for (let k = 0; k < SLOT_NAMES.length; k++) if (s[k] !== saved[k]) different++;
          if (machine.memory.dirtyCount > 1) different++;
        }
      });
      return n / t;
    }),
  );
  if (different === 0) throw new Error("the comparison saw nothing");
}
show(
  "matrix of all built-in occupants",
  "s",
  repeat(() => seconds(() => runMatrix()), 3),
  2,
);
show(
  "check of stub-c in all setups",
  "s",
  repeat(() => seconds(() => checkOccupant(occupantNamed("stub-c"))), 3),
  2,
);
await benchEngines({ repeat, show });
