/** Events out of the log that QEMU writes with `-d int,cpu,exec,nochain`. */
import type { BootEvent, BootException, Watched } from "./events.js";
import { VECTOR_BYTES } from "./events.js";

/** QEMU's names for what we call otherwise. */
const NAMES: Readonly<Record<string, BootException>> = {
  "Undefined Instruction": "undefined",
  SVC: "svc",
  "Prefetch Abort": "prefetchAbort",
  "Data Abort": "dataAbort",
  IRQ: "irq",
  FIQ: "fiq",
  Breakpoint: "prefetchAbort",
  "Hypervisor Call": "hvc",
  "Hypervisor Trap": "hypTrap",
};
const TAKING = /^Taking exception \d+ \[([^\]]+)\]/;
const LEVELS = /^\.\.\.from EL(\d) to EL(\d)/;
const FAULT = /^\.\.\.with (?:DFSR|IFSR) 0x([0-9a-f]+) (?:DFAR|IFAR) 0x([0-9a-f]+)/;
const TRACE = /^Trace \d+: \S+ \[[0-9a-f]+\/([0-9a-f]+)\//;
/** Told of with exceptions, or while the machine is stopped before its first instruction, and of no use here. */
const CHATTER = /^(Exception return from AArch32|AArch32 mode switch)|icount sleep disabled/;
const REGISTER = /R(\d\d)=([0-9a-f]{8})/g;
const PSR = /^PSR=([0-9a-f]{8})/;

interface Taking {
  readonly name: BootException;
  from: number;
  fault: readonly [number, number] | undefined;
}

/** Takes the log in pieces and gives events in order. */
export class LogParser {
  readonly #names: ReadonlyMap<number, string>;
  readonly #vectors: readonly number[];
  readonly #emit: (event: BootEvent) => void;
  #rest = "";
  #taking: Taking | undefined;
  /** The block that was traced last, until the next line shows that it was not cut short. */
  #event: BootEvent | undefined;
  #pc = 0;
  #registers: Int32Array | undefined;
  /** Lines that are none of the log's: what QEMU complains of. */
  readonly complaints: string[] = [];

  constructor({ functions, vectors }: Watched, emit: (event: BootEvent) => void) {
    this.#names = new Map(functions.map((f) => [f.address, f.name]));
    this.#vectors = vectors;
    this.#emit = emit;
  }
  push(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop()!;
    for (const line of lines) this.#line(line);
  }
  #line(line: string): void {
    if (line.startsWith("R")) {
      for (const [, n, value] of line.matchAll(REGISTER))
        this.#registers![Number(n)] = Number.parseInt(value!, 16);
      return;
    }
    const psr = PSR.exec(line);
    if (psr !== null) return this.#dumped(Number.parseInt(psr[1]!, 16));
    // QEMU traces a block before it looks whether it has to stop first: such a block did not run.
    if (line.startsWith("Stopped execution")) {
      this.#event = undefined;
      return;
    }
    this.#flush();
    const trace = TRACE.exec(line);
    if (trace !== null) {
      this.#pc = Number.parseInt(trace[1]!, 16);
      this.#registers = new Int32Array(17);
      return;
    }
    const taking = TAKING.exec(line);
    if (taking !== null) return this.#take(taking[1]!);
    const levels = LEVELS.exec(line);
    const fault = FAULT.exec(line);
    if (levels !== null) {
      if (this.#taking !== undefined) this.#taking.from = Number(levels[1]);
    } else if (fault !== null) {
      if (this.#taking !== undefined)
        this.#taking.fault = [
          Number.parseInt(fault[1]!, 16) | 0,
          Number.parseInt(fault[2]!, 16) | 0,
        ];
    } else if (line.startsWith("...handled as PSCI")) {
      this.#taking = undefined;
      this.#emit({ kind: "psci" });
    } else if (line !== "" && !line.startsWith("...") && !CHATTER.test(line))
      this.complaints.push(line);
  }
  #take(what: string): void {
    if (this.#taking !== undefined)
      this.complaints.push(`${this.#taking.name} was taken to vectors that are not watched`);
    this.#taking = undefined;
    if (what === "Secure Monitor Call") return;
    const name = NAMES[what];
    if (name === undefined) this.complaints.push(`exception [${what}]`);
    else this.#taking = { name, from: -1, fault: undefined };
  }
  #dumped(psr: number): void {
    const registers = this.#registers!;
    registers[16] = psr;
    const pc = this.#pc;
    if (this.#taking !== undefined && this.#vectors.some((v) => pc >= v && pc < v + VECTOR_BYTES)) {
      this.#event = { kind: "exception", ...this.#taking, registers };
    } else {
      const name = this.#names.get(pc);
      if (name !== undefined) this.#event = { kind: "entry", name, registers };
    }
  }
  #flush(): void {
    const event = this.#event;
    if (event === undefined) return;
    this.#event = undefined;
    if (event.kind === "exception") this.#taking = undefined;
    this.#emit(event);
  }
}
