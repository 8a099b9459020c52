/** Reads and writes of CPSR in compiled code, out of the sequences of arch/. */
import {
  cpsrReadByInstruction,
  NO_INTERRUPT_INPUT,
  SLOT,
  writeCpsrBytes,
  type Mode,
  type Slot,
  type StateOps,
} from "../../arch/index.js";
import { IMPORT } from "./abi.js";
import { OP } from "../module/encoder.js";
import { BASE, NOWHERE, type Frame, type Operand } from "./frame.js";
import { PSR_SLOTS } from "./psr-slots.js";

/** Execution state that MRS does not show: what the words hold in the middle of a block does not matter. */
const HIDDEN: ReadonlySet<Slot> = new Set([SLOT.J, SLOT.T, SLOT.IT]);
const ZERO: Operand = { constant: 0 };
/** CPSR.M. */
const MODE_FIELD = 31;
/** Byte masks: those of interrupt masks, and that of the mode. */
const MASKS = 3,
  CONTROL = 1;

const isZero = (v: Operand): boolean => "constant" in v && v.constant === 0;

/** State of a block in one mode: slots in their locals or in memory. */
class FrameState implements StateOps<Operand> {
  readonly #frame: Frame;
  readonly #mode: Mode;
  constructor(frame: Frame, mode: Mode) {
    this.#frame = frame;
    this.#mode = mode;
  }
  const(value: number): Operand {
    return { constant: value | 0 };
  }
  get(slot: Slot): Operand {
    if (slot === SLOT.M) return this.const(this.#mode.encoding);
    if (HIDDEN.has(slot)) return ZERO;
    const home = this.#frame.homeOf(slot);
    if (home !== undefined) return { local: home };
    this.#frame.load(slot);
    return this.#keep();
  }
  put(slot: Slot, value: Operand): void {
    const home = this.#frame.homeOf(slot);
    if (home === undefined) this.#frame.f.get(BASE);
    this.#frame.push(value);
    if (home === undefined) this.#frame.store(slot);
    else this.#frame.f.set(home);
  }
  and(a: Operand, b: Operand): Operand {
    return isZero(a) || isZero(b) ? ZERO : this.#op(OP.and, a, b);
  }
  or(a: Operand, b: Operand): Operand {
    if (isZero(a)) return b;
    return isZero(b) ? a : this.#op(OP.or, a, b);
  }
  bic(a: Operand, b: Operand): Operand {
    const ones = this.const(-1);
    return this.and(a, this.#op(OP.xor, b, ones));
  }
  add(a: Operand, b: Operand): Operand {
    return this.#op(OP.add, a, b);
  }
  shl(a: Operand, b: Operand): Operand {
    return isZero(a) ? ZERO : this.#op(OP.shl, a, b);
  }
  shr(a: Operand, b: Operand): Operand {
    return isZero(a) ? ZERO : this.#op(OP.shrU, a, b);
  }
  select(a: Operand, b: Operand, c: Operand): Operand {
    this.#frame.push(b);
    this.#frame.push(c);
    this.#frame.push(a);
    this.#frame.f.byte(OP.select);
    return this.#keep();
  }
  #op(op: number, a: Operand, b: Operand): Operand {
    this.#frame.push(a);
    this.#frame.push(b);
    this.#frame.f.byte(op);
    return this.#keep();
  }
  #keep(): Operand {
    const local = this.#frame.temporary();
    this.#frame.f.set(local);
    return { local };
  }
}

/** Pushes CPSR as MRS reads it. */
export const readCpsrCode = (frame: Frame, mode: Mode): void =>
  frame.push(cpsrReadByInstruction(new FrameState(frame, mode)));

/** Writes bytes of CPSR; the machine does what is more than a write of words. */
export const writeCpsrCode = (
  frame: Frame,
  mode: Mode,
  value: Operand,
  byteMask: number,
  where: number,
): void => {
  const { f } = frame;
  const privileged = mode.pl !== 0;
  const inPlace = (): void =>
    writeCpsrBytes(new FrameState(frame, mode), value, byteMask, privileged);
  if (!privileged || (byteMask & MASKS) === 0) return inPlace();
  pushIsPlain(frame, mode, value, byteMask);
  frame.foresee(true);
  frame.open(OP.if, NOWHERE);
  inPlace();
  f.byte(OP.else);
  frame.writeBack();
  frame.storeBudget();
  frame.push(value);
  f.const(byteMask);
  f.const(where);
  f.const(0);
  f.call(IMPORT.writeCpsr);
  for (const slot of PSR_SLOTS) {
    frame.load(slot);
    f.set(frame.homeOf(slot)!);
  }
  frame.afterCall();
  frame.close();
};
/** Pushes whether the mode stays and there is no interrupt that what is unmasked could let in. */
const pushIsPlain = (frame: Frame, mode: Mode, value: Operand, byteMask: number): void => {
  const { f } = frame;
  NO_INTERRUPT_INPUT.forEach(({ slot, mask, value: wanted }, n) => {
    frame.load(slot);
    f.const(mask);
    f.byte(OP.and);
    f.const(wanted);
    f.byte(OP.eq);
    if (n > 0) f.byte(OP.and);
  });
  if ((byteMask & CONTROL) === 0) return;
  frame.push(value);
  f.const(MODE_FIELD);
  f.byte(OP.and);
  f.const(mode.encoding);
  f.byte(OP.eq);
  f.byte(OP.and);
};
