/** Lockstep: one sequence, instruction by instruction on both machines, to the first that differs. */
import { readCpsr, SLOT } from "../../src/arch/index.js";
import type { Machine } from "../../src/machine/index.js";
import { ourMachine, symbol, theirMachine } from "./batch.js";
import type { Sequence } from "./sequences.js";

export interface FirstDifference {
  readonly address: number;
  /** The instruction, or where the harness was. */
  readonly text: string;
  readonly registers: readonly {
    readonly name: string;
    readonly before: number;
    readonly ours: number;
    readonly theirs: number;
  }[];
}
const NAMES = [...Array.from({ length: 16 }, (_, n) => `r${n}`), "CPSR"];
const ourRegisters = (machine: Machine): Int32Array => {
  const { cpu } = machine;
  return Int32Array.from({ length: 17 }, (_, n) =>
    n < 16 ? cpu.register(n) : readCpsr(cpu.state),
  );
};

/** Steps a sequence that was placed at index 0; undefined when `steps` instructions agree. */
export const firstDifference = async (
  folder: string,
  sequence: Sequence,
  seed: number,
  steps: number,
): Promise<FirstDifference | undefined> => {
  const machine = ourMachine([sequence], seed);
  const { cpu } = machine;
  const their = await theirMachine(folder, [sequence], seed);
  try {
    for (let n = 0; cpu.state[SLOT.PC]! >>> 0 !== sequence.start && n < 5000; n++) machine.run(1);
    await their.qemu.breakpoint(sequence.start);
    if (!(await their.qemu.resume(5000)))
      return { address: sequence.start, text: "QEMU does not reach the sequence", registers: [] };
    await their.qemu.breakpoint(sequence.start, false);
    let before = ourRegisters(machine);
    for (let n = 0; n < steps; n++) {
      const pc = cpu.state[SLOT.PC]! >>> 0;
      if (pc === symbol("end")) return undefined;
      machine.run(1);
      // YIELD does not end QEMU's step: the next instruction runs with it.
      if (sequence.items.find((i) => i.address === pc)?.text.startsWith("yield") === true)
        machine.run(1);
      await their.qemu.step();
      const ours = ourRegisters(machine);
      const theirs = await their.qemu.registers();
      const registers = NAMES.flatMap((name, i) =>
        ours[i] === theirs[i]
          ? []
          : [{ name, before: before[i]!, ours: ours[i]!, theirs: theirs[i]! }],
      );
      if (registers.length > 0) {
        const item = sequence.items.find((i) => i.address === pc);
        const text =
          item === undefined
            ? `harness at 0x${pc.toString(16)}`
            : `${item.text} (0x${item.word.toString(16)})`;
        return { address: pc, text, registers };
      }
      before = ours;
    }
    return undefined;
  } finally {
    await their.close();
  }
};
