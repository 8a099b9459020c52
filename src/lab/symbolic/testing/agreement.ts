/** Holds paths over terms against a machine that runs the same concrete case. */
import { SLOT_NAMES } from "../../../arch/index.js";
import { evaluate, printShort, valueUnder, type Model, type Term } from "../../../engines/index.js";
import { STANDING_ASSUMPTIONS, type PhysicalMemory } from "../../../machine/index.js";
import type { CallResult, CallSite, Registers } from "../../call-site.js";
import type { Case } from "../../cases.js";
import { OCCUPANT_LAYOUT } from "../../layout.js";
import { MEMORY_ARRAY, type CallPath, type SymbolicCall } from "../symbolic-call.js";

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

const isMarked = (path: CallPath): boolean =>
  path.outcome.kind !== "entered" || path.outcome.marked;

/** What is wrong with a case, in words. `skipped` counts cases that a path's assumption leaves out. */
export const callProblems = (
  call: SymbolicCall,
  site: CallSite,
  registers: Registers,
  c: Pick<Case, "flags" | "system">,
  skipped: { n: number },
): string[] => {
  const { machine } = site;
  site.begin(registers, c.flags, c.system);
  const model = modelOfMachine(machine.cpu.state.slice(0, SLOT_NAMES.length), machine.memory);
  const path = onlyPath(call.paths, model);
  if (typeof path === "string") return [path];
  if (path.assumptions.length > STANDING_ASSUMPTIONS.length) {
    // Tables that the input gives: the assumption holds of the laboratory's own, which are there with the MMU on.
    if ((site.saved("HSCTLR") & 1) === 0 || registers[2] !== OCCUPANT_LAYOUT.hypTables) {
      skipped.n++;
      return [];
    }
  }
  if (path.outcome.kind === "stopped" || path.outcome.kind === "unknown")
    return [`${path.outcome.kind}: ${path.outcome.what}`];
  const written = finalWords(path, model);
  const after = finalState(path.after, model);
  // What is asked of the model later must not see the run's memory.
  const outcome = outcomeUnder(path, (term) => Number(valueUnder(term, model)));
  machine.run(path.instructions);
  const problems = [
    ...stateDifferences(after, machine.cpu.state),
    ...memoryDifferences(written, machine.memory),
    ...machine.memory
      .changes(64)
      .filter((change) => !written.has(change.address))
      .map((change) => `memory 0x${change.address.toString(16)} changed`),
  ];
  if (problems.length > 0 || !isMarked(path)) return problems;
  return outcomeProblems(path, outcome, site.call(registers, c.flags, c.system));
};
/** A path's outcome in numbers. */
const outcomeUnder = (
  path: CallPath,
  valueOf: (term: Term) => number,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(path.outcome)
      .filter(([key]) => key !== "marked")
      .map(([key, value]) => [
        key,
        typeof value === "object"
          ? valueOf(value) | 0
          : typeof value === "number"
            ? value | 0
            : value,
      ]),
  );
const outcomeProblems = (
  path: CallPath,
  ours: Readonly<Record<string, unknown>>,
  { outcome }: CallResult,
): string[] => {
  // The laboratory calls code that nobody placed by what it came to in the end.
  if (path.outcome.kind === "ran-away" && path.outcome.what === "code outside of the image")
    return [];
  const theirs = Object.fromEntries(
    Object.entries(outcome)
      .filter(([key]) => key in ours)
      .map(([key, value]) => [key, typeof value === "number" ? value | 0 : value]),
  );
  const [a, b] = [JSON.stringify(ours), JSON.stringify(theirs)];
  return a === b ? [] : [`outcome over terms ${a}, on the machine ${b}`];
};
