/**
 * A device's registers as one table. Storage, masks, reset, snapshot, documentation and the debugger's
 * view come out of it; `RegisterDevice` in register-device.ts makes it answer on the bus.
 */
import { MachineError } from "../machine/index.js";

/** rw stored; ro kept from writes; wo given to `written` only, reads as zero; w1c, w1s: ones clear, set. */
export type FieldAccess = "rw" | "ro" | "wo" | "w1c" | "w1s";
export interface Field {
  readonly access: FieldAccess;
  /** Lowest bit. */
  readonly lsb: number;
  /** Bits. */
  readonly width: number;
  /** Value at reset. */
  readonly reset: number;
}
type FieldMaker = (lsb: number, width?: number, reset?: number) => Field;
const maker =
  (access: FieldAccess): FieldMaker =>
  (lsb, width = 1, reset = 0) => ({ access, lsb, width, reset });

/** Read and write. */
export const rw = maker("rw");
/** Read only: constants, or what the device sets. */
export const ro = maker("ro");
/** Write only: reads as zero. */
export const wo = maker("wo");
/** Reads give the bits; writing ones clears them. */
export const w1c = maker("w1c");
/** Reads give the bits; writing ones sets them. */
export const w1s = maker("w1s");

export type AccessSize = 1 | 2 | 4;

/** A register, or an array of equal ones. */
export interface RegisterRow {
  /** Byte offset of the first. */
  readonly at: number;
  /** How many there are (1). */
  readonly count?: number;
  /** Bytes of one (4). Larger accesses are cut into accesses of this size. */
  readonly width?: AccessSize;
  /** Bytes from one to the next (`width`). */
  readonly stride?: number;
  /** Bits that no field names read as zero and ignore writes. */
  readonly fields: Readonly<Record<string, Field>>;
  /** Access sizes that are allowed, if other than the block's. */
  readonly access?: readonly AccessSize[];
  /** Each CPU has its own: true for all of an array, a number for the first so many. */
  readonly banked?: boolean | number;
  /** Stored but without the meaning it has in hardware: legal, and counted by name. */
  readonly unmodelled?: true;
  /** Section of the document, if it helps. */
  readonly ref?: string;
}
/** Bytes that the device answers itself: data ports, configuration spaces. */
export interface WindowRow {
  readonly at: number;
  /** Size in bytes. */
  readonly window: number;
  readonly access?: readonly AccessSize[];
  readonly ref?: string;
}
export type Row = RegisterRow | WindowRow;
export type Rows = Readonly<Record<string, Row>>;

export type RegisterName<R extends Rows> = {
  [K in keyof R & string]: R[K] extends RegisterRow ? K : never;
}[keyof R & string];
export type WindowName<R extends Rows> = {
  [K in keyof R & string]: R[K] extends WindowRow ? K : never;
}[keyof R & string];
/** "HCR" or "HCR.En": a name that is not in the table does not compile. */
export type RegisterPath<R extends Rows> = {
  [K in keyof R & string]: R[K] extends { readonly fields: infer F }
    ? K | `${K}.${keyof F & string}`
    : never;
}[keyof R & string];

export interface BlockOptions {
  /** Bytes on the bus, if more than the rows cover. */
  readonly size?: number;
  /** Access sizes that are allowed where a row says nothing (all). Others count as unlisted. */
  readonly access?: readonly AccessSize[];
  /**
   * An access to what no row lists: "zero" reads as zero, ignores writes and is counted in the
   * device's `unmodelled`; "stop" stops the machine by name. Default "zero".
   */
  readonly unlisted?: "zero" | "stop";
}

/** A row as the device runs it: numbers only, worked out once. */
export interface CompiledRow {
  readonly name: string;
  readonly row: Row;
  readonly index: number;
  readonly isWindow: boolean;
  readonly at: number;
  readonly count: number;
  readonly width: AccessSize;
  readonly stride: number;
  /** Sum of the sizes allowed. */
  readonly sizes: number;
  /** How many of the first are banked. */
  readonly banked: number;
  /** First slot for one bank; see `RegisterDevice.slot`. Register rows only. */
  readonly bankedSlot: number;
  readonly sharedSlot: number;
  readonly reset: number;
  readonly readMask: number;
  readonly rwMask: number;
  readonly w1cMask: number;
  readonly w1sMask: number;
  readonly woMask: number;
  readonly unmodelled: boolean;
}
/** A register or field by number. */
export interface CompiledPath {
  readonly row: CompiledRow;
  readonly lsb: number;
  /** Before shifting up. */
  readonly mask: number;
}

/** One row of the documentation. */
export interface RegisterDocument {
  readonly name: string;
  readonly offset: number;
  readonly count: number;
  readonly stride: number;
  readonly access: readonly AccessSize[];
  readonly banked: number;
  /** Undefined for windows. */
  readonly reset: number | undefined;
  readonly unmodelled: boolean;
  readonly ref: string | undefined;
  readonly fields: readonly {
    readonly name: string;
    /** "31:28" or "0". */
    readonly bits: string;
    readonly access: FieldAccess;
    readonly reset: number;
  }[];
}

const bits = (lsb: number, width: number): number =>
  width === 32 ? -1 : ((2 ** width - 1) << lsb) | 0;
const SIZES: readonly AccessSize[] = [1, 2, 4];

export class RegisterBlock<R extends Rows> {
  readonly name: string;
  /** Document and section. */
  readonly ref: string;
  readonly rows: R;
  /** Bytes on the bus. */
  readonly size: number;
  readonly unlisted: "zero" | "stop";
  readonly compiled: readonly CompiledRow[];
  /** Index into `compiled` of each byte offset, -1 where no row is. */
  readonly rowAt: Int16Array;
  /** Slots of one bank, and slots that all CPUs share. */
  readonly bankedSlots: number;
  readonly sharedSlots: number;
  readonly #paths = new Map<string, CompiledPath>();

  constructor(name: string, ref: string, rows: R, options: BlockOptions = {}) {
    this.name = name;
    this.ref = ref;
    this.rows = rows;
    this.unlisted = options.unlisted ?? "zero";
    const compiled: CompiledRow[] = [];
    let bankedSlots = 0;
    let sharedSlots = 0;
    let end = 0;
    for (const [key, row] of Object.entries<Row>(rows)) {
      const one = this.#compile(
        key,
        row,
        compiled.length,
        bankedSlots,
        sharedSlots,
        options.access,
      );
      if (!one.isWindow) {
        bankedSlots += one.banked;
        sharedSlots += one.count - one.banked;
      }
      end = Math.max(end, one.at + (one.count - 1) * one.stride + one.width);
      if ("window" in row) end = Math.max(end, row.at + row.window);
      compiled.push(one);
    }
    this.size = options.size ?? end;
    if (end > this.size) this.#fail(`rows reach 0x${end.toString(16)}, beyond its size`);
    this.compiled = compiled;
    this.bankedSlots = bankedSlots;
    this.sharedSlots = sharedSlots;
    this.rowAt = new Int16Array(end).fill(-1);
    for (const row of compiled) this.#claim(row);
  }

  #fail(what: string): never {
    throw new MachineError("machine/configuration", `register block ${this.name}: ${what}`);
  }
  #compile(
    name: string,
    row: Row,
    index: number,
    bankedSlot: number,
    sharedSlot: number,
    blockAccess: readonly AccessSize[] | undefined,
  ): CompiledRow {
    const sizes = (row.access ?? blockAccess ?? SIZES).reduce<number>((sum, s) => sum | s, 0);
    const isWindow = "window" in row;
    const width = isWindow ? 1 : (row.width ?? 4);
    const count = isWindow ? 1 : (row.count ?? 1);
    const stride = isWindow ? row.window : (row.stride ?? width);
    const banked = isWindow || !row.banked ? 0 : row.banked === true ? count : row.banked;
    if (!Number.isInteger(row.at) || row.at < 0 || (!isWindow && row.at % width !== 0))
      this.#fail(`${name}: offset ${row.at} is not a multiple of its width`);
    if (!Number.isInteger(count) || count < 1) this.#fail(`${name}: count ${count}`);
    if (stride < width || stride % width !== 0) this.#fail(`${name}: stride ${stride}`);
    if (banked > count) this.#fail(`${name}: ${banked} banked of ${count}`);
    const masks = { rw: 0, ro: 0, wo: 0, w1c: 0, w1s: 0 };
    let reset = 0;
    let all = 0;
    const fields = isWindow ? {} : row.fields;
    for (const [key, { access, lsb, width: w, reset: value }] of Object.entries(fields)) {
      if (!(Number.isInteger(lsb) && Number.isInteger(w) && lsb >= 0 && w >= 1))
        this.#fail(`${name}.${key}: bit ${lsb}, width ${w}`);
      if (lsb + w > width * 8) this.#fail(`${name}.${key} does not fit into ${width * 8} bits`);
      const mask = bits(lsb, w);
      if ((all & mask) !== 0) this.#fail(`${name}.${key} overlaps another field`);
      if (!Number.isInteger(value) || value < 0 || value >= 2 ** w)
        this.#fail(`${name}.${key}: reset value ${value} does not fit`);
      all |= mask;
      masks[access] |= mask;
      reset |= value << lsb;
    }
    const one: CompiledRow = {
      name,
      row,
      index,
      isWindow,
      at: row.at,
      count,
      width,
      stride,
      sizes,
      banked,
      bankedSlot,
      sharedSlot,
      reset,
      readMask: all & ~masks.wo,
      rwMask: masks.rw,
      w1cMask: masks.w1c,
      w1sMask: masks.w1s,
      woMask: masks.wo,
      unmodelled: !isWindow && row.unmodelled === true,
    };
    const whole = bits(0, width * 8);
    this.#paths.set(name, { row: one, lsb: 0, mask: whole });
    for (const [key, { lsb, width: w }] of Object.entries(fields))
      this.#paths.set(`${name}.${key}`, { row: one, lsb, mask: bits(0, w) });
    return one;
  }
  #claim(row: CompiledRow): void {
    const bytes = "window" in row.row ? row.row.window : row.width;
    for (let n = 0; n < row.count; n++) {
      for (let i = 0; i < bytes; i++) {
        const at = row.at + n * row.stride + i;
        const other = this.rowAt[at]!;
        if (other >= 0)
          this.#fail(`${row.name} overlaps ${this.compiled[other]!.name} at 0x${at.toString(16)}`);
        this.rowAt[at] = row.index;
      }
    }
  }

  /** The register or field of a name, worked out once: for use in hot paths. */
  path(name: RegisterPath<R>): CompiledPath {
    return this.#paths.get(name)!;
  }
  row(name: keyof R & string): CompiledRow {
    return this.#paths.get(name)!.row;
  }
  /** Byte offset of a register or window. */
  offset(name: keyof R & string, index = 0): number {
    const row = this.row(name);
    return row.at + index * row.stride;
  }
  /** The documentation, in the order of offsets. */
  document(): RegisterDocument[] {
    return this.compiled
      .map((c) => ({
        name: c.name,
        offset: c.at,
        count: c.count,
        stride: c.stride,
        access: SIZES.filter((s) => (c.sizes & s) !== 0),
        banked: c.banked,
        reset: c.isWindow ? undefined : c.reset >>> 0,
        unmodelled: c.unmodelled,
        ref: c.row.ref,
        fields: Object.entries("fields" in c.row ? c.row.fields : {})
          .map(([name, f]) => ({
            name,
            bits: f.width === 1 ? `${f.lsb}` : `${f.lsb + f.width - 1}:${f.lsb}`,
            access: f.access,
            reset: f.reset,
          }))
          .sort((a, b) => Number.parseInt(b.bits, 10) - Number.parseInt(a.bits, 10)),
      }))
      .sort((a, b) => a.offset - b.offset);
  }
}

/** A register block. Throws MachineError when fields or registers overlap or do not fit. */
export const registerBlock = <const R extends Rows>(
  name: string,
  ref: string,
  rows: R,
  options: BlockOptions = {},
): RegisterBlock<R> => new RegisterBlock(name, ref, rows, options);
