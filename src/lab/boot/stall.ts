/** What the CPUs of a machine do, wait for, and met last: for a boot that goes nowhere. */
import { hex, SLOT, systemSlot } from "../../arch/index.js";
import { DECODER, disassemble } from "../../isa/index.js";
import { HALTED, TIMER_NAMES, type Cpu } from "../../machine/index.js";
import { describeTaken } from "./exception-log.js";
import type { Session } from "./session.js";

/** Names a virtual address, where somebody knows the symbols. */
export type NameAddress = (address: number) => string | undefined;

const INPUTS = ["IRQ", "FIQ", "virtual IRQ", "virtual FIQ"];
const TIMER_ENABLED = 1,
  TIMER_MASKED = 2;

const doing = (cpu: Cpu): string => {
  switch (cpu.state[SLOT.halted]) {
    case HALTED.wfi:
      return "waits in WFI";
    case HALTED.wfe:
      return "waits in WFE";
    case HALTED.off:
      return "is powered off";
    default:
      return "runs";
  }
};
/** What could wake it: interrupt inputs that are up, masks, timers that are set. */
const prospects = (cpu: Cpu): string[] => {
  const s = cpu.state;
  const up = INPUTS.filter((_, bit) => ((s[SLOT.interruptInputs]! >>> bit) & 1) === 1);
  const masks = (["A", "I", "F"] as const).filter((name) => s[SLOT[name]] === 1);
  const timers = TIMER_NAMES.flatMap((name) => {
    const control = s[systemSlot(`${name}_CTL`)]!;
    if ((control & TIMER_ENABLED) === 0) return [];
    const left = cpu.timer.value(name);
    const when = left <= 0 ? `due ${-left} ticks ago` : `due in ${left} ticks`;
    return [`${name} ${when}${(control & TIMER_MASKED) === 0 ? "" : " but masked"}`];
  });
  return [
    up.length === 0 ? "no interrupt is up" : `${up.join(", ")} is up`,
    masks.length === 0 ? "nothing is masked" : `CPSR masks ${masks.join(", ")}`,
    timers.length === 0 ? "no timer is on" : timers.join(", "),
  ];
};
const instructionAt = (cpu: Cpu): string | undefined => {
  const pc = cpu.state[SLOT.PC]! >>> 0;
  const thumb = cpu.state[SLOT.T] === 1;
  const walk = cpu.mmu.translate(pc, "execute", cpu.regime);
  if (walk.fault !== "none" || !cpu.memory.holds(walk.address, 4)) return undefined;
  const word = cpu.memory.read32(walk.address) >>> 0;
  if (!thumb) return disassemble(DECODER, "a32", word, pc).text;
  const first = word & 0xffff;
  const wide = first >>> 11 >= 0x1d;
  const code = wide ? ((first << 16) | (word >>> 16)) >>> 0 : first;
  return disassemble(DECODER, wide ? "t32" : "t16", code, pc).text;
};

/** One paragraph of lines for each CPU. */
export const describeCpus = (session: Session, nameOf: NameAddress = () => undefined): string[] =>
  session.machine.cpus.flatMap((cpu): string[] => {
    const head = `CPU ${cpu.index} ${doing(cpu)}`;
    if (cpu.poweredOff) return [head];
    const pc = cpu.state[SLOT.PC]! >>> 0;
    const place = nameOf(pc);
    const text = instructionAt(cpu);
    const lines = [
      `${head} in ${cpu.mode.name} mode at ${hex(pc)}${place === undefined ? "" : ` (${place})`}${text === undefined ? ", where no code can be read" : `: ${text}`}`,
      `  ${prospects(cpu).join("; ")}`,
    ];
    const last = session.exceptions.last(cpu.index);
    if (last !== undefined) {
      const ago = session.machine.instructions - last.at;
      lines.push(`  last exception, ${ago} instructions ago: ${describeTaken(last)}`);
    }
    if (cpu.stopped !== undefined)
      lines.push(`  stopped: ${cpu.stopped.reason}, ${cpu.stopped.what}`);
    return lines;
  });
