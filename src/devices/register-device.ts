/** A register block on the bus: storage, field rules, hooks, reset and snapshots. */
import { type Device, type DeviceState, MachineError } from "../machine/index.js";
import { stateBytes } from "./device-state.js";
import type {
  AccessSize,
  CompiledPath,
  CompiledRow,
  RegisterBlock,
  RegisterName,
  RegisterPath,
  Rows,
  WindowName,
} from "./register-block.js";
import { UnmodelledLog } from "./unmodelled-log.js";

/** What a register does beyond storing. Values are 32 bits, signed or unsigned alike. */
export interface RegisterHooks {
  /**
   * The register's whole value, instead of the stored one; bits without a readable field are masked
   * off afterwards. May have effects (pop a FIFO): it runs once an access.
   */
  readonly read?: (index: number) => number;
  /**
   * As `read` but without effects, for debuggers; `cpu` is whose register it is where it is banked.
   * Default: the stored value.
   */
  readonly peek?: (index: number, cpu: number) => number;
  /**
   * After a write was stored by the rules of the fields. `value`: the bits written, in place, zero
   * outside `lanes`; `lanes`: mask of the bytes written; `before`: the stored value before.
   */
  readonly written?: (value: number, index: number, lanes: number, before: number) => void;
}
/** Bytes that the device answers itself. `offset` counts from the window's start. */
export interface WindowHooks {
  readonly read: (offset: number, size: AccessSize) => number;
  readonly write: (offset: number, size: AccessSize, value: number) => void;
}
export type Behaviour<R extends Rows> = { readonly [K in RegisterName<R>]?: RegisterHooks } & {
  readonly [K in WindowName<R>]?: WindowHooks;
};

/** Who makes the access that is being answered: what selects the bank of a banked register. */
export interface Initiator {
  /** Number of the CPU, from 0. */
  readonly current: number;
}
const ONE_CPU: Initiator = { current: 0 };

export interface RegisterDeviceOptions {
  /** Default: the block's name. */
  readonly name?: string;
  /** Physical base address. */
  readonly base: number;
  /** Bytes on the bus, if other than the block's. */
  readonly size?: number;
  /** Banks of banked registers, one a CPU (1). */
  readonly banks?: number;
  /** Needed with more than one bank. */
  readonly initiator?: Initiator;
  /** Stops the machine; needed when the block's policy for unlisted offsets is "stop". */
  readonly stop?: (what: string) => void;
}

/** A register with its value, for debuggers. */
export interface RegisterView {
  readonly name: string;
  readonly index: number;
  /** CPU of a banked register, else undefined. */
  readonly cpu: number | undefined;
  readonly offset: number;
  readonly value: number;
  readonly fields: Readonly<Record<string, number>>;
}

/**
 * Answers for a register block. A device extends it and calls `on` with its behaviour once after
 * `super`, or makes one and keeps it. Overrides of `reset`, `save` and `restore` call the base.
 */
export class RegisterDevice<R extends Rows> implements Device {
  readonly name: string;
  readonly base: number;
  readonly size: number;
  readonly block: RegisterBlock<R>;
  readonly banks: number;
  /** Accesses that are not modelled. */
  readonly unmodelled = new UnmodelledLog();
  /** All registers' values, by `slot`. */
  readonly words: Int32Array;
  readonly initiator: Initiator;
  readonly #rows: readonly CompiledRow[];
  readonly #rowAt: Int16Array;
  readonly #hooks: (RegisterHooks | undefined)[];
  readonly #windows: (WindowHooks | undefined)[];
  readonly #stop: ((what: string) => void) | undefined;

  constructor(block: RegisterBlock<R>, options: RegisterDeviceOptions) {
    this.block = block;
    this.name = options.name ?? block.name;
    this.base = options.base;
    this.size = options.size ?? block.size;
    this.banks = options.banks ?? 1;
    this.initiator = options.initiator ?? ONE_CPU;
    this.#stop = options.stop;
    if (block.unlisted === "stop" && options.stop === undefined) {
      throw new MachineError(
        "machine/configuration",
        `device ${this.name} stops the machine at unlisted offsets; give it \`stop\``,
      );
    }
    if (this.banks > 1 && options.initiator === undefined) {
      throw new MachineError(
        "machine/configuration",
        `device ${this.name} has ${this.banks} banks; give it \`initiator\``,
      );
    }
    this.#rows = block.compiled;
    this.#rowAt = block.rowAt;
    this.#hooks = this.#rows.map(() => undefined);
    this.#windows = this.#rows.map(() => undefined);
    this.words = new Int32Array(this.banks * block.bankedSlots + block.sharedSlots);
    this.#resetWords();
  }

  /** Hangs behaviour on rows; once, after `super`. */
  protected on(behaviour: Behaviour<R>): void {
    for (const [name, hooks] of Object.entries<RegisterHooks | WindowHooks | undefined>(
      behaviour,
    )) {
      const row = this.block.row(name);
      if (row.isWindow) this.#windows[row.index] = hooks as WindowHooks | undefined;
      else this.#hooks[row.index] = hooks as RegisterHooks | undefined;
    }
  }

  // ---- the bus ----------------------------------------------------------------------------------

  read(offset: number, size: AccessSize): number {
    const row = this.#find(offset, size);
    if (row === undefined) {
      this.#unlisted(offset, size, false, 0);
      return 0;
    }
    if (row.isWindow) {
      const hooks = this.#windows[row.index];
      if (hooks === undefined) {
        this.#unlisted(offset, size, false, 0);
        return 0;
      }
      return this.#cut(hooks.read(offset - row.at, size), size);
    }
    if (size > row.width) return this.#readParts(offset, size, row.width);
    const within = offset - row.at;
    const index = row.stride === 4 ? within >> 2 : Math.floor(within / row.stride);
    const lane = (within - index * row.stride) * 8;
    if (row.unmodelled) this.unmodelled.note(row.name, offset, size, false, 0);
    const hook = this.#hooks[row.index]?.read;
    const value = hook === undefined ? this.words[this.slot(row, index)]! : hook(index);
    return this.#cut((value & row.readMask) >>> lane, size);
  }
  write(offset: number, size: AccessSize, value: number): void {
    const row = this.#find(offset, size);
    if (row === undefined) {
      this.#unlisted(offset, size, true, value);
      return;
    }
    if (row.isWindow) {
      const hooks = this.#windows[row.index];
      if (hooks === undefined) this.#unlisted(offset, size, true, value);
      else hooks.write(offset - row.at, size, this.#cut(value, size));
      return;
    }
    if (size > row.width) {
      this.#writeParts(offset, size, row.width, value);
      return;
    }
    const within = offset - row.at;
    const index = row.stride === 4 ? within >> 2 : Math.floor(within / row.stride);
    const lane = (within - index * row.stride) * 8;
    const lanes = (size === 4 ? -1 : size === 2 ? 0xffff : 0xff) << lane;
    const raw = (value << lane) & lanes;
    if (row.unmodelled) this.unmodelled.note(row.name, offset, size, true, value);
    const slot = this.slot(row, index);
    const before = this.words[slot]!;
    const stored = (before & ~(row.rwMask & lanes)) | (raw & row.rwMask);
    this.words[slot] = (stored & ~(raw & row.w1cMask)) | (raw & row.w1sMask);
    const hook = this.#hooks[row.index]?.written;
    if (hook !== undefined) hook(raw, index, lanes, before);
  }
  /** The row that answers, undefined for offsets and sizes that none lists. */
  #find(offset: number, size: AccessSize): CompiledRow | undefined {
    if (offset < 0 || offset + size > this.#rowAt.length || (offset & (size - 1)) !== 0) {
      return undefined;
    }
    const at = this.#rowAt[offset]!;
    if (at < 0) return undefined;
    const row = this.#rows[at]!;
    if ((row.sizes & size) === 0) return undefined;
    // A wide access over narrow registers is cut up; one that leaves its window is nobody's.
    const whole = row.isWindow || size <= row.width;
    return whole && this.#rowAt[offset + size - 1] !== at ? undefined : row;
  }
  #cut(value: number, size: AccessSize): number {
    return size === 4 ? value >>> 0 : size === 2 ? value & 0xffff : value & 0xff;
  }
  #readParts(offset: number, size: AccessSize, width: AccessSize): number {
    let value = 0;
    for (let i = 0; i < size; i += width) {
      const at = offset + i;
      // A gap between registers of an array reads as zero.
      if (this.#rowAt[at]! >= 0) value |= this.read(at, width) << (8 * i);
    }
    return value >>> 0;
  }
  #writeParts(offset: number, size: AccessSize, width: AccessSize, value: number): void {
    for (let i = 0; i < size; i += width) {
      const at = offset + i;
      if (this.#rowAt[at]! >= 0) this.write(at, width, this.#cut(value >>> (8 * i), width));
    }
  }
  #unlisted(offset: number, size: AccessSize, write: boolean, value: number): void {
    this.unmodelled.note(undefined, offset, size, write, value);
    if (this.block.unlisted === "stop") {
      this.#stop!(
        `${this.name}: ${write ? "write to" : "read of"} offset 0x${offset.toString(16)}, ${size} bytes, where no register is modelled`,
      );
    }
  }

  // ---- by name ----------------------------------------------------------------------------------

  /** Index into `words` of a register; `cpu` matters where it is banked. */
  slot(row: CompiledRow, index: number, cpu: number = this.initiator.current): number {
    return index < row.banked
      ? cpu * this.block.bankedSlots + row.bankedSlot + index
      : this.banks * this.block.bankedSlots + row.sharedSlot + index - row.banked;
  }
  /** Stored value of a register or field, unsigned. Runs no hook. */
  get(
    name: RegisterPath<R> | CompiledPath,
    index = 0,
    cpu: number = this.initiator.current,
  ): number {
    const path = typeof name === "string" ? this.block.path(name) : name;
    return ((this.words[this.slot(path.row, index, cpu)]! >>> path.lsb) & path.mask) >>> 0;
  }
  /** Stores a register or field whatever its access. Runs no hook; excess bits are dropped. */
  set(
    name: RegisterPath<R> | CompiledPath,
    value: number,
    index = 0,
    cpu: number = this.initiator.current,
  ): void {
    const path = typeof name === "string" ? this.block.path(name) : name;
    const slot = this.slot(path.row, index, cpu);
    const mask = path.mask << path.lsb;
    this.words[slot] = (this.words[slot]! & ~mask) | ((value << path.lsb) & mask);
  }
  /** Every register with its value now, without effects. */
  view(): RegisterView[] {
    const views: RegisterView[] = [];
    for (const row of this.#rows) {
      if (!("fields" in row.row)) continue;
      for (let index = 0; index < row.count; index++) {
        const isBanked = index < row.banked;
        for (let cpu = 0; cpu < (isBanked ? this.banks : 1); cpu++) {
          const peek = this.#hooks[row.index]?.peek;
          const value =
            (peek?.(index, cpu) ?? this.words[this.slot(row, index, cpu)]!) & row.readMask;
          views.push({
            name: row.name,
            index,
            cpu: isBanked ? cpu : undefined,
            offset: row.at + index * row.stride,
            value: value >>> 0,
            fields: Object.fromEntries(
              Object.entries(row.row.fields).map(([name, { lsb, width }]) => [
                name,
                ((value >>> lsb) & (width === 32 ? -1 : 2 ** width - 1)) >>> 0,
              ]),
            ),
          });
        }
      }
    }
    return views;
  }

  // ---- life -------------------------------------------------------------------------------------

  #resetWords(): void {
    for (const row of this.#rows) {
      if (row.isWindow) continue;
      for (let index = 0; index < row.count; index++) {
        const banks = index < row.banked ? this.banks : 1;
        for (let cpu = 0; cpu < banks; cpu++) this.words[this.slot(row, index, cpu)] = row.reset;
      }
    }
  }
  reset(): void {
    this.#resetWords();
  }
  save(): DeviceState {
    return new Uint8Array(this.words.buffer.slice(0));
  }
  restore(state: DeviceState): void {
    const bytes = stateBytes(state, `${this.name} registers`, this.words.byteLength);
    this.words.set(new Int32Array(bytes.slice().buffer));
  }
}
