// The engines side by side in one process: a plain loop and a branchy one. CPU seconds of the whole process, V8's
// compiler threads among them.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Machine } from "../dist/machine/index.js";
import { assemble } from "../dist/isa/index.js";
import { MODE, SLOT, systemSlot } from "../dist/arch/index.js";
import { inTurns } from "./measure.mjs";

const ENGINES = ["interpreter", "auto"];
const loop = (name) =>
  readFileSync(fileURLToPath(new URL(`loops/${name}.s`, import.meta.url)), "utf8");

const cpuSeconds = (body) => {
  const before = process.cpuUsage();
  body();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
};
/** A machine at the loop, with the short-descriptor MMU on. */
const loopMachine = (source, engine) => {
  const machine = new Machine({ ram: [{ base: 0x40000000, size: 0x400000 }], engine });
  machine.load(0x40008000, assemble(source, { base: 0x40008000 }).bytes);
  machine.memory.write32(0x40010000 + (0x40000000 >>> 20) * 4, 0x40000000 | 0x1c0e);
  const s = machine.cpu.state;
  s[systemSlot("TTBR0")] = 0x40010000;
  s[systemSlot("DACR")] = 1;
  s[systemSlot("SCTLR")] |= 1;
  machine.cpu.setCpsr(MODE.svc.encoding | 0x1c0);
  machine.cpu.flushTlb();
  machine.cpu.setRegister(1, 0x40020000);
  machine.cpu.setRegister(4, 0x7fffffff);
  s[SLOT.PC] = 0x40008000;
  return machine;
};

/** Two loops with the MMU on, in this process: millions of instructions a second of CPU time. */
export const benchLoops = async ({ rounds, quick, row }) => {
  const instructions = quick ? 10_000_000 : 40_000_000;
  for (const [name, what] of [
    ["plain", "a loop of six instructions with load and store, MMU on"],
    ["branchy", "a branchy loop with calls, MMU on"],
  ]) {
    const variants = ENGINES.map((engine) => {
      const machine = loopMachine(loop(name), engine);
      return [
        engine,
        () => {
          let ran = 0;
          const seconds = cpuSeconds(() => (ran = machine.run(instructions)));
          return { rate: ran / seconds / 1e6 };
        },
      ];
    });
    row({ section: "loops", name, what, figures: await inTurns(variants, { rounds }) });
  }
};
