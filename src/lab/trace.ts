/** A call instruction by instruction, in words. */
import {
  hex,
  modeOf,
  MODE,
  registerSlot,
  SLOT,
  SLOT_NAMES,
  systemSlot,
  describeHsr,
} from "../arch/index.js";
import { DECODER, disassemble, instructionWord } from "../isa/index.js";
import type { CallResult, CallSite, Registers } from "./call-site.js";
import type { Outcome } from "./outcome.js";
import type { SystemState } from "./system-state.js";

export interface Step {
  readonly address: number;
  readonly mode: string;
  readonly instructionSet: "A32" | "T32";
  /** Disassembly, or why there is none. */
  readonly text: string;
  /** Name of the place, where one is known. */
  readonly label: string | undefined;
  /** What the step changed, in words. */
  readonly notes: readonly string[];
}
export interface Trace {
  readonly steps: readonly Step[];
  readonly result: CallResult;
  /** The call itself returned; `result` is what became of the caller then. */
  readonly returned: Outcome | undefined;
}
/** Gives an address a name: "hyp_trap+0x8". */
export type NameOf = (address: number) => string | undefined;

/** Names out of labels: the last one at or before an address, within 4 KiB. */
export const namesFrom = (symbols: ReadonlyMap<string, number>): NameOf => {
  const sorted = [...symbols].toSorted((a, b) => a[1] - b[1]);
  return (address) => {
    const found = sorted.findLast(([, at]) => at <= address);
    if (found === undefined || address - found[1] >= 4096) return undefined;
    return address === found[1] ? found[0] : `${found[0]}+0x${(address - found[1]).toString(16)}`;
  };
};

const HVBAR = systemSlot("HVBAR"),
  HSCTLR = systemSlot("HSCTLR"),
  HSR = systemSlot("HSR");
/** State that a step's notes speak of. */
const WATCHED = [
  ...Array.from({ length: 13 }, (_, n) => ({
    name: `r${n}`,
    slot: registerSlot(n, MODE.svc) as number,
  })),
  { name: "lr", slot: registerSlot(14, MODE.usr) as number },
  { name: "sp_hyp", slot: registerSlot(13, MODE.hyp) as number },
  { name: "HVBAR", slot: HVBAR as number },
  { name: "HSCTLR", slot: HSCTLR as number },
];

/** What is traced: a case, or the program of a caller, which goes on when its call returns. */
export type TraceStart =
  | {
      readonly registers: Registers;
      readonly flags: number;
      readonly system: SystemState;
    }
  | { readonly caller: string };

/** Instructions that are told once control has left everything that is meant to run. */
const ASTRAY = 8;
const isAstray = (site: CallSite, address: number): boolean =>
  !site.options.code.some((c) => address >= c.from && address < c.to) &&
  !site.isHostCode(address) &&
  !site.isMarker(address);

/** Steps a call until it ends, loops, or `limit` instructions have run. */
export const traceCall = (site: CallSite, start: TraceStart, nameOf: NameOf, limit = 96): Trace => {
  if ("caller" in start) site.beginAs(start.caller);
  else site.begin(start.registers, start.flags, start.system);
  const { machine } = site;
  const { cpu } = machine;
  const s = cpu.state;
  const steps: Step[] = [];
  const before = new Int32Array(SLOT_NAMES.length);
  let ran = 0;
  let returned: Outcome | undefined;
  let astray = 0;
  while (ran < limit && astray < ASTRAY) {
    if (cpu.stopped !== undefined) {
      const { outcome } = site.finish(ran);
      if (!("caller" in start) || outcome.kind !== "returned" || returned !== undefined) break;
      returned = outcome;
      steps.pop();
      site.resume();
    }
    before.set(s.subarray(0, SLOT_NAMES.length));
    const address = s[SLOT.PC]! >>> 0;
    const thumb = s[SLOT.T] === 1;
    const mode = modeOf(s[SLOT.M]!)?.name ?? "?";
    if (isAstray(site, address)) astray++;
    const { text, size } = instructionAt(site, address, thumb);
    ran += machine.run(1);
    const notes = WATCHED.filter(({ slot }) => s[slot] !== before[slot]).map(
      ({ name, slot }) => `${name} := ${hex(s[slot]! >>> 0)}`,
    );
    const now = modeOf(s[SLOT.M]!)?.name ?? "?";
    const next = s[SLOT.PC]! >>> 0;
    const enteredVector =
      now === "hyp" &&
      next >= s[HVBAR]! >>> 0 &&
      next < (s[HVBAR]! >>> 0) + 0x20 &&
      next !== address + size;
    if (enteredVector)
      notes.push(
        `HYP vector +0x${(next - (s[HVBAR]! >>> 0)).toString(16)}: ${describeHsr(s[HSR]!).words}`,
      );
    else if (now !== mode) notes.push(`now in ${now} mode at ${hex(next)}`);
    else if (next !== address + size && cpu.stopped === undefined) notes.push(`to ${hex(next)}`);
    steps.push({
      address,
      mode,
      instructionSet: thumb ? "T32" : "A32",
      text,
      label: nameOf(address),
      notes,
    });
    if (next === address && now === mode && cpu.stopped === undefined) break;
  }
  // The rest of the way is not told, only its end.
  if (cpu.stopped === undefined) ran += machine.run(2000);
  return { steps, result: site.finish(ran), returned };
};

const instructionAt = (
  site: CallSite,
  address: number,
  thumb: boolean,
): { text: string; size: number } => {
  const { memory } = site.machine;
  if (memory.offsetOf(address) < 0 || memory.offsetOf(address + 3) < 0)
    return { text: "(no memory here)", size: 0 };
  if ((address & 1) !== 0 || (!thumb && (address & 3) !== 0))
    return { text: "(not aligned)", size: 0 };
  const bytes = memory.read(address, 4);
  const first = bytes[0]! | (bytes[1]! << 8);
  const second = bytes[2]! | (bytes[3]! << 8);
  const { set, word, size } = instructionWord(first, second, thumb);
  return { text: disassemble(DECODER, set, word, address).text, size };
};
