/**
 * A bank of NOR flash: two 16-bit chips side by side with the Intel command set (JESD68.01 CFI, Intel
 * 28F128J3 data sheet), as the reference board has two of at address 0.
 */
import type { Device, DeviceState } from "../machine/index.js";
import { stateBytes, stateFields, stateInteger, stateString } from "./device-state.js";
import { type FlashContents } from "./flash-contents.js";
import type { AccessSize } from "./register-block.js";
import { UnmodelledLog } from "./unmodelled-log.js";

/** Commands (first bus cycle). Each chip sees its own half of the bus; the low byte counts. */
export const FLASH_COMMAND = {
  readArray: 0xff,
  /** The other command set's reset, which drivers try too. */
  amdReset: 0xf0,
  readIdentity: 0x90,
  query: 0x98,
  readStatus: 0x70,
  clearStatus: 0x50,
  program: 0x40,
  programAlternate: 0x10,
  bufferedProgram: 0xe8,
  eraseSector: 0x20,
  lockSetup: 0x60,
  confirm: 0xd0,
} as const;

/** Status register. */
const STATUS = { ready: 0x80, eraseError: 0x20, programError: 0x10 } as const;
type State = "array" | "identity" | "query" | "status" | "program" | "erase" | "lock" | Buffered;
type Buffered = "buffer-count" | "buffer-data" | "buffer-confirm";
const STATES: readonly State[] = [
  "array",
  "identity",
  "query",
  "status",
  "program",
  "erase",
  "lock",
  "buffer-count",
  "buffer-data",
  "buffer-confirm",
];

/** Bytes of both chips' write buffers. */
const BUFFER = 4096;
/** Bytes on the bus of one bus word: both chips. */
const BANK_WIDTH = 4;
const CHIPS = 2;
const MANUFACTURER = 0x89;
const DEVICE = 0x18;
const BLANK = 0xff;

const log2 = (value: number): number => Math.round(Math.log2(value));

/** The CFI query structure of one chip, from offset 0x10. */
const queryTable = (size: number, sectorSize: number): Uint8Array => {
  const chip = size / CHIPS;
  const blocks = size / sectorSize - 1;
  const blockUnits = sectorSize / CHIPS / 256;
  const table = new Uint8Array(0x50);
  const put = (at: number, ...bytes: readonly number[]): void => table.set(bytes, at);
  put(0x10, 0x51, 0x52, 0x59); // "QRY"
  put(0x13, 0x01, 0x00, 0x31, 0x00); // Intel extended command set; its table is at 0x31
  put(0x1b, 0x45, 0x55); // supply of 4.5 to 5.5 V
  put(0x1f, 7, 7, 10, 0, 4, 4, 4, 0); // typical and longest times, powers of two
  put(0x27, log2(chip));
  put(0x28, 0x02, 0x00); // 8 or 16 bits wide
  put(0x2a, log2(BUFFER / CHIPS), 0x00);
  put(0x2c, 1); // one erase region
  put(0x2d, blocks & 0xff, blocks >>> 8, blockUnits & 0xff, blockUnits >>> 8);
  put(0x31, 0x50, 0x52, 0x49, 0x31, 0x30); // "PRI", version 1.0
  put(0x3f, 1);
  return table;
};

export interface NorFlashOptions {
  readonly name: string;
  readonly base: number;
  /** Bytes of the bank. */
  readonly size: number;
  /** Bytes that one erase covers, on both chips together. */
  readonly sectorSize: number;
  readonly contents: FlashContents;
}

/** Programs and erases take no time. Lock bits are not modelled: locking is counted and does nothing. */
export class NorFlash implements Device {
  readonly name: string;
  readonly base: number;
  readonly size: number;
  readonly sectorSize: number;
  readonly unmodelled = new UnmodelledLog();
  readonly #contents: FlashContents;
  readonly #query: Uint8Array;
  readonly #blank: Uint8Array;
  #state: State = "array";
  #status: number = STATUS.ready;
  readonly #buffer = new Uint8Array(BUFFER);
  /** Offset of the first byte in the buffer. */
  #bufferAt = 0;
  /** Writes of data that have come, and how many there are to be: drivers use either half of the bus or both. */
  #buffered = 0;
  #expected = 0;

  constructor(options: NorFlashOptions) {
    this.name = options.name;
    this.base = options.base;
    this.size = options.size;
    this.sectorSize = options.sectorSize;
    this.#contents = options.contents;
    this.#query = queryTable(options.size, options.sectorSize);
    this.#blank = new Uint8Array(options.sectorSize).fill(BLANK);
  }

  read(offset: number, size: AccessSize): number {
    let value = 0;
    if (!this.#isInside(offset, size)) return 0;
    if (this.#state === "array") {
      for (let i = size - 1; i >= 0; i--) value = (value << 8) | this.#contents.byte(offset + i);
      return value >>> 0;
    }
    // Each chip answers 16 bits, of which the high byte is zero.
    for (let i = size - 1; i >= 0; i--) {
      const at = offset + i;
      value = (value << 8) | (at % 2 === 0 ? this.#answer(at) : 0);
    }
    return value >>> 0;
  }
  #answer(offset: number): number {
    const word = Math.floor(offset / BANK_WIDTH);
    switch (this.#state) {
      case "query":
        return this.#query[word % 0x100] ?? 0;
      case "identity":
        // Word 2 of a sector tells of its lock: open.
        return [MANUFACTURER, DEVICE, 0][word % 0x100] ?? 0;
      default:
        return this.#status;
    }
  }

  /** Accesses that are not aligned, or leave the bank, are nobody's. */
  #isInside(offset: number, size: AccessSize): boolean {
    if (offset >= 0 && offset % size === 0 && offset + size <= this.size) return true;
    this.unmodelled.note(undefined, offset, size, false, 0);
    return false;
  }

  write(offset: number, size: AccessSize, value: number): void {
    if (!this.#isInside(offset, size)) return;
    switch (this.#state) {
      case "program":
        this.#put(offset, size, value);
        return this.#enter("status");
      case "erase":
        if ((value & 0xff) === FLASH_COMMAND.confirm) {
          this.#contents.store(this.#sectorOf(offset), this.#blank);
        } else this.#status |= STATUS.eraseError | STATUS.programError;
        return this.#enter("status");
      case "lock":
        this.unmodelled.note("lock bits", offset, size, true, value);
        return this.#enter("status");
      case "buffer-count":
        return this.#openBuffer(offset, value & 0xffff);
      case "buffer-data":
        return this.#fillBuffer(offset, size, value);
      case "buffer-confirm":
        if ((value & 0xff) === FLASH_COMMAND.confirm) this.#programBuffer();
        else this.#status |= STATUS.eraseError | STATUS.programError;
        return this.#enter("status");
      default:
        return this.#command(offset, size, value);
    }
  }
  #command(offset: number, size: AccessSize, value: number): void {
    const C = FLASH_COMMAND;
    switch (value & 0xff) {
      case C.readArray:
      case C.amdReset:
        return this.#enter("array");
      case C.readIdentity:
        return this.#enter("identity");
      case C.query:
        return this.#enter("query");
      case C.readStatus:
        return this.#enter("status");
      case C.clearStatus:
        this.#status = STATUS.ready;
        return this.#enter("status");
      case C.program:
      case C.programAlternate:
        return this.#enter("program");
      case C.bufferedProgram:
        return this.#enter("buffer-count");
      case C.eraseSector:
        return this.#enter("erase");
      case C.lockSetup:
        return this.#enter("lock");
      default:
        // As the chips: what is no command leads back to the array.
        this.unmodelled.note("command", offset, size, true, value);
        return this.#enter("array");
    }
  }
  #enter(state: State): void {
    const was = this.#state === "array";
    this.#state = state;
    if (was !== (state === "array")) this.#contents.shown(!was);
  }
  #sectorOf(offset: number): number {
    return offset - (offset % this.sectorSize);
  }
  /** Programming only clears bits. */
  #put(offset: number, size: number, value: number): void {
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i++)
      bytes[i] = this.#contents.byte(offset + i) & ((value >>> (8 * i)) & 0xff);
    this.#contents.store(offset, bytes);
  }

  // ---- buffered programming ---------------------------------------------------------------------

  #openBuffer(offset: number, count: number): void {
    if ((count + 1) * BANK_WIDTH > BUFFER) {
      this.#status |= STATUS.eraseError | STATUS.programError;
      return this.#enter("status");
    }
    this.#bufferAt = offset - (offset % BANK_WIDTH);
    this.#buffer.fill(BLANK);
    this.#buffered = 0;
    this.#expected = count + 1;
    this.#enter("buffer-data");
  }
  #fillBuffer(offset: number, size: AccessSize, value: number): void {
    if (this.#buffered === 0) this.#bufferAt = offset;
    const at = offset - this.#bufferAt;
    const inSector = this.#sectorOf(offset) === this.#sectorOf(this.#bufferAt);
    if (at < 0 || at + size > BUFFER || !inSector) {
      this.#status |= STATUS.programError;
      return this.#enter("status");
    }
    for (let i = 0; i < size; i++) this.#buffer[at + i] = value >>> (8 * i);
    if (++this.#buffered === this.#expected) this.#enter("buffer-confirm");
  }
  #programBuffer(): void {
    const end = this.#sectorOf(this.#bufferAt) + this.sectorSize;
    const length = Math.min(BUFFER, end - this.#bufferAt);
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++)
      bytes[i] = this.#contents.byte(this.#bufferAt + i) & this.#buffer[i]!;
    this.#contents.store(this.#bufferAt, bytes);
  }

  // ---- life -------------------------------------------------------------------------------------

  /** Contents stay. */
  reset(): void {
    this.#enter("array");
    this.#status = STATUS.ready;
    this.#buffered = 0;
    this.#expected = 0;
    this.#contents.reset();
  }
  save(): DeviceState {
    return {
      state: this.#state,
      status: this.#status,
      buffer: this.#buffer.slice(),
      bufferAt: this.#bufferAt,
      buffered: this.#buffered,
      expected: this.#expected,
      contents: this.#contents.save(),
    };
  }
  restore(saved: DeviceState): void {
    const fields = stateFields(saved, this.name);
    const name = stateString(fields.state, `${this.name} state`);
    const state = STATES.find((s) => s === name) ?? "array";
    this.#status = stateInteger(fields.status, `${this.name} status`, 0, 255);
    this.#buffer.set(stateBytes(fields.buffer, `${this.name} buffer`, BUFFER));
    this.#bufferAt = stateInteger(fields.bufferAt, `${this.name} buffer`, 0, this.size - 1);
    this.#buffered = stateInteger(fields.buffered, `${this.name} buffer`, 0, BUFFER);
    this.#expected = stateInteger(fields.expected, `${this.name} buffer`, 0, BUFFER);
    if (fields.contents !== undefined) this.#contents.restore(fields.contents);
    this.#enter(state);
  }
}
