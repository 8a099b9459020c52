/** The first part of a life: from the entry of the first kernel to the moment before its end, and a snapshot. */
import { hex, SLOT_NAMES, systemSlot, type SystemSlotName } from "../../arch/index.js";
import { contractNamed } from "../../contract/index.js";
import { HostFolder, VirtioP9, type VirtioDevice } from "../../devices/index.js";
import type { LoadedImage } from "../../images/index.js";
import type { Cpu } from "../../machine/index.js";
import type { Session } from "../boot/session.js";
import { startImage } from "../boot/start.js";
import { inapplicableIn } from "../applicability.js";
import { standingViolation, stateValue } from "../expectation.js";
import { lifeInitramfs, MARK, USUAL_ARGUMENTS, type LifeSources } from "./life-initramfs.js";
import type { ScenarioSetup } from "./result.js";
import { StageRecord, type Condition } from "./stages.js";

export interface LifeOptions {
  readonly kind: ScenarioSetup["kind"];
  readonly cpus: number;
  /** The first kernel, and the next one where `sources` says no other. */
  readonly image: LoadedImage;
  readonly sources: LifeSources;
  readonly model?: "cortex-a15" | "cortex-a7";
  /** Enter the kernel inside the zImage; default true. */
  readonly payload?: boolean;
  /** Told what goes on, a line at a time. */
  readonly progress?: (line: string) => void;
  /** A folder of the host that the next kernel saves the old memory to, as the file vmcore. */
  readonly saveTo?: string;
}

/** A machine that has run up to the end of its first kernel, and can go back there. */
export interface PreparedLife {
  readonly options: LifeOptions;
  readonly session: Session;
  readonly record: StageRecord;
  /** HVBAR of each CPU. */
  readonly stubVectors: readonly number[];
  /** Place of the console's log at the snapshot. */
  readonly console: { readonly length: number; readonly lines: number };
  /** Instructions since reset at the snapshot. */
  readonly at: number;
}

/** The life did not get as far as the end of its first kernel. */
export class LifeError extends Error {
  readonly code = "lab/life";
  constructor(message: string) {
    super(message);
    this.name = "LifeError";
  }
}

const MIB = 1024 * 1024;
/** What kdump needs: a reservation of 128 MiB lies at 128 MiB from the start of RAM or above. */
const MEMORY = 512 * MIB;
const RESERVATION = "128M";
/** For the laboratory's occupants: the last 2 MiB of RAM, of which the kernel is told to keep off. */
export const OCCUPANT_AREA = { address: 0x40000000 + MEMORY - 2 * MIB, size: 2 * MIB } as const;
const BUDGET = 6_000_000_000;

const slot = (cpu: Cpu, name: SystemSlotName): number => cpu.state[systemSlot(name)]! >>> 0;
/** Kernels of the scenarios are Debian's: A32, little-endian; installation comes before any MMU. */
const SITUATION = { kernel: "A32", byteOrder: "little", hypMmu: "off", svcMmu: "off" } as const;
/** What the stub's contract says of a state that its installation left. */
const INSTALLATION = contractNamed("linux-d-kernel")!.clauses.filter(
  (clause) =>
    clause.about.kind === "installation" && inapplicableIn(clause, SITUATION) === undefined,
);
/** What the clause of the installation rests on, besides the contract's own clauses. */
const SHOWN = ["HVBAR", "HCR", "HCPTR", "HSTR", "HSCTLR", "CNTHCTL", "CNTVOFF"] as const;

const installation = (cpu: number, state: Int32Array): Condition[] => [
  {
    words: `CPU ${cpu}: ${SHOWN.map((name) => `${name} = ${hex(stateValue(state, name) >>> 0)}`).join(", ")}`,
    holds: true,
  },
  ...INSTALLATION.map((clause): Condition => {
    const found = standingViolation(clause.expect, state);
    return {
      words: `CPU ${cpu}: ${clause.id}${found === undefined ? "" : `: ${found}`}`,
      holds: found === undefined,
    };
  }),
];

/** Watches the first kernel's entry and the installation of its stub: the last one counts. */
const watchBoot = (session: Session, record: StageRecord): (() => void) => {
  const vectorsSet = new Set<number>();
  const installed = new Map<number, Int32Array>();
  const { machine } = session;
  const stop = session.watch({
    systemWrite: (cpu, register) => {
      if (register === "HVBAR" && cpu.mode.name === "hyp") vectorsSet.add(cpu.index);
    },
    leftHyp: (cpu) => {
      if (!vectorsSet.delete(cpu.index)) return;
      installed.set(cpu.index, cpu.state.slice(0, SLOT_NAMES.length));
      record.note(machine.instructions, `leaves HYP mode with HVBAR = ${hex(slot(cpu, "HVBAR"))}`, {
        cpu: cpu.index,
        stage: "stub-installed",
      });
    },
    psci: (cpu, name) => {
      if (name === "CPU_ON")
        record.note(machine.instructions, `CPU_ON of CPU ${cpu.register(1)}`, { cpu: cpu.index });
    },
  });
  return () => {
    stop();
    const running = machine.cpus.filter((cpu) => !cpu.poweredOff);
    record.judge("stub-installed", machine.instructions, [
      ...[...installed].flatMap(([cpu, state]) => installation(cpu, state)),
      ...running
        .filter((cpu) => !installed.has(cpu.index))
        .map((cpu) => ({ words: `CPU ${cpu.index} installed no stub`, holds: false })),
    ]);
  };
};

/** The line of the console that begins with a mark, after a place; its words behind the mark. */
export const markedLine = (session: Session, mark: string, from = 0): string | undefined => {
  const line = session.console.lines.slice(from).findLast(({ text }) => text.startsWith(mark));
  return line?.text.slice(mark.length).trim();
};
/** A kernel's announcement of its boot mode. */
export const ANNOUNCEMENT =
  /CPU: (?:All CPU\(s\) started in (\w+) mode|WARNING: CPU\(s\) started in .*)\./;

/** The next kernel mounts it by this tag (`life-initramfs.ts`). */
const vmcoreShare = (folder: string): VirtioDevice =>
  new VirtioP9({ backend: new HostFolder(folder, { writable: true }), tag: "vmcore" });

/** Boots to the moment before the end. Throws LifeError when it does not get there. */
export const prepareLife = (options: LifeOptions): PreparedLife => {
  const { kind, cpus } = options;
  const record = new StageRecord();
  const { session, layout } = startImage(
    {
      cpus,
      memory: MEMORY,
      ...(options.model !== undefined && { model: options.model }),
      ...(options.saveTo !== undefined && { virtio: [vmcoreShare(options.saveTo)] }),
    },
    {
      image: options.image,
      payload: options.payload ?? true,
      ramDisk: lifeInitramfs(kind, options.sources),
      bootArguments: `${USUAL_ARGUMENTS}${kind === "kdump" ? ` crashkernel=${RESERVATION}` : ""}`,
      reserved: [OCCUPANT_AREA],
    },
  );
  const { machine } = session;
  const { cpu } = machine;
  record.judge("entered", 0, [
    {
      words: `CPU 0 at ${hex(layout.entry)} in ${cpu.mode.name.toUpperCase()} mode, r2 = ${hex(layout.registers[2])}`,
      holds: cpu.mode.name === "hyp",
    },
  ]);
  record.note(0, `enters ${hex(layout.entry)} in ${cpu.mode.name.toUpperCase()} mode`, {
    cpu: 0,
    stage: "entered",
  });
  options.progress?.(`first kernel: ${layout.how}`);
  const stop = watchBoot(session, record);
  const end = session.run(BUDGET, new RegExp(`^${MARK.ready}\\r?\\n`, "m"));
  stop();
  if (end.kind !== "found") {
    const last = session.console.lines.at(-1)?.text ?? "";
    throw new LifeError(
      `expected the first kernel to say "${MARK.ready}", found ${end.kind === "stopped" ? end.stop.what : end.kind} after ${machine.instructions} instructions; its last line is "${last}"`,
    );
  }
  session.settle();
  const announced = session.console.lines.find(({ text }) => ANNOUNCEMENT.test(text));
  record.judge("announced", announced?.at, [
    {
      words: announced?.text ?? "no line of the kernel tells of its boot mode",
      holds: announced !== undefined && /started in HYP mode/.test(announced.text),
    },
  ]);
  if (announced !== undefined) record.note(announced.at, announced.text, { stage: "announced" });
  const loaded = markedLine(session, MARK.loaded) ?? "";
  const [status, inMemory] = loaded.split(" ");
  record.judge("next-kernel-loaded", machine.instructions, [
    {
      words: `kexec ended with ${status}, the kernel says ${inMemory}; kexec_crash_size ${loaded.split(" ")[2]}`,
      holds: status === "0" && inMemory === "1",
    },
  ]);
  record.note(machine.instructions, "the next kernel is loaded", { stage: "next-kernel-loaded" });
  machine.snapshot();
  return {
    options,
    session,
    record,
    stubVectors: machine.cpus.map((c) => slot(c, "HVBAR")),
    console: session.console.place,
    at: machine.instructions,
  };
};
