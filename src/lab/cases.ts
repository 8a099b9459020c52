/**
 * Cases: the calls that the laboratory asks. For every call of a contract: its number, its neighbours,
 * the boundary values of its inputs, and seeded random values of all other registers, flags and of the
 * system state that the phase leaves to chance.
 */
import type { Call, Contract } from "../contract/index.js";
import type { CallSite, Registers } from "./call-site.js";
import { tellSettings } from "./system-settings.js";
import type { SystemState } from "./system-state.js";

export interface Case {
  readonly call: string;
  readonly registers: Registers;
  /** CPSR bits 31:27 and 19:16 at the call. */
  readonly flags: number;
  /** Other state that the phase leaves to chance, by slot. */
  readonly system: SystemState;
}

/** 32-bit words (xorshift): the same ones for the same seed on every host. The state may be put back. */
export class RandomWords {
  state: number;
  constructor(seed: number) {
    this.state = (seed ^ 0x9e3779b9) | 0 || 1;
  }
  next(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (this.state = x);
  }
}
/** As RandomWords, as a function. */
export const randomWords = (seed: number): (() => number) => {
  const words = new RandomWords(seed);
  return () => words.next();
};
/** Values that programs get wrong: ends of ranges, sign changes, numbers of other generations and APIs. */
const BOUNDARIES = [
  0, 1, 2, 3, 4, 5, 0x10, 0xff, 0x100, 0xfff, 0x1000, 0x7fffffff, 0x80000000, 0x80008000,
  0x84000000, 0x84000003, 0x84000008, 0x95c1ba5e, 0x0badca10, 0x0badca11, 0xc6000000, 0xea1,
  0xfffffffe, 0xffffffff,
].map((v) => v | 0);

const selected = (contract: Contract, call: Call): number[] => {
  if (call.selector.kind === "value") return [call.selector.value | 0];
  const named = new Set(
    contract.calls.flatMap((c) => (c.selector.kind === "value" ? [c.selector.value | 0] : [])),
  );
  const neighbours = [...named].flatMap((n) => [n - 1, n + 1]);
  return [...new Set([...neighbours, ...BOUNDARIES])]
    .map((v) => v | 0)
    .filter((v) => !named.has(v));
};
/** Values for an input of a domain: good ones first. */
const inputValues = (site: CallSite, domain: "vectors" | "code" | "any"): number[] => {
  if (domain === "vectors")
    return [site.layout.newVectors, site.layout.newVectors + 0x20, site.layout.hostVectors];
  if (domain === "code") return [site.target(false), site.target(true)];
  return BOUNDARIES;
};
/** In the kernel's own instruction set alone: where the target's bit 0 is not looked at. */
const kernelTargets = (site: CallSite): number[] => [site.target(site.options.thumb)];

export interface CaseOptions {
  readonly seed: number;
  /** Cases for each call. */
  readonly count: number;
  /** Ids of calls whose code addresses are in the kernel's instruction set. */
  readonly kernelCode: ReadonlySet<string>;
}

/** Takes what a case consists of, piece by piece. A register that is told twice holds the later value. */
export interface CaseSink {
  register(n: number, value: number): void;
  /** CPSR bits 31:27 and 19:16. */
  flags(value: number): void;
  setting(slot: number, name: string, value: number): void;
}

/** Makes the cases of one call of a contract, one after the other, without building them. */
export class CaseMaker {
  readonly call: Call;
  /** Where the present case's random values come from. */
  readonly words: RandomWords;
  readonly #contract: Contract;
  readonly #site: CallSite;
  readonly #selectors: readonly number[];
  readonly #selectorIsInput: boolean;
  readonly #inputs: readonly { readonly register: number; readonly values: readonly number[] }[];
  readonly #random: () => number;

  constructor(contract: Contract, call: Call, site: CallSite, options: Omit<CaseOptions, "count">) {
    this.#contract = contract;
    this.call = call;
    this.#site = site;
    this.words = new RandomWords(options.seed ^ hash(`${contract.id}/${call.id}`));
    this.#random = () => this.words.next();
    this.#selectors = selected(contract, call);
    this.#selectorIsInput = call.inputs.some((i) => i.register === 0);
    this.#inputs = call.inputs.map((input) => {
      const values =
        input.domain === "code" && options.kernelCode.has(call.id)
          ? kernelTargets(site)
          : inputValues(site, input.domain);
      // A value of r0 that another call names is that call.
      return {
        register: input.register,
        values: input.register === 0 ? values.filter((v) => !isNamed(contract, v)) : values,
      };
    });
  }
  /** Cases that leave all but the call's own registers as the site has them: the first ones. */
  get plainCases(): number {
    return this.#selectors.length;
  }
  /** Tells case `n`. Cases are told in order, or again from the state that `words` had before them. */
  tell(n: number, sink: CaseSink): void {
    const random = this.#random;
    const selectors = this.#selectors;
    // The first case of each selector leaves the other registers as the site has them.
    const plain = n < selectors.length;
    if (!plain)
      for (let r = 1; r <= 12; r++)
        sink.register(
          r,
          (random() & 7) === 0 ? BOUNDARIES[(random() >>> 8) % BOUNDARIES.length]! : random(),
        );
    if (!this.#selectorIsInput) {
      sink.register(
        0,
        plain || this.call.selector.kind === "value" || (random() & 1) === 0
          ? selectors[n % selectors.length]!
          : other(this.#contract, random),
      );
    }
    for (const { register, values } of this.#inputs)
      sink.register(register, values[n % values.length]!);
    sink.flags(plain ? 0 : random() & (0xf80f0000 | 0));
    if (!plain) tellSettings(random, this.#site, sink);
  }
  /** Case `n` as a record. */
  make(n: number): Case {
    const registers: Partial<Record<number, number>> = {};
    const system: Record<string, number> = {};
    let flags = 0;
    this.tell(n, {
      register: (r, value) => (registers[r] = value),
      flags: (value) => (flags = value),
      setting: (_slot, name, value) => (system[name] = value),
    });
    return { call: this.call.id, registers, flags, system };
  }
}

/** The cases of one call of a contract. */
export const casesOf = (
  contract: Contract,
  call: Call,
  site: CallSite,
  options: CaseOptions,
): Case[] => {
  const maker = new CaseMaker(contract, call, site, options);
  return Array.from({ length: options.count }, (_, n) => maker.make(n));
};
const isNamed = (contract: Contract, v: number): boolean =>
  contract.calls.some((c) => c.selector.kind === "value" && (c.selector.value | 0) === v);
const other = (contract: Contract, random: () => number): number => {
  for (;;) {
    const v = random();
    if (!isNamed(contract, v)) return v;
  }
};
const hash = (text: string): number => {
  let h = 0x811c9dc5;
  for (const c of text) h = Math.imul(h ^ c.charCodeAt(0), 0x01000193);
  return h;
};
