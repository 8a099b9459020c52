/** The boot on our machine. */
import {
  privilegeOf,
  readCpsr,
  SLOT,
  spsrSlot,
  systemSlot,
  type ExceptionName,
} from "../../src/arch/index.js";
import type { Started } from "../../src/lab/index.js";
import type { Cpu } from "../../src/machine/index.js";
import type { BootEvent, BootException, Watched } from "./events.js";
import { watchEntries } from "./watch-entries.js";

const registersOf = (cpu: Cpu): Int32Array =>
  Int32Array.from({ length: 17 }, (_, n) => (n < 16 ? cpu.register(n) : readCpsr(cpu.state)));

const faultOf = (cpu: Cpu, kind: string, hyp: boolean): readonly [number, number] | undefined => {
  if (hyp || (kind !== "dataAbort" && kind !== "prefetchAbort")) return undefined;
  const letter = kind === "dataAbort" ? "D" : "I";
  return [cpu.state[systemSlot(`${letter}FSR`)]!, cpu.state[systemSlot(`${letter}FAR`)]!];
};

/** Runs for `instructions`; gives what came. */
export const runOurs = (
  { session }: Started,
  watched: Watched,
  instructions: number,
): { readonly events: BootEvent[]; readonly console: Uint8Array; readonly stopped: string | undefined } => {
  const { machine } = session;
  const { cpu } = machine;
  const events: BootEvent[] = [];
  const output: number[] = [];
  session.console.listen((byte) => output.push(byte));
  session.watch({
    exception: (_, kind: ExceptionName | "hypTrap" | "hvc", hyp) =>
      events.push({
        kind: "exception",
        name: kind as BootException,
        from: privilegeOf(cpu.state[spsrSlot(cpu.mode)!]! & 31),
        fault: faultOf(cpu, kind, hyp),
        registers: registersOf(cpu),
        at: machine.instructions,
      }),
    psci: () => events.push({ kind: "psci", at: machine.instructions }),
  });
  const names = new Map(watched.functions.map((f) => [f.address, f.name]));
  watchEntries(cpu, new Set(names.keys()), (address) => {
    const registers = registersOf(cpu);
    registers[15] = address | 0;
    // The block is charged already; its first instruction did not run yet.
    const at = machine.instructions - cpu.engine.ahead() - 1;
    events.push({ kind: "entry", name: names.get(address)!, registers, at });
  });
  const end = session.run(instructions);
  return {
    events,
    console: Uint8Array.from(output),
    stopped: end.kind === "stopped" ? `${end.stop.reason}: ${end.stop.what}` : undefined,
  };
};

/** How often each of the functions is entered within `instructions`. */
export const countEntries = (
  { session }: Started,
  addresses: ReadonlySet<number>,
  instructions: number,
): Map<number, number> => {
  const counts = new Map<number, number>();
  watchEntries(session.machine.cpu, addresses, (address) =>
    counts.set(address, (counts.get(address) ?? 0) + 1),
  );
  session.run(instructions);
  return counts;
};
