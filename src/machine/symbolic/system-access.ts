/**
 * Access path of CP14 and CP15 registers over terms, by the rows of ../system-rows.ts. A register that does more
 * than drop translations or look for interrupts ends the path by its name.
 */
import {
  modeOf,
  hsr,
  privilegeOf,
  SLOT,
  systemSlot,
  type AccessTrap,
  type CpuModel,
  type Slot,
  type SystemSlotName,
} from "../../arch/index.js";
import { constantOf, type Term, type Terms } from "../../engines/index.js";
import type { HintName } from "../../ir/index.js";
import type { UnpredictablePolicy } from "../../isa/index.js";
import { rowNamed, systemRows, TRAP_BITS, type SystemRow } from "../system-rows.js";
import { gatesOf, trapGate, type Gate } from "../system-gates.js";
import type { SymbolicExceptions } from "./exceptions.js";
import {
  anySet,
  bitSet,
  branch,
  faults,
  goesOn,
  modeBits,
  stops,
  type MachineContinuation,
  type MachinePath,
} from "./machine-path.js";
import { EXECUTION_STATE, psrField, readPsr } from "./psr.js";
import { PSR, type BitField } from "../../arch/index.js";

const SCTLR = systemSlot("SCTLR"),
  CPACR = systemSlot("CPACR"),
  HCPTR = systemSlot("HCPTR");
const SCTLR_SW = 10,
  FPEXC_EN = 30,
  HCPTR_TASE = 15,
  CPACR_ASEDIS = 31;
const FPSCR_LEN_STRIDE = 0x37_0000;

export interface SymbolicCpuOptions {
  readonly model: CpuModel;
  readonly policy: UnpredictablePolicy;
}

export class SymbolicSystemAccess {
  readonly #terms: Terms;
  readonly #options: SymbolicCpuOptions;
  readonly #exceptions: SymbolicExceptions;
  readonly #rows: readonly SystemRow[];

  constructor(terms: Terms, options: SymbolicCpuOptions, exceptions: SymbolicExceptions) {
    this.#terms = terms;
    this.#options = options;
    this.#exceptions = exceptions;
    this.#rows = systemRows({ model: options.model, hyp: true, index: 0, count: 1 });
  }

  /** Whether a named trap's control bit is set as it traps. */
  #trapHolds(path: MachinePath, trap: string): Term {
    if (!(trap in TRAP_BITS)) throw new Error(`no trap is named ${trap}`);
    return this.#shut(path, trapGate(trap as AccessTrap));
  }
  #shut(path: MachinePath, { slot, mask, wanted }: Gate): Term {
    const set = anySet(path, slot as Slot, mask);
    return wanted === "clear" ? set : this.#terms.not(set);
  }
  /** Splits by the checks of an access; what passes goes on with `then`. */
  #permitted(
    path: MachinePath,
    row: SystemRow,
    write: boolean,
    wide: boolean,
    then: (path: MachinePath) => MachineContinuation[],
  ): MachineContinuation[] {
    const undefinedHere = (p: MachinePath): MachineContinuation[] => [
      faults(p, { kind: "undefined" }),
    ];
    const trapped = (p: MachinePath): MachineContinuation[] => [
      faults(p, { kind: "hypTrap", syndrome: 0 }),
    ];
    const level = privilegeOf(modeBits(path));
    const gates = gatesOf(row, write, wide, level, { model: this.#options.model, hyp: true });
    if (gates === undefined) return undefinedHere(path);
    // Those that make it UNDEFINED come first.
    const shut = (otherwise: Gate["otherwise"]): Term =>
      this.#terms.or(
        ...gates.filter((g) => g.otherwise === otherwise).map((g) => this.#shut(path, g)),
      );
    return branch(path, shut("undefined"), undefinedHere, (p) =>
      branch(p, shut("trap"), trapped, then),
    );
  }
  #source(path: MachinePath, row: SystemRow): SystemRow | undefined | "symbolic" {
    const { readAtPl1, selected } = row.record;
    let name: string | undefined;
    if (selected !== undefined) {
      const by = constantOf(path.get(systemSlot(selected.by as SystemSlotName)));
      if (by === undefined) return "symbolic";
      name = selected.from[by & selected.mask];
    } else if (readAtPl1 !== undefined && privilegeOf(modeBits(path)) === 1) name = readAtPl1;
    else return row;
    return name === undefined ? undefined : rowNamed(this.#rows, name);
  }
  #unmodelled(path: MachinePath, row: SystemRow): MachineContinuation[] {
    return [stops(path, "unmodelled", `what an access of ${row.record.name} does`)];
  }
  read(path: MachinePath, index: number, wide: boolean): MachineContinuation[] {
    const row = this.#rows[index]!;
    return this.#permitted(path, row, false, wide, (p) => {
      const { behaviour } = row;
      if (behaviour?.read !== undefined || behaviour?.before !== undefined)
        return this.#unmodelled(p, row);
      const source = this.#source(p, row);
      if (source === "symbolic") return this.#unmodelled(p, row);
      const zero = this.#terms.const(0, 32);
      p.local.high = wide ? p.get(row.high as Slot) : zero;
      return [goesOn(p, source === undefined || source.low < 0 ? zero : p.get(source.low as Slot))];
    });
  }
  write(
    path: MachinePath,
    index: number,
    low: Term,
    high: Term | undefined,
  ): MachineContinuation[] {
    const row = this.#rows[index]!;
    const wide = high !== undefined;
    return this.#permitted(path, row, true, wide, (p) => {
      const { behaviour } = row;
      if (behaviour !== undefined && behaviour.touches === undefined)
        return this.#unmodelled(p, row);
      const target = row.record.selected === undefined ? row : this.#source(p, row);
      if (target === "symbolic") return this.#unmodelled(p, row);
      if (row.record.kind === "constant" || target === undefined || target.low < 0)
        return [goesOn(p)];
      const slot = target.low as Slot;
      p.put(slot, this.#stored(p.get(slot), low, row, target));
      if (high !== undefined)
        p.put(row.high as Slot, this.#terms.bvand(high, this.#terms.const(row.highMask, 32)));
      return [goesOn(p)];
    });
  }
  #stored(old: Term, value: Term, row: SystemRow, target: SystemRow): Term {
    const terms = this.#terms;
    const under = (mask: number): Term => terms.bvand(value, terms.const(mask, 32));
    const view = row.record.view?.write;
    if (view === "set") return terms.bvor(old, under(row.mask));
    if (view === "clear") return terms.bvand(old, terms.bvnot(under(row.mask)));
    return terms.bvor(terms.bvand(old, terms.const(~target.mask, 32)), under(target.mask));
  }

  checkCoprocessor(
    path: MachinePath,
    coprocessor: number,
    advancedSimd: boolean,
  ): MachineContinuation[] {
    const terms = this.#terms;
    const undefinedHere = (p: MachinePath): MachineContinuation[] => [
      faults(p, { kind: "undefined" }),
    ];
    if (coprocessor !== 10 && coprocessor !== 11) return undefinedHere(path);
    const level = privilegeOf(modeBits(path));
    const access = terms.extract(21, 20, path.get(CPACR));
    const is = (value: number): Term => terms.eq(access, terms.const(value, 2));
    const closed =
      level === 2
        ? terms.false
        : terms.or(
            is(0),
            is(2),
            level === 0 ? is(1) : terms.false,
            advancedSimd ? bitSet(path, CPACR, CPACR_ASEDIS) : terms.false,
          );
    const trapped = terms.or(
      bitSet(path, HCPTR, coprocessor),
      advancedSimd ? bitSet(path, HCPTR, HCPTR_TASE) : terms.false,
    );
    const syndrome = hsr("hcptr", {
      CV: 1,
      COND: 14,
      TA: advancedSimd ? 1 : 0,
      coproc: advancedSimd ? 0 : coprocessor,
    });
    return branch(path, closed, undefinedHere, (p) =>
      branch(
        p,
        trapped,
        (q) => (level === 2 ? undefinedHere(q) : [faults(q, { kind: "hypTrap", syndrome })]),
        (q) => [goesOn(q)],
      ),
    );
  }
  trapCheck(path: MachinePath, trap: string): MachineContinuation[] {
    const terms = this.#terms;
    const undefinedIf = (condition: Term): MachineContinuation[] =>
      branch(
        path,
        condition,
        (p) => [faults(p, { kind: "undefined" })],
        (p) => [goesOn(p)],
      );
    switch (trap) {
      case "SCTLR.SW":
        return undefinedIf(
          this.#options.policy === "reference-emulator"
            ? terms.false
            : terms.not(bitSet(path, SCTLR, SCTLR_SW)),
        );
      case "FPEXC.EN":
        return undefinedIf(terms.not(bitSet(path, SLOT.FPEXC, FPEXC_EN)));
      case "FPSCR.Len":
        return undefinedIf(anySet(path, SLOT.FPSCR, FPSCR_LEN_STRIDE));
      default:
    }
    if (privilegeOf(modeBits(path)) === 2) return [goesOn(path)];
    return branch(
      path,
      this.#trapHolds(path, trap),
      (p) => [faults(p, { kind: "hypTrap", syndrome: 0 })],
      (p) => [goesOn(p)],
    );
  }
  hint(path: MachinePath, hint: HintName): MachineContinuation[] {
    return [stops(path, "unmodelled", `the hint ${hint.toUpperCase()}`)];
  }

  // ---- CPSR ---------------------------------------------------------------------------------------

  readCpsr(path: MachinePath): Term {
    return this.#terms.bvand(
      readPsr(this.#terms, path.state),
      this.#terms.const(~EXECUTION_STATE, 32),
    );
  }
  /** CPSRWriteByInstr with is_excpt_return FALSE. */
  writeCpsr(path: MachinePath, value: Term, byteMask: number): MachineContinuation[] {
    const privileged = privilegeOf(modeBits(path)) !== 0;
    const put = (slot: Slot, field: BitField): void =>
      path.put(slot, psrField(this.#terms, value, field));
    if ((byteMask & 8) !== 0)
      for (const name of ["N", "Z", "C", "V", "Q"] as const) put(SLOT[name], PSR[name]);
    if ((byteMask & 4) !== 0) put(SLOT.GE, PSR.GE);
    if ((byteMask & 2) !== 0) {
      put(SLOT.E, PSR.E);
      if (privileged) put(SLOT.A, PSR.A);
    }
    if (!privileged || (byteMask & 1) === 0) return [goesOn(path)];
    put(SLOT.I, PSR.I);
    put(SLOT.F, PSR.F);
    const current = modeBits(path);
    const level = privilegeOf(current);
    return this.#exceptions.byMode(
      path,
      value,
      (mode) =>
        mode.encoding === current || (level !== 2 && mode.name !== "hyp" && mode.name !== "mon"),
      (p, m) => {
        p.put(SLOT.M, this.#terms.const(m, 32));
        return [goesOn(p)];
      },
      // To or from HYP mode by MSR or CPS, or to a mode that is none: UNPREDICTABLE; the mode stays.
      (p, what) =>
        this.#options.policy === "stop"
          ? [
              stops(
                p,
                "unpredictable",
                `write of ${what} to CPSR.M in ${modeOf(current)!.name} mode`,
              ),
            ]
          : [goesOn(p)],
    );
  }
}
