/**
 * What exceptions and PSR accesses do to the state slots, as sequences of word operations. Whoever runs
 * state by other means than the machine's own code (compiled code, symbolic execution) gives the operations
 * and gets the meaning; the machine's code is held against the sequences by a test.
 */
import { MODE, MODES, type Mode } from "./modes.js";
import { maskOf, PSR, type BitField } from "./psr.js";
import { SLOT, spsrSlot, systemSlot, type Slot } from "./state-layout.js";

/** Word operations over values of type V: numbers, locals of a function, terms. */
export interface StateOps<V> {
  const(value: number): V;
  get(slot: Slot): V;
  put(slot: Slot, value: V): void;
  and(a: V, b: V): V;
  or(a: V, b: V): V;
  bic(a: V, b: V): V;
  add(a: V, b: V): V;
  /** Shifts by a constant, 0 to 31. */
  shl(a: V, b: V): V;
  shr(a: V, b: V): V;
  /** a != 0 ? b : c. */
  select(a: V, b: V, c: V): V;
}

/** Slots of a PSR's fields. ITSTATE, which is split, is not among them. */
const FIELDS: readonly (readonly [Slot, BitField])[] = [
  [SLOT.N, PSR.N],
  [SLOT.Z, PSR.Z],
  [SLOT.C, PSR.C],
  [SLOT.V, PSR.V],
  [SLOT.Q, PSR.Q],
  [SLOT.GE, PSR.GE],
  [SLOT.J, PSR.J],
  [SLOT.E, PSR.E],
  [SLOT.A, PSR.A],
  [SLOT.I, PSR.I],
  [SLOT.F, PSR.F],
  [SLOT.T, PSR.T],
  [SLOT.M, PSR.M],
];
/** Bits of ITSTATE that a PSR keeps in IT_low. */
const IT_LOW = 3;

/** A part of the PSR: bits `mask` of a slot's word, at `lsb` of the PSR. */
export interface PsrPart {
  readonly slot: Slot;
  readonly mask: number;
  /** Right shift of the masked word, then left shift. */
  readonly down: number;
  readonly lsb: number;
}
/** All parts of the CPSR. */
export const PSR_PARTS: readonly PsrPart[] = [
  ...FIELDS.map(([slot, field]) => ({
    slot,
    mask: 2 ** field.width - 1,
    down: 0,
    lsb: field.lsb,
  })),
  { slot: SLOT.IT, mask: IT_LOW, down: 0, lsb: PSR.IT_low.lsb },
  { slot: SLOT.IT, mask: 0xfc, down: 2, lsb: PSR.IT_high.lsb },
];

const field = <V>(m: StateOps<V>, psr: V, { lsb, width }: BitField): V =>
  m.and(lsb === 0 ? psr : m.shr(psr, m.const(lsb)), m.const(2 ** width - 1));

/** The CPSR as one word. */
export const cpsrOf = <V>(m: StateOps<V>): V => {
  let psr = m.const(0);
  for (const { slot, mask, down, lsb } of PSR_PARTS) {
    let part = m.and(m.get(slot), m.const(mask));
    if (down !== 0) part = m.shr(part, m.const(down));
    psr = m.or(psr, lsb === 0 ? part : m.shl(part, m.const(lsb)));
  }
  return psr;
};
/** Spreads a PSR over the slots, every field of it. */
const putCpsr = <V>(m: StateOps<V>, psr: V): void => {
  for (const [slot, f] of FIELDS) m.put(slot, field(m, psr, f));
  m.put(SLOT.IT, m.or(m.shl(field(m, psr, PSR.IT_high), m.const(2)), field(m, psr, PSR.IT_low)));
};

/** CPSR as MRS reads it: J, T and ITSTATE are zero (DDI 0406C, B9.3.8). */
export const cpsrReadByInstruction = <V>(m: StateOps<V>): V =>
  m.and(
    cpsrOf(m),
    m.const(~(maskOf(PSR.J) | maskOf(PSR.T) | maskOf(PSR.IT_low) | maskOf(PSR.IT_high))),
  );
/**
 * CPSRWriteByInstr with is_excpt_return FALSE (DDI 0406C, B1.3.3) for bytes `byteMask`, without the mode
 * field, which only a privileged write that is allowed changes.
 */
export const writeCpsrBytes = <V>(
  m: StateOps<V>,
  value: V,
  byteMask: number,
  privileged: boolean,
): void => {
  const bytes: readonly (readonly [number, readonly (keyof typeof PSR & keyof typeof SLOT)[]])[] = [
    [8, ["N", "Z", "C", "V", "Q"]],
    [4, ["GE"]],
    [2, privileged ? ["E", "A"] : ["E"]],
    [1, privileged ? ["I", "F"] : []],
  ];
  for (const [bit, names] of bytes)
    if ((byteMask & bit) !== 0)
      for (const name of names) m.put(SLOT[name], field(m, value, PSR[name]));
};

/** TakeHypException (DDI 0406C, B1.8.3 and B1.9), from Non-secure state with SCR.EA, IRQ and FIQ 0. */
export const enterHyp = <V>(
  m: StateOps<V>,
  entry: {
    /** Offset in the table at HVBAR. */
    readonly vector: number;
    /** HSR; left alone when absent. */
    readonly syndrome?: V | undefined;
    readonly returnAddress: V;
  },
): void => {
  const control = m.get(systemSlot("HSCTLR"));
  m.put(spsrSlot(MODE.hyp)!, cpsrOf(m));
  m.put(SLOT.ELR_hyp, entry.returnAddress);
  if (entry.syndrome !== undefined) m.put(systemSlot("HSR"), entry.syndrome);
  m.put(SLOT.M, m.const(MODE.hyp.encoding));
  for (const slot of [SLOT.A, SLOT.I, SLOT.F]) m.put(slot, m.const(1));
  for (const slot of [SLOT.IT, SLOT.J]) m.put(slot, m.const(0));
  m.put(SLOT.T, field(m, control, { lsb: 30, width: 1 }));
  m.put(SLOT.E, field(m, control, { lsb: 25, width: 1 }));
  m.put(SLOT.PC, m.add(m.get(systemSlot("HVBAR")), m.const(entry.vector)));
};

/** Whether an exception return from a privilege level to a mode is allowed; else it is UNPREDICTABLE. */
export const mayReturnTo = (from: 0 | 1 | 2, wanted: Mode | undefined): boolean =>
  wanted !== undefined &&
  wanted.pl <= from &&
  wanted.name !== "mon" &&
  (wanted.name !== "hyp" || from === 2);
/** A bit for each CPSR.M that an exception return may bring. */
export const returnModes = (from: 0 | 1 | 2): number =>
  MODES.reduce((all, mode) => (mayReturnTo(from, mode) ? all | (1 << mode.encoding) : all), 0);

/** An exception return whose mode is allowed (DDI 0406C, B1.8.11). */
export const returnFromException = <V>(m: StateOps<V>, target: V, psr: V): void => {
  putCpsr(m, psr);
  m.put(SLOT.PC, m.bic(target, m.select(m.get(SLOT.T), m.const(1), m.const(3))));
};

/** The operations on state slots themselves. */
export class ConcreteState implements StateOps<number> {
  /** Slots begin at `base`. */
  readonly words: Int32Array;
  base = 0;
  constructor(words: Int32Array) {
    this.words = words;
  }
  const(value: number): number {
    return value | 0;
  }
  get(slot: Slot): number {
    return this.words[this.base + slot]!;
  }
  put(slot: Slot, value: number): void {
    this.words[this.base + slot] = value;
  }
  and(a: number, b: number): number {
    return a & b;
  }
  or(a: number, b: number): number {
    return a | b;
  }
  bic(a: number, b: number): number {
    return a & ~b;
  }
  add(a: number, b: number): number {
    return (a + b) | 0;
  }
  shl(a: number, b: number): number {
    return a << b;
  }
  shr(a: number, b: number): number {
    return (a >>> b) | 0;
  }
  select(a: number, b: number, c: number): number {
    return a === 0 ? c : b;
  }
}
