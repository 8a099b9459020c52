/** The boot on our machine. */
import {
  privilegeOf,
  readCpsr,
  spsrSlot,
  systemSlot,
  type ExceptionName,
} from "../../src/arch/index.js";
import { CONTROL } from "../../src/ir/index.js";
import type { Started } from "../../src/lab/index.js";
import type { Cpu } from "../../src/machine/index.js";
import type { BootEvent, BootException, Checkpoint, Told, Watched } from "./events.js";
import { REGISTER_DIFFERENCES, timeAhead } from "./known-differences.js";
import { watchEntries } from "./watch-entries.js";

const registersOf = (cpu: Cpu): Int32Array =>
  Int32Array.from({ length: 17 }, (_, n) => (n < 16 ? cpu.register(n) : readCpsr(cpu.state)));

const faultOf = (cpu: Cpu, kind: string, hyp: boolean): readonly [number, number] | undefined => {
  if (hyp || (kind !== "dataAbort" && kind !== "prefetchAbort")) return undefined;
  const letter = kind === "dataAbort" ? "D" : "I";
  return [cpu.state[systemSlot(`${letter}FSR`)]!, cpu.state[systemSlot(`${letter}FAR`)]!];
};

/** Gives a machine QEMU's values where ours are others. */
const adapt = ({ session }: Started): void => {
  const { cpu } = session.machine;
  for (const d of REGISTER_DIFFERENCES) {
    if (d.cpu !== cpu.options.model) continue;
    for (const [name, value] of d.values) cpu.state[systemSlot(name)] = value;
  }
};

/** Tells of exceptions, with the machine's time as QEMU counts it. */
const watchExceptions = (
  { session }: Started,
  taken: (cpu: Cpu, name: BootException, hyp: boolean) => void,
): void => {
  session.watch({
    exception: (cpu, kind: ExceptionName | "hypTrap" | "hvc", hyp) => {
      const name = kind as BootException;
      // The budget is what is left until a fixed time: more of it is less time gone.
      cpu.state[CONTROL.budget] = cpu.state[CONTROL.budget]! + timeAhead(name);
      taken(cpu, name, hyp);
    },
  });
};

/** What our machine told, and why it stopped before its instructions were used up. */
export interface OursTold extends Told {
  readonly events: BootEvent[];
  readonly checkpoint: Checkpoint | undefined;
  readonly instructions: number;
  readonly stopped: string | undefined;
}

/** Runs for `instructions`; gives what came. */
export const runOurs = (started: Started, watched: Watched, instructions: number): OursTold => {
  const { session } = started;
  const { machine, virt } = session;
  const events: BootEvent[] = [];
  const output: number[] = [];
  let checkpoint: Checkpoint | undefined;
  adapt(started);
  session.console.listen((byte) => output.push(byte));
  watchExceptions(started, (cpu, name, hyp) =>
    events.push({
      kind: "exception",
      name,
      from: privilegeOf(cpu.state[spsrSlot(cpu.mode)!]! & 31),
      fault: faultOf(cpu, name, hyp),
      registers: registersOf(cpu),
      at: machine.instructions,
    }),
  );
  session.watch({ psci: () => events.push({ kind: "psci", at: machine.instructions }) });
  const names = new Map(watched.functions.map((f) => [f.address, f.name]));
  const { cpu } = machine;
  watchEntries(cpu, new Set(names.keys()), (address) => {
    const registers = registersOf(cpu);
    registers[15] = address | 0;
    // The block is charged already; its first instruction did not run yet.
    const at = machine.instructions - cpu.engine.ahead() - 1;
    events.push({ kind: "entry", name: names.get(address)!, registers, at });
    if (checkpoint === undefined && address === watched.checkpoint?.address) {
      const memory = machine.memory.read(virt.ram.base, virt.ram.size).slice();
      checkpoint = { registers, memory };
    }
  });
  const end = session.run(instructions);
  return {
    events,
    console: Uint8Array.from(output),
    checkpoint,
    instructions: machine.instructions,
    stopped: end.kind === "stopped" ? `${end.stop.reason}: ${end.stop.what}` : undefined,
  };
};

/** How often each of the functions is entered within `instructions`, by address, in order of the first entry. */
export const countEntries = (
  started: Started,
  addresses: ReadonlySet<number>,
  instructions: number,
): Map<number, number> => {
  const counts = new Map<number, number>();
  adapt(started);
  watchExceptions(started, () => {});
  watchEntries(started.session.machine.cpu, addresses, (address) =>
    counts.set(address, (counts.get(address) ?? 0) + 1),
  );
  started.session.run(instructions);
  return counts;
};
