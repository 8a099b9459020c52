/**
 * The condition under which a path breaks an expectation: what ../expectation.ts judges on numbers, over terms. A
 * counterexample out of it is judged there again before anybody is told.
 */
import { HYP_VECTOR, MODE, PSR, registerSlot, SLOT, slotNamed } from "../../arch/index.js";
import type { Expectation, ValueExpression } from "../../contract/index.js";
import type { Term, Terms } from "../../engines/index.js";
import type { CallSite } from "../call-site.js";
import { MEMORY_ARRAY, type CallPath, type SymbolicCall } from "../symbolic/symbolic-call.js";

/** A path was not followed to its end, or the expectation asks what terms do not say. */
export class UndecidedError extends Error {
  override readonly name = "UndecidedError";
}

const slotOf = (name: string): number => {
  const slot = slotNamed(name);
  if (slot === undefined) throw new RangeError(`no state is named ${name}`);
  return slot;
};
const r = (n: number): number => registerSlot(n, MODE.svc);
/** The path's condition as one term. */
export const conditionOf = (terms: Terms, path: CallPath): Term => terms.and(...path.condition);

/** Judges expectations about one path of a call. */
export class PathJudge {
  readonly #terms: Terms;
  readonly #before: readonly Term[];
  readonly #path: CallPath;
  readonly #site: CallSite;

  constructor(call: SymbolicCall, path: CallPath, site: CallSite) {
    this.#terms = call.terms;
    this.#before = call.before;
    this.#path = path;
    this.#site = site;
  }
  #word(value: number): Term {
    return this.#terms.const(value, 32);
  }
  #after(slot: number): Term {
    return this.#path.after[slot]!;
  }
  #valueOf(e: ValueExpression): Term {
    switch (e.kind) {
      case "constant":
        return this.#word(e.value);
      case "register":
        return this.#before[r(e.register)]!;
      case "system":
        return this.#before[slotOf(e.register)]!;
      case "stubVectors":
        return this.#word(this.#site.options.stubVectors);
      case "successor":
        return this.#terms.bvadd(this.#before[SLOT.PC]!, this.#word(4));
      case "cpsr":
        return this.#callersPsr();
    }
  }
  /** The caller's CPSR, field by field of arch's table. */
  #callersPsr(): Term {
    const terms = this.#terms;
    const fields = Object.entries(PSR).map(([name, field]) => {
      // ITSTATE is one slot and two fields.
      const slot = name.startsWith("IT_") ? SLOT.IT : SLOT[name as keyof typeof SLOT];
      const at = name === "IT_high" ? PSR.IT_low.width : 0;
      const bits = terms.extract(at + field.width - 1, at, this.#before[slot]!);
      return terms.bvshl(terms.zeroExtend(32 - field.width, bits), this.#word(field.lsb));
    });
    return terms.bvor(this.#word(0), ...fields);
  }
  /** Whether an instruction set is another one than bit 0 of a word says. */
  #setDiffers(set: "A32" | "T32", word: Term): Term {
    const terms = this.#terms;
    return terms.distinct(terms.extract(0, 0, word), terms.const(set === "T32" ? 1 : 0, 1));
  }
  get #kernelThumb(): Term {
    return this.#word(this.#site.options.thumb ? 1 : 0);
  }

  /** The condition, beside the path's own, under which the expectation does not hold. */
  violation(e: Expectation): Term {
    const terms = this.#terms;
    const { outcome } = this.#path;
    if (outcome.kind === "unknown")
      throw new UndecidedError(`${outcome.what}, at 0x${outcome.address.toString(16)}`);
    switch (e.kind) {
      case "returns":
        if (outcome.kind !== "returned" || outcome.mode !== "svc") return terms.true;
        return this.#setDiffers(outcome.instructionSet, this.#kernelThumb);
      case "enters": {
        if (outcome.kind !== "entered" || outcome.mode !== e.mode) return terms.true;
        const target = this.#before[r(e.target)]!;
        return terms.or(
          terms.distinct(outcome.address, terms.bvand(target, this.#word(~1))),
          this.#setDiffers(
            outcome.instructionSet,
            e.instructionSet === "bit0" ? target : this.#kernelThumb,
          ),
        );
      }
      case "branches":
        return terms.not(this.#branchesTo(e.target));
      case "register":
        return terms.distinct(this.#after(r(e.register)), this.#valueOf(e.value));
      case "unchanged":
        return terms.or(
          ...e.slots.map((name) => {
            const slot = slotOf(name);
            return terms.distinct(this.#after(slot), this.#before[slot]!);
          }),
        );
      case "system": {
        const expected = this.#valueOf(e.value);
        return terms.distinct(
          this.#after(slotOf(e.register)),
          // The low bits of HVBAR do not exist.
          e.register === "HVBAR" ? terms.bvand(expected, this.#word(~31)) : expected,
        );
      }
      case "bitsClear":
        return this.#bitsAreNot(e.register, e.mask, 0);
      case "bits":
        return this.#bitsAreNot(e.register, e.mask, e.value);
      case "masked":
        return terms.or(
          ...[SLOT.A, SLOT.I, SLOT.F].map((slot) =>
            terms.distinct(this.#after(slot), this.#word(1)),
          ),
        );
      case "memoryUnchanged":
        return this.#memoryChanged();
      case "outcome":
        return terms.bool(outcome.kind !== e.outcome);
      case "never":
        return terms.bool(
          outcome.kind === "stopped" ||
            e.outcomes.includes(outcome.kind) ||
            // What stands at a place that the caller's state decides is not known: it may do anything.
            (outcome.kind === "entered" && !outcome.marked && e.outcomes.includes("ran-away")),
        );
      case "selfBranch":
      case "path":
        throw new UndecidedError(`the expectation ${e.kind} is not about a call's end`);
    }
  }
  #bitsAreNot(register: string, mask: number, value: number): Term {
    const terms = this.#terms;
    return terms.distinct(
      terms.bvand(this.#after(slotOf(register)), this.#word(mask)),
      this.#word(value),
    );
  }
  /** HYP mode got to the number in a register, or the fetch there was refused. */
  #branchesTo(register: number): Term {
    const terms = this.#terms;
    const target = terms.bvor(this.#before[r(register)]!, this.#kernelThumb);
    const { outcome } = this.#path;
    if (outcome.kind === "entered" || (outcome.kind === "ran-away" && outcome.mode === "hyp"))
      return terms.eq(outcome.address, terms.bvand(target, this.#word(~1)));
    if (outcome.kind === "exception-in-hyp" && outcome.vector === HYP_VECTOR.prefetchAbort)
      return terms.eq(outcome.target, target);
    return terms.false;
  }
  /** A word outside of the occupant's own memory is not what it was. */
  #memoryChanged(): Term {
    const terms = this.#terms;
    const own = this.#site.options.ownMemory;
    return terms.or(
      ...this.#path.writes.map(({ address, value }) => {
        const inside =
          own === undefined
            ? terms.false
            : terms.and(
                terms.not(terms.bvult(address, this.#word(own.from))),
                terms.bvult(address, this.#word(own.to)),
              );
        return terms.and(terms.not(inside), terms.distinct(value, this.#memoryBefore(address)));
      }),
    );
  }
  /** The word that was at a word-aligned address: of the image where that is known, else any. */
  #memoryBefore(address: Term): Term {
    const terms = this.#terms;
    const at = address.op === "const" ? Number(address.value) : undefined;
    const { memory } = this.#site.machine;
    const known = (this.#site.options.image ?? []).some(
      (c) => at !== undefined && at >= c.from && at < c.to,
    );
    return known
      ? this.#word(memory.read32(at!))
      : terms.read(MEMORY_ARRAY, terms.extract(31, 2, address));
  }
}
