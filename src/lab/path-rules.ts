/**
 * Rules about every instruction of a call (contract: PathRule). A step is judged by what its record says: the
 * IR of the one instruction, made under the policy that stops at UNPREDICTABLE. Checker and prover make the
 * same steps, the one from a run, the other from a path.
 */
import { modeOf, readCpsr, SLOT, SYSTEM_REGISTERS, type CpuModel } from "../arch/index.js";
import type { PathRule } from "../contract/index.js";
import { CONCRETE, type Node, type Value } from "../ir/index.js";
import { DECODER, instructionWord, isWide, translateBlock } from "../isa/index.js";

/** An instruction on the way, executed in HYP mode. */
export interface PathStep {
  readonly address: number;
  readonly thumb: boolean;
  /** Its nodes, under the policy that stops at UNPREDICTABLE. */
  readonly nodes: readonly Node[];
  /** Name of its record; undefined where there is none, which is UNDEFINED. */
  readonly name: string | undefined;
}
/** Where a step's instruction stands and what its meaning depends on. */
export interface StepPlace {
  readonly address: number;
  readonly thumb: boolean;
  readonly it: number;
  readonly bigEndian: boolean;
  readonly cpu: CpuModel;
  /** Mode field of the CPSR. */
  readonly mode: number;
  /** A halfword of code, or -1. */
  readonly fetch: (address: number) => number;
}

/** The step at a place; throws RangeError in a mode that is none. */
export const stepAt = (place: StepPlace): PathStep => {
  const mode = modeOf(place.mode);
  if (mode === undefined) throw new RangeError(`0x${place.mode.toString(16)} is no mode`);
  const { address, thumb } = place;
  const { nodes } = translateBlock(
    address,
    { thumb, it: place.it, bigEndian: place.bigEndian, mode },
    { decoder: DECODER, cpu: place.cpu, policy: "stop", fetch: place.fetch, limit: 1 },
  );
  const first = place.fetch(address);
  const second = isWide(first, thumb) ? place.fetch(address + 2) : 0;
  const { set, word } = instructionWord(first, second, thumb);
  return { address, thumb, nodes, name: DECODER.find(set, word)?.instruction.name };
};

/** Registers whose new value the CPU need not have taken up before a context synchronisation event. */
const NEEDS_SYNCHRONISATION: ReadonlySet<string> = new Set([
  ...["HSCTLR", "HVBAR", "HTTBR", "HTCR", "HMAIR0", "HMAIR1", "HCR", "HCPTR", "HSTR", "HDCR"],
  ...["VTTBR", "VTCR", "SCTLR", "VBAR", "CPACR", "TTBR0", "TTBR1", "TTBCR"],
]);
/** ISB by its older encoding. */
const CP15ISB = "CP15ISB";

/** Where the rules look besides the steps. */
export interface PathSurroundings {
  /** The occupant's own code. */
  readonly code: readonly { readonly from: number; readonly to: number }[];
}

const synchronised = (steps: readonly PathStep[]): string | undefined => {
  let waiting: { register: string; at: number } | undefined;
  for (const step of steps) {
    if (step.name === "ISB") waiting = undefined;
    for (const node of step.nodes) {
      if (node.kind === "exitReturn") waiting = undefined;
      if (node.kind !== "sysWrite") continue;
      const { name } = SYSTEM_REGISTERS[node.register]!;
      if (name === CP15ISB) waiting = undefined;
      else if (NEEDS_SYNCHRONISATION.has(name)) waiting = { register: name, at: step.address };
    }
  }
  return waiting === undefined
    ? undefined
    : `${waiting.register} is written at ${at(waiting.at)}, and no context synchronisation event follows`;
};
const predictable = (steps: readonly PathStep[]): string | undefined => {
  for (const step of steps)
    for (const node of step.nodes)
      if (node.kind === "exitStop" && node.reason === "unpredictable")
        return `at ${at(step.address)}: ${node.what} is UNPREDICTABLE`;
  return undefined;
};
const inside = (steps: readonly PathStep[], { code }: PathSurroundings): string | undefined => {
  const out = steps.find((s) => !code.some((c) => s.address >= c.from && s.address < c.to));
  return out === undefined
    ? undefined
    : `HYP mode executes at ${at(out.address)}, outside of the occupant`;
};
const at = (address: number): string => `0x${(address >>> 0).toString(16)}`;

/**
 * What breaks a rule among the steps in HYP mode, or undefined. "leaks-nothing" cannot be seen in one path's
 * steps; it is judged where two runs, or two states, are compared.
 */
export const brokenBySteps = (
  rule: Exclude<PathRule, "leaks-nothing">,
  steps: readonly PathStep[],
  surroundings: PathSurroundings,
): string | undefined => {
  switch (rule) {
    case "synchronised":
      return synchronised(steps);
    case "predictable":
      return predictable(steps);
    case "inside":
      return inside(steps, surroundings);
  }
};

/** Value of a node of one instruction in a state, where it needs no memory; undefined where it does. */
const valueIn = (nodes: readonly Node[], value: Value, state: Int32Array): number | undefined => {
  const node = nodes[value]!;
  switch (node.kind) {
    case "const":
      return node.value;
    case "get":
      return state[node.slot]!;
    case "readCpsr":
      return readCpsr(state);
    case "pure": {
      const args = node.args.map((a) => valueIn(nodes, a, state));
      if (!args.every((a) => a !== undefined)) return undefined;
      const [a = 0, b = 0, c = 0] = args;
      return CONCRETE[node.op](a, b, c);
    }
    default:
      return undefined;
  }
};
/**
 * What is UNPREDICTABLE in a step for the values that it is executed with: a mode that an exception return or a
 * write of CPSR may not take, an A32 target that is no multiple of 4.
 */
export const unpredictableWith = (step: PathStep, state: Int32Array): string | undefined => {
  const mode = state[SLOT.M]!;
  for (const node of step.nodes) {
    if (node.kind === "exitReturn") {
      const psr = valueIn(step.nodes, node.psr, state);
      const wanted = psr === undefined ? undefined : modeOf(psr & 31);
      if (psr !== undefined && (wanted === undefined || wanted.name === "mon"))
        return `at ${at(step.address)}: an exception return to mode ${at(psr & 31)} is UNPREDICTABLE`;
    }
    if (node.kind === "writeCpsr" && (node.byteMask & 1) !== 0) {
      const value = valueIn(step.nodes, node.value, state);
      if (value !== undefined && (value & 31) !== mode)
        return `at ${at(step.address)}: writing mode ${at(value & 31)} to CPSR in HYP mode is UNPREDICTABLE`;
    }
    if (node.kind === "exitExchange") {
      const target = valueIn(step.nodes, node.target, state);
      if (target !== undefined && (target & 3) === 2)
        return `at ${at(step.address)}: a branch to ${at(target)} in A32 state is UNPREDICTABLE`;
    }
  }
  return undefined;
};
