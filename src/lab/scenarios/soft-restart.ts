/**
 * Follows a soft restart by what the CPU does: from the HVC through whatever is at HVBAR to the code that the
 * call named, and on to the first instruction of the next kernel; or to where it is lost.
 */
import {
  describeHsr,
  hex,
  MODE,
  modeOf,
  readCpsr,
  SLOT,
  SLOT_NAMES,
  spsrSlot,
  systemSlot,
  userRegisterSlot,
  type ModeName,
} from "../../arch/index.js";
import type { Cpu } from "../../machine/index.js";
import { describeTaken } from "../boot/exception-log.js";
import type { Session } from "../boot/session.js";

/** A moment: the state slots, and when it was. */
export interface Moment {
  readonly at: number;
  readonly state: Int32Array;
}
/** The HVC that asks for the restart, seen at its entry to HYP mode. */
export interface RestartCall extends Moment {
  readonly cpu: number;
  /** PSR of the caller. */
  readonly psr: number;
  readonly hsr: number;
  readonly returnAddress: number;
}
export interface RestartTrail {
  /** The code that the call names ran. */
  readonly target: Moment | undefined;
  /** The next kernel's first instruction is about to run. */
  readonly entry: Moment | undefined;
  /** HYP mode gave control back to the caller. */
  readonly returned: Moment | undefined;
  /** Where it ended when there was no entry, in words. */
  readonly lost: string | undefined;
  /** What happened on the way. */
  readonly notes: readonly { readonly at: number; readonly what: string }[];
}

/** Instructions between HVC and the next kernel's entry, at most: the relocation copies a kernel. */
const BUDGET = 400_000_000;
const LOOK = 100_000;
const MAX_NOTES = 32;
const PAGE_MASK = ~0xfff;

const moment = (session: Session, cpu: Cpu): Moment => ({
  at: session.machine.instructions,
  state: cpu.state.slice(0, SLOT_NAMES.length),
});
export const modeNameOf = (state: Int32Array): ModeName | "no" =>
  modeOf(state[SLOT.M]!)?.name ?? "no";

/** The call at the moment of its entry to HYP mode. */
export const restartCall = (session: Session, cpu: Cpu): RestartCall => ({
  ...moment(session, cpu),
  cpu: cpu.index,
  psr: cpu.state[spsrSlot(MODE.hyp)!]!,
  hsr: cpu.state[systemSlot("HSR")]!,
  returnAddress: cpu.state[SLOT.ELR_hyp]! >>> 0,
});

/** True when a CPU does nothing any more: it branches to itself, or takes the same fault for ever. */
const standsStill = (session: Session, cpu: Cpu): boolean => {
  const seen: Int32Array[] = [];
  for (let n = 0; n < 3; n++) {
    session.machine.run(1);
    seen.push(cpu.state.slice(0, SLOT_NAMES.length));
  }
  const last = seen.at(-1)!;
  return seen.some((state, n) => n < 2 && state.every((word, i) => word === last[i]));
};

/** Runs on from a restart's call, whose target is in a register. */
export const followRestart = (
  session: Session,
  call: RestartCall,
  targetRegister: number,
): RestartTrail => {
  const { machine } = session;
  const cpu = machine.cpus[call.cpu]!;
  const target = call.state[userRegisterSlot(targetRegister)]! & ~3;
  const notes: { at: number; what: string }[] = [];
  const note = (what: string): void => {
    if (notes.length < MAX_NOTES) notes.push({ at: machine.instructions, what });
  };
  let atTarget: Moment | undefined;
  let entry: Moment | undefined;
  let returned: Moment | undefined;
  // All code is new from here on, so that each place tells when it is reached.
  machine.engine.clear();
  const stop = session.watch({
    newCode: (c, pc) => {
      if (c !== cpu) return;
      const mode = c.mode.name;
      if (atTarget === undefined) {
        if ((pc & ~3) !== target) return;
        atTarget = moment(session, c);
        note(`the target ${hex(pc >>> 0)} is reached in ${mode} mode`);
      } else if (entry === undefined && ((pc ^ target) & PAGE_MASK) !== 0) {
        entry = moment(session, c);
        note(`the next kernel is entered at ${hex(pc >>> 0)} in ${mode} mode`);
        session.pause(c);
      }
    },
    leftHyp: (c) => {
      if (c !== cpu) return;
      const pc = c.state[SLOT.PC]! >>> 0;
      note(
        `leaves HYP mode to ${hex(pc)} in ${c.mode.name} mode, r0 = ${hex(c.register(0) >>> 0)}`,
      );
      if (returned === undefined && atTarget === undefined && pc === call.returnAddress)
        returned = moment(session, c);
    },
    systemWrite: (c, register) => {
      if (c === cpu && (register === "HVBAR" || register === "HSCTLR"))
        note(`${register} := ${hex(c.state[systemSlot(register)]! >>> 0)}`);
    },
    exception: (c) => {
      if (c !== cpu) return;
      const last = session.exceptions.last(c.index);
      if (last !== undefined) note(describeTaken(last));
    },
  });
  let lost: string | undefined;
  try {
    const end = machine.instructions + BUDGET;
    // eslint-disable-next-line no-unmodified-loop-condition -- the watcher sets it
    while (entry === undefined && lost === undefined) {
      const run = session.run(LOOK);
      if (entry !== undefined) break;
      if (run.kind === "stopped")
        lost = `the machine stopped: ${run.stop.reason}, ${run.stop.what}`;
      else if (machine.instructions >= end) lost = `still on its way after ${BUDGET} instructions`;
      else if (standsStill(session, cpu)) lost = whereLost(session, cpu, returned);
    }
  } finally {
    stop();
  }
  return { target: atTarget, entry, returned, lost, notes };
};

const whereLost = (session: Session, cpu: Cpu, returned: Moment | undefined): string => {
  const last = session.exceptions.last(cpu.index);
  const where = `it loops at ${hex(cpu.state[SLOT.PC]! >>> 0)} in ${cpu.mode.name} mode with nothing to end it`;
  const back =
    returned === undefined
      ? ""
      : `the call comes back with r0 = ${hex(returned.state[userRegisterSlot(0)]! >>> 0)}, which the caller does not expect; `;
  return `${back}${last === undefined ? "" : `${describeTaken(last)}; `}${where}`;
};

/** What the state at an entry must be, told of a moment. */
export const describeEntry = (m: Moment): string => {
  const s = m.state;
  const named = (name: "HSCTLR" | "SCTLR" | "HVBAR"): string =>
    `${name} = ${hex(s[systemSlot(name)]! >>> 0)}`;
  return `${modeNameOf(s)} mode, CPSR = ${hex(readCpsr(s) >>> 0)}, ${named("HSCTLR")}, ${named("SCTLR")}, ${named("HVBAR")}, r0 = ${hex(s[userRegisterSlot(0)]! >>> 0)}, r1 = ${hex(s[userRegisterSlot(1)]! >>> 0)}, r2 = ${hex(s[userRegisterSlot(2)]! >>> 0)}`;
};
/** HSR of the call in words. */
export const describeCall = (call: RestartCall): string => describeHsr(call.hsr).words;
