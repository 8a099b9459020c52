/** Plays the end of a prepared life under one occupant and one kind of end, and judges it stage by stage. */
import { hex, readCpsr, SLOT, systemSlot, userRegisterSlot } from "../../arch/index.js";
import { VIRT } from "../../devices/index.js";
import type { Cpu } from "../../machine/index.js";
import { occupantNamed } from "../../occupants/index.js";
import type { Session } from "../boot/session.js";
import { installOccupant } from "./install-occupant.js";
import { MARK, panicLine } from "./life-initramfs.js";
import { ANNOUNCEMENT, markedLine, OCCUPANT_AREA, type PreparedLife } from "./prepare-life.js";
import type {
  CallerKind,
  PanicKind,
  ScenarioEnd,
  ScenarioResult,
  ScenarioSetup,
} from "./result.js";
import {
  describeCall,
  describeEntry,
  followRestart,
  modeNameOf,
  restartCall,
  type Moment,
  type RestartCall,
  type RestartTrail,
} from "./soft-restart.js";
import type { StageRecord } from "./stages.js";

export interface PlayOptions {
  /** How far: to the next kernel's announcement, or to its power-off after reading the old memory. */
  readonly until: "announced" | "end";
  /** Told of serial output from the panic on. */
  readonly output?: (byte: number) => void;
}

/** Instructions from the typed line to the restart's call. */
const PANIC_BUDGET = 1_000_000_000;
/** Instructions from the next kernel's entry to its announcement, and on to its end. */
const BOOT_BUDGET = 4_000_000_000;
const END_BUDGET = 20_000_000_000;
/** Instructions between two signs of life of the next kernel: its console says something at least so often. */
const SILENCE = 200_000_000;
/** After this line the kernel of a `null-call` scenario is to be hit. */
const ARMED = "hyplab: armed";
const SCTLR_M_C = 5;
const HVC_SOFT_RESTART = 1;
/** The call as it was proposed in January 2017: r0 = 2, r1 not 0, the target in r3. */
const PROPOSED_SOFT_RESTART = 2;
/** Where the proposal's caller goes on when the call comes back: `bx r3`, in the laboratory's area. */
const FALLBACK = OCCUPANT_AREA.address + 0x30000;
const BX_R3 = Uint8Array.of(0x13, 0xff, 0x2f, 0xe1);
const LOWMEM = 0xc0000000;

const system = (state: Int32Array, name: "HVBAR" | "HSCTLR" | "SCTLR"): number =>
  state[systemSlot(name)]! >>> 0;
const r = (state: Int32Array, n: number): number => state[userRegisterSlot(n)]! >>> 0;

/** Makes the first kernel end. */
const provoke = (session: Session, panic: PanicKind, cpus: number): void => {
  const line = (text: string): void => void session.type(new TextEncoder().encode(`${text}\n`));
  if (panic === "interrupt") {
    session.sendBreak();
    session.type(new TextEncoder().encode("c"));
    return;
  }
  if (panic !== "null-call") return line(panicLine(panic, cpus));
  line(`echo 1 > /proc/sys/kernel/panic_on_oops; echo ${ARMED}; while true; do sync; done`);
  session.run(PANIC_BUDGET, new RegExp(`^${ARMED}\\r?\\n`, "m"));
  callNull(session);
};

/**
 * The boot CPU's next system call goes through a NULL pointer, once the kernel runs it with interrupts on: the
 * entry code before that has no registers of the kernel's own yet.
 */
const callNull = (session: Session): void => {
  const { machine } = session;
  const cpu = machine.cpus[0]!;
  let inCall = false;
  let hit = false;
  machine.engine.clear();
  const stop = session.watch({
    exception: (c, kind, hyp) => {
      if (c === cpu && kind === "svc" && !hyp) inCall = true;
    },
    newCode: (c) => {
      if (c !== cpu || !inCall || hit || c.mode.name !== "svc" || c.state[SLOT.I] === 1) return;
      hit = true;
      session.pause(c);
    },
  });
  const end = machine.instructions + PANIC_BUDGET;
  // eslint-disable-next-line no-unmodified-loop-condition -- the watcher sets it
  while (!hit && machine.instructions < end) session.run(end - machine.instructions);
  stop();
  if (!hit) return;
  cpu.setRegister(14, cpu.state[SLOT.PC]!);
  cpu.state[SLOT.PC] = 0;
};

/** Runs to the HVC that asks for the restart. */
const awaitCall = (session: Session): RestartCall | undefined => {
  let call: RestartCall | undefined;
  const stop = session.watch({
    exception: (cpu, kind, hyp) => {
      if (kind !== "hvc" || !hyp || call !== undefined) return;
      call = restartCall(session, cpu);
      session.pause(cpu);
    },
  });
  const end = session.machine.instructions + PANIC_BUDGET;
  // eslint-disable-next-line no-unmodified-loop-condition -- the watcher sets it
  while (call === undefined && session.machine.instructions < end) {
    const run = session.run(end - session.machine.instructions);
    if (run.kind === "stopped") break;
  }
  stop();
  return call;
};

/** Makes the kernel's call the one that was proposed in 2017, with its fallback to SVC mode. */
const propose = (session: Session, call: RestartCall): RestartCall => {
  const cpu = session.machine.cpus[call.cpu]!;
  session.machine.load(FALLBACK, BX_R3);
  cpu.setRegister(3, cpu.register(1));
  cpu.setRegister(1, 1);
  cpu.setRegister(0, PROPOSED_SOFT_RESTART);
  cpu.state[SLOT.ELR_hyp] = FALLBACK;
  return restartCall(session, cpu);
};

const judgeCall = (record: StageRecord, call: RestartCall, caller: CallerKind): void => {
  const { state } = call;
  const [number, register] =
    caller === "kernel" ? [HVC_SOFT_RESTART, 1] : [PROPOSED_SOFT_RESTART, 3];
  const sctlr = system(state, "SCTLR");
  record.note(
    call.at,
    `HVC from mode ${hex(call.psr & 31)} with r0 = ${hex(r(state, 0))}, r1 = ${hex(r(state, 1))}, r2 = ${hex(r(state, 2))}, r3 = ${hex(r(state, 3))}; SCTLR = ${hex(sctlr)}, HVBAR = ${hex(system(state, "HVBAR"))}`,
    { cpu: call.cpu, stage: "soft-restart-call" },
  );
  record.judge("soft-restart-call", call.at, [
    { words: `CPU ${call.cpu}: ${describeCall(call)}`, holds: (call.hsr & 0xffff) === 0 },
    { words: `from mode ${hex(call.psr & 31)}`, holds: (call.psr & 31) === 0x13 },
    { words: `SCTLR = ${hex(sctlr)}`, holds: (sctlr & SCTLR_M_C) === 0 },
    { words: `CPSR = ${hex(call.psr >>> 0)}`, holds: (call.psr & 0xc0) === 0xc0 },
    { words: `r0 = ${hex(r(state, 0))}`, holds: r(state, 0) === number },
    {
      words: `the target r${register} = ${hex(r(state, register))}`,
      holds: r(state, register) !== 0,
    },
  ]);
};
const judgeParked = (
  record: StageRecord,
  session: Session,
  call: RestartCall,
  vectors: readonly number[],
): void => {
  const others = session.machine.cpus.filter((cpu) => cpu.index !== call.cpu);
  if (others.length === 0) return record.notApplicable("others-parked", "there is one CPU");
  const where = (cpu: Cpu): string =>
    `CPU ${cpu.index} at ${hex(cpu.state[SLOT.PC]! >>> 0)} in ${cpu.mode.name} mode, HVBAR = ${hex(system(cpu.state, "HVBAR"))}`;
  record.judge(
    "others-parked",
    call.at,
    others.map((cpu) => ({
      words: where(cpu),
      holds:
        cpu.mode.name === "svc" &&
        cpu.state[SLOT.PC]! >>> 0 >= LOWMEM &&
        system(cpu.state, "HVBAR") === vectors[cpu.index],
    })),
  );
  for (const cpu of others)
    record.note(call.at, where(cpu), { cpu: cpu.index, stage: "others-parked" });
};
/** The restart, and the state in which the next kernel is entered. */
const judgeTrail = (
  record: StageRecord,
  session: Session,
  call: RestartCall,
  trail: RestartTrail,
): void => {
  for (const { at, what } of trail.notes) record.note(at, what, { cpu: call.cpu });
  const reached = trail.target;
  record.judge("restart", reached?.at ?? session.machine.instructions, [
    reached === undefined
      ? { words: trail.lost ?? "the target was not reached", holds: false }
      : {
          words: `the target is entered in ${modeNameOf(reached.state)} mode`,
          holds: modeNameOf(reached.state) === "hyp",
        },
  ]);
  const { entry } = trail;
  if (entry === undefined) return;
  const { state } = entry;
  record.note(entry.at, describeEntry(entry), { cpu: call.cpu, stage: "next-entered" });
  record.judge("next-entered", entry.at, [
    { words: describeEntry(entry), holds: modeNameOf(state) === "hyp" },
  ]);
  const cpsr = readCpsr(state);
  const inHyp = modeNameOf(state) === "hyp";
  record.judge("next-entry-state", entry.at, [
    { words: `CPSR.T = ${(cpsr >>> 5) & 1}`, holds: (cpsr & 0x20) === 0 },
    {
      words: `CPSR.I = ${(cpsr >>> 7) & 1}, F = ${(cpsr >>> 6) & 1}`,
      holds: (cpsr & 0xc0) === 0xc0,
    },
    {
      words: `HSCTLR = ${hex(system(state, "HSCTLR"))}${inHyp ? "" : " (not in HYP mode)"}`,
      holds: !inHyp || (system(state, "HSCTLR") & SCTLR_M_C) === 0,
    },
    {
      words: `SCTLR = ${hex(system(state, "SCTLR"))}`,
      holds: (system(state, "SCTLR") & SCTLR_M_C) === 0,
    },
  ]);
  judgeRegisters(record, session, entry);
};
const judgeRegisters = (record: StageRecord, session: Session, { at, state }: Moment): void => {
  const dtb = r(state, 2);
  const { memory } = session.machine;
  const magic = memory.holds(dtb, 4) ? memory.read(dtb, 4).slice() : new Uint8Array(4);
  record.judge("next-entry-registers", at, [
    { words: `r0 = ${hex(r(state, 0))}`, holds: r(state, 0) === 0 },
    {
      words: `r2 = ${hex(dtb)}, where ${hex(new DataView(magic.buffer).getUint32(0))} stands`,
      holds: dtb % 8 === 0 && new DataView(magic.buffer).getUint32(0) === 0xd00dfeed,
    },
  ]);
};

/** Runs on while the console says something now and then. */
const runWhileAlive = (
  session: Session,
  budget: number,
  until: RegExp,
  from: number,
  silence: number = SILENCE,
): boolean => {
  const end = session.machine.instructions + budget;
  let heard = session.console.length;
  while (session.machine.instructions < end) {
    const run = session.run(Math.min(silence, end - session.machine.instructions), until, from);
    if (run.kind === "found") return true;
    if (run.kind === "stopped" || session.console.length === heard) return false;
    heard = session.console.length;
  }
  return false;
};

const judgeVmcore = (record: StageRecord, session: Session, lines: number, save: boolean): void => {
  const [size = "", header = ""] = (markedLine(session, MARK.vmcore, lines) ?? "").split(" ");
  const bytes = Uint8Array.from(Buffer.from(header, "hex"));
  const u32 = (at: number): number => new DataView(bytes.buffer).getUint32(at, true);
  const programs: { type: number; address: number; size: number }[] = [];
  if (bytes.length >= 52 && u32(0) === 0x464c457f) {
    const count = new DataView(bytes.buffer).getUint16(44, true);
    for (let n = 0; n < count && u32(28) + (n + 1) * 32 <= bytes.length; n++) {
      const at = u32(28) + n * 32;
      programs.push({ type: u32(at), address: u32(at + 12), size: u32(at + 20) });
    }
  }
  const loads = programs.filter(({ type }) => type === 1);
  const saved = markedLine(session, MARK.saved, lines);
  record.judge("vmcore", session.machine.instructions, [
    { words: `/proc/vmcore has ${size || "no"} bytes`, holds: Number(size) > 0 },
    {
      words: `its header is ${bytes.length >= 18 ? `that of an ELF file of type ${u32(16) & 0xffff}` : "not there"}`,
      holds: bytes.length >= 52 && u32(0) === 0x464c457f && (u32(16) & 0xffff) === 4,
    },
    {
      words: `${programs.filter(({ type }) => type === 4).length} segments of notes`,
      holds: programs.some(({ type }) => type === 4),
    },
    {
      words: `memory ${loads.map(({ address, size: bytesOf }) => `${hex(address)}+${hex(bytesOf)}`).join(", ")}`,
      holds: loads.length > 0,
    },
    ...(save
      ? [{ words: `saved: dd ended with ${saved ?? "nothing"}`, holds: saved === "0" }]
      : []),
  ]);
};

const LANDMARKS =
  /Unable to handle|Kernel panic|Internal error|Starting crashdump|Loading crashdump|Bye!|Booting Linux|started in|will stop doing anything/;

/** Plays one scenario from the snapshot. The machine is left where it ended. */
export const playLife = (
  life: PreparedLife,
  setup: ScenarioSetup,
  options: PlayOptions,
): ScenarioResult => {
  const { session } = life;
  const { machine } = session;
  machine.restore();
  session.console.rewind(life.console);
  const unlisten =
    options.output === undefined ? undefined : session.console.listen(options.output);
  try {
    return play(life, setup, options);
  } finally {
    unlisten?.();
  }
};

const play = (life: PreparedLife, setup: ScenarioSetup, options: PlayOptions): ScenarioResult => {
  const { session } = life;
  const { machine } = session;
  const record = life.record.copy();
  const from = life.console.length;
  let vectors: readonly number[] = life.stubVectors;
  if (setup.occupant === undefined) {
    record.notApplicable("occupant-installed", "the kernel's own stub stays");
  } else {
    const occupant = occupantNamed(setup.occupant);
    if (occupant === undefined) throw new RangeError(`no occupant is named ${setup.occupant}`);
    const installed = installOccupant(machine, occupant, OCCUPANT_AREA, {
      hypMmu: setup.hypMmu,
      stubVectors: life.stubVectors[0]!,
      ramBase: VIRT.ramBase,
    });
    vectors = machine.cpus.map(() => installed.vectors);
    record.note(
      life.at,
      `${occupant.title} at HVBAR = ${hex(installed.vectors)}, HYP MMU ${setup.hypMmu ? "on" : "off"}`,
      {
        stage: "occupant-installed",
      },
    );
  }
  provoke(session, setup.panic, setup.cpus);
  const kernels = awaitCall(session);
  const call =
    kernels === undefined || setup.caller === "kernel" ? kernels : propose(session, kernels);
  if (setup.occupant !== undefined && call !== undefined) {
    record.judge("occupant-installed", call.at, [
      {
        words: `HVBAR = ${hex(system(call.state, "HVBAR"))} at the call`,
        holds: system(call.state, "HVBAR") === vectors[call.cpu],
      },
    ]);
  }
  judgeEnd(record, session, setup, from);
  const finish = (end: ScenarioEnd, why: string): ScenarioResult => {
    const lines = session.console.lines.slice(life.console.lines);
    for (const { at, text } of lines) if (LANDMARKS.test(text)) record.note(at, text);
    return {
      setup,
      end,
      why,
      stages: record.results(setup.kind, why),
      timeline: record.timeline.toSorted((a, b) => a.at - b.at),
      console: session.console.textFrom(from),
      instructions: machine.instructions - life.at,
      endAt: machine.instructions,
    };
  };
  if (call === undefined) return finish("silent death", "no HVC came after the first kernel's end");
  judgeCall(record, call, setup.caller);
  if (setup.kind === "kdump") judgeParked(record, session, call, vectors);
  const trail = followRestart(session, call, setup.caller === "kernel" ? 1 : 3);
  judgeTrail(record, session, call, trail);
  if (trail.entry === undefined) return finish("silent death", trail.lost ?? "lost");
  const said = runWhileAlive(session, BOOT_BUDGET, ANNOUNCEMENT, session.console.length);
  const text = said ? (ANNOUNCEMENT.exec(session.console.textFrom(from))?.[0] ?? "") : "";
  const mode = modeNameOf(trail.entry.state);
  record.judge("next-announced", machine.instructions, [
    {
      words: said ? text : "the next kernel says nothing of its boot mode",
      holds: /started in HYP mode/.test(text),
    },
  ]);
  if (!said) {
    return finish("silent death", `the next kernel was entered in ${mode} mode and went silent`);
  }
  if (setup.kind === "kdump" && options.until === "announced")
    record.notApplicable("vmcore", "this run ends at the second boot's announcement");
  else if (setup.kind === "kdump") {
    // Copying the old memory is silent work.
    runWhileAlive(session, END_BUDGET, /reboot: Power down/, from, END_BUDGET);
    const save = life.options.sources.saveModules.length > 0;
    judgeVmcore(record, session, life.console.lines, save);
  }
  return /HYP/.test(text)
    ? finish("next kernel in HYP", "the next kernel starts in HYP mode")
    : finish(
        "next kernel in SVC",
        `the next kernel starts without HYP mode: ${trail.returned === undefined ? "the occupant entered it in SVC mode" : "the call came back and the caller went on in SVC mode"}`,
      );
};

const judgeEnd = (
  record: StageRecord,
  session: Session,
  setup: ScenarioSetup,
  from: number,
): void => {
  const text = session.console.textFrom(from);
  // An oops under panic_on_oops starts the crash kernel before it would say "Kernel panic".
  const panic = /(?:Kernel panic - not syncing|Internal error): [^\r\n]*/.exec(text)?.[0];
  record.judge("end-of-first", session.machine.instructions, [
    ...(setup.kind === "kdump"
      ? [{ words: panic ?? "no line tells of a panic", holds: panic !== undefined }]
      : []),
    {
      words: /Bye!/.test(text) ? "Bye!" : "the kernel does not say Bye!",
      holds: /Bye!/.test(text),
    },
  ]);
};
