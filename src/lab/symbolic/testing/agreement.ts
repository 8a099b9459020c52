/** Holds paths over terms against a machine that runs the same concrete case. */
import { SLOT_NAMES } from "../../../arch/index.js";
import { evaluate, printShort, type Model, type Term } from "../../../engines/index.js";
import type { PhysicalMemory } from "../../../machine/index.js";
import { MEMORY_ARRAY } from "../symbolic-call.js";

/** Words of initial memory as a machine holds them. */
class MachineWords extends Map<bigint, bigint> {
  readonly #memory: PhysicalMemory;
  constructor(memory: PhysicalMemory) {
    super();
    this.#memory = memory;
  }
  override get(index: bigint): bigint {
    const offset = this.#memory.offsetOf(Number(index) * 4);
    return offset < 0 ? 0n : BigInt(this.#memory.words[offset >> 2]! >>> 0);
  }
}
/** The model of a machine before a run: its state slots and its memory, which must not change meanwhile. */
export const modelOfMachine = (state: Int32Array, memory: PhysicalMemory): Model => ({
  variables: new Map(SLOT_NAMES.map((name, i) => [name, BigInt(state[i]! >>> 0)])),
  words: new Map([[MEMORY_ARRAY, new MachineWords(memory)]]),
});

interface PathLike {
  readonly condition: readonly Term[];
  readonly writes: readonly { readonly address: Term; readonly value: Term }[];
}
/** The one path whose condition holds under a model, or what is wrong. */
export const onlyPath = <P extends PathLike>(paths: readonly P[], model: Model): P | string => {
  const values = evaluate(
    paths.flatMap((p) => p.condition),
    model,
  );
  const taken = paths.filter((p) => p.condition.every((c) => values.get(c) === 1n));
  if (taken.length === 1) return taken[0]!;
  return `${taken.length} of ${paths.length} paths are taken; conditions: ${taken
    .map((p) => p.condition.map(printShort).join(" & "))
    .join(" | ")
    .slice(0, 400)}`;
};
const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;

/** What a path's memory holds at the end under a model, by address. */
export const finalWords = (path: PathLike, model: Model): Map<number, number> => {
  const values = evaluate(
    path.writes.flatMap((w) => [w.address, w.value]),
    model,
  );
  return new Map(
    path.writes.map((w) => [Number(values.get(w.address)!), Number(values.get(w.value)!) | 0]),
  );
};
/** A path's final state under a model. To be asked before the machine runs: the model reads its memory. */
export const finalState = (after: readonly Term[], model: Model): Int32Array => {
  const values = evaluate(after, model);
  return Int32Array.from(after, (term) => Number(values.get(term)!) | 0);
};
/** Differences between a path's final state and a machine's, in words. */
export const stateDifferences = (expected: Int32Array, actual: Int32Array): string[] =>
  SLOT_NAMES.flatMap((name, slot) =>
    expected[slot] === actual[slot]
      ? []
      : [`${name}: terms ${hex(expected[slot]!)}, machine ${hex(actual[slot]!)}`],
  );
/** Differences between words that a path wrote and a machine's memory. */
export const memoryDifferences = (
  written: ReadonlyMap<number, number>,
  memory: PhysicalMemory,
): string[] =>
  [...written].flatMap(([address, word]) => {
    const actual = memory.words[memory.offsetOf(address) >> 2]!;
    return actual === word
      ? []
      : [`memory ${hex(address)}: terms ${hex(word)}, machine ${hex(actual)}`];
  });
