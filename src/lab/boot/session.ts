/** A machine while it runs under the laboratory's eyes: its console, its exceptions, what came in and when. */
import type { ExceptionName } from "../../arch/index.js";
import { type PsciFunction, Psci, type Virt } from "../../devices/index.js";
import type { Cpu, CpuEvents, Machine, MachineStop, Stop } from "../../machine/index.js";
import type { Milestone, RecordedInput } from "../run-file.js";
import { ConsoleLog } from "./console-log.js";
import { ExceptionLog } from "./exception-log.js";
import { handOver, type Restart } from "./restart.js";

/** Whoever wants to know what happens. */
export interface Watcher extends CpuEvents {
  /** The guest called the firmware. */
  psci?(cpu: Cpu, name: PsciFunction | undefined, call: number): void;
  /** The guest asked for a reset, and the machine has started again. */
  rebooted?(): void;
}
/** Why a run came back. */
export type RunEnd =
  | { readonly kind: "budget" }
  | { readonly kind: "found"; readonly pattern: RegExp }
  | { readonly kind: "paused" }
  | { readonly kind: "stopped"; readonly stop: MachineStop };

export interface SessionOptions {
  /** Instructions between two hashes of the state; undefined: none are taken. */
  readonly milestoneEvery?: number;
}

/** Told apart from a guest's own stops by identity. */
const PAUSE: Stop = { reason: "halted", what: "paused by the laboratory" };
/**
 * Instructions that the machine is asked for at once. Input comes in between two such runs, where a replay can
 * come back to: several CPUs have then run over the same stretch of time.
 */
const SLICE = 250_000;
/** Bytes that came in as a break instead. */
const BREAK = "serial-break";

export class Session {
  readonly virt: Virt;
  readonly machine: Machine;
  readonly console: ConsoleLog;
  readonly exceptions: ExceptionLog;
  readonly inputs: RecordedInput[] = [];
  readonly milestones: Milestone[] = [];
  #restart: Restart | (() => Restart) | undefined;
  /** False: a reset ends the run. */
  reboots = false;
  readonly #watchers = new Set<Watcher>();
  readonly #every: number | undefined;
  #nextMilestone: number;

  constructor(virt: Virt, options: SessionOptions = {}) {
    this.virt = virt;
    this.machine = virt.machine;
    const now = (): number => this.machine.instructions;
    this.console = new ConsoleLog(now);
    this.exceptions = new ExceptionLog(this.machine.cpus.length, now);
    this.#every = options.milestoneEvery;
    this.#nextMilestone = this.#every ?? Infinity;
    virt.uart.onTransmit = (byte) => this.console.put(byte);
    new Psci(this.machine, {
      bootMode: virt.bootMode,
      called: (cpu, name, call) => {
        for (const w of this.#watchers) w.psci?.(cpu, name, call);
      },
    }).install();
    const events: CpuEvents = {
      systemWrite: (cpu, register) => {
        for (const w of this.#watchers) w.systemWrite?.(cpu, register);
      },
      exception: (cpu, kind: ExceptionName | "hypTrap" | "hvc", hyp) => {
        this.exceptions.taken(cpu, kind, hyp);
        for (const w of this.#watchers) w.exception?.(cpu, kind, hyp);
      },
      leftHyp: (cpu) => {
        for (const w of this.#watchers) w.leftHyp?.(cpu);
      },
      newCode: (cpu, pc) => {
        for (const w of this.#watchers) w.newCode?.(cpu, pc);
      },
    };
    for (const cpu of this.machine.cpus) cpu.events = events;
  }

  /** Puts what the machine starts from into memory, and the boot CPU at its entry. */
  start(restart: Restart): void {
    this.#restart = restart;
    handOver(this.virt, restart);
  }
  /** Says what the machine started from elsewhere, worked out when it is needed; resets start it again. */
  startedFrom(restart: () => Restart): void {
    this.#restart = restart;
    this.reboots = true;
  }
  /** What the machine started from; a reset of the guest's starts it again where `reboots` says so. */
  get restart(): Restart | undefined {
    if (typeof this.#restart === "function") this.#restart = this.#restart();
    return this.#restart;
  }
  /** Starts again after a reset that the guest asked for, if it is to. */
  #reboot(stop: MachineStop): boolean {
    if (stop.reason !== "reset" || !this.reboots || this.restart === undefined) return false;
    this.machine.reboot();
    handOver(this.virt, this.restart);
    for (const w of this.#watchers) w.rebooted?.();
    return true;
  }
  /** Tells a watcher of everything until what it gives back is called. */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
  /** Ends the present run after the instruction that a watcher was told of. */
  pause(cpu: Cpu = this.machine.cpus[this.machine.bus.current]!): void {
    cpu.halt(PAUSE);
  }
  /** Characters for the guest's serial line, and for semihosting's console; recorded. Gives how many were taken. */
  type(bytes: Uint8Array): number {
    this.settle();
    const taken = this.virt.uart.receive(bytes);
    this.virt.semihosting?.host.receive(bytes.subarray(0, taken));
    if (taken > 0)
      this.inputs.push({
        at: this.machine.instructions,
        port: "serial",
        bytes: bytes.slice(0, taken),
      });
    return taken;
  }
  /** A break on the serial line; recorded. */
  sendBreak(): void {
    this.settle();
    this.virt.uart.receiveBreak();
    this.inputs.push({ at: this.machine.instructions, port: BREAK, bytes: new Uint8Array(0) });
  }
  /** Gives a recorded input again. Throws RangeError for a port that this machine does not have. */
  give(input: RecordedInput): void {
    if (input.port === BREAK) this.sendBreak();
    else if (input.port === "serial") this.type(input.bytes);
    else throw new RangeError(`an input for "${input.port}"; this machine has serial`);
  }

  /** Ends the slice that a pause has cut short. */
  settle(): void {
    do this.machine.run(0);
    while (this.#unpause());
  }
  /**
   * Runs for at most so many instructions. With `until` it ends when the console's output from character
   * `from` on matches, after the character that completes it.
   */
  run(limit: number, until?: RegExp, from?: number): RunEnd {
    const { machine } = this;
    let found = false;
    if (until !== undefined) {
      this.console.await(
        until,
        () => {
          found = true;
          this.pause();
        },
        from,
      );
    }
    const end = machine.instructions + limit;
    try {
      for (;;) {
        const to = Math.min(end, this.#nextMilestone, machine.instructions + SLICE);
        if (to > machine.instructions) machine.run(to - machine.instructions);
        if (this.#unpause()) return found ? { kind: "found", pattern: until! } : { kind: "paused" };
        const { stopped } = machine;
        if (stopped !== undefined && !this.#reboot(stopped))
          return { kind: "stopped", stop: stopped };
        this.#milestone();
        if (machine.instructions >= end) return { kind: "budget" };
      }
    } finally {
      this.console.forget();
    }
  }
  #unpause(): boolean {
    let paused = false;
    for (const cpu of this.machine.cpus) {
      if (cpu.stopped !== PAUSE) continue;
      cpu.stopped = undefined;
      paused = true;
    }
    return paused;
  }
  /** A hash where one is due: the first moment at or behind a multiple that the machine comes back at. */
  #milestone(): void {
    const at = this.machine.instructions;
    if (at < this.#nextMilestone) return;
    this.milestones.push({ at, hash: this.machine.stateHash() });
    this.#nextMilestone = (Math.floor(at / this.#every!) + 1) * this.#every!;
  }
}
