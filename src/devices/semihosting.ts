/**
 * Semihosting (Semihosting for AArch32 and AArch64, release 2.0): a program asks its debugger for
 * console, time and files. Off unless a machine is given one of these; the machine finds the call
 * (SVC 0x123456 and HLT 0xF000 in A32, SVC 0xAB and HLT 0x3C in T32) and passes r0 and r1.
 */
import {
  type Clock,
  type DeviceState,
  INSTRUCTIONS_PER_SECOND,
  MachineError,
} from "../machine/index.js";
import { stateBytes, stateFields, stateInteger, stateList, stateString } from "./device-state.js";

/** The caller's memory as the caller addresses it. Undefined or false: not all of it is there. */
export interface SemihostingMemory {
  read(address: number, size: number): Uint8Array | undefined;
  write(address: number, data: Uint8Array): boolean;
}
export interface SemihostingOptions {
  readonly clock: Clock;
  /** Takes what the program prints. */
  readonly print: (bytes: Uint8Array) => void;
  /** The program ends; `status` is 0 for success. */
  readonly exit: (status: number) => void;
  /** Seconds since 1970 at reset. */
  readonly epoch: number;
  readonly commandLine?: string;
  /** Stack and heap for SYS_HEAPINFO: heap base and limit, stack base and limit; zeros if left out. */
  readonly heap?: readonly [number, number, number, number];
  /** Files that the program may read, by name. It reaches no others, and writes none. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
}

export const SEMIHOSTING = {
  SYS_OPEN: 0x01,
  SYS_CLOSE: 0x02,
  SYS_WRITEC: 0x03,
  SYS_WRITE0: 0x04,
  SYS_WRITE: 0x05,
  SYS_READ: 0x06,
  SYS_READC: 0x07,
  SYS_ISERROR: 0x08,
  SYS_ISTTY: 0x09,
  SYS_SEEK: 0x0a,
  SYS_FLEN: 0x0c,
  SYS_TMPNAM: 0x0d,
  SYS_REMOVE: 0x0e,
  SYS_RENAME: 0x0f,
  SYS_CLOCK: 0x10,
  SYS_TIME: 0x11,
  SYS_SYSTEM: 0x12,
  SYS_ERRNO: 0x13,
  SYS_GET_CMDLINE: 0x15,
  SYS_HEAPINFO: 0x16,
  SYS_EXIT: 0x18,
  SYS_EXIT_EXTENDED: 0x20,
  SYS_ELAPSED: 0x30,
  SYS_TICKFREQ: 0x31,
} as const;

const FAILED = -1;
// Error numbers as the C library of the caller has them.
const ENOENT = 2;
const EBADF = 9;
const EACCES = 13;
const EFAULT = 14;
const EINVAL = 22;
const ENFILE = 23;
const ENOSYS = 38;

/** The console's file name. */
const CONSOLE = ":tt";
const FEATURES = ":semihosting-features";
/** Magic, then one byte: bit 0 SYS_EXIT_EXTENDED, bit 1 stdout and stderr told apart by the mode. */
const FEATURE_BYTES = Uint8Array.of(0x53, 0x48, 0x46, 0x42, 0x03);
/** ADP_Stopped_ApplicationExit. */
const APPLICATION_EXIT = 0x20026;
const HANDLES = 64;
/** Open modes from here on write ("w" and "a"); 2 and 3 ("r+") write as well. */
const isWriting = (mode: number): boolean => mode >= 4 || (mode & 2) !== 0;
/** Bytes of one request, and of a text without an end. */
const LIMIT = 1 << 20;
const TEXT_CHUNK = 64;

type Handle =
  | { readonly kind: "console" }
  | { readonly kind: "file"; readonly name: string; readonly bytes: Uint8Array; at: number };

export class Semihosting {
  readonly #options: SemihostingOptions;
  /** Handle n is at n - 1. */
  readonly #handles: (Handle | undefined)[] = [];
  /** What the console sent and the program has not read. */
  readonly #input: number[] = [];
  #error = 0;
  /** Calls by numbers that this knows not, and how often. */
  readonly unknown = new Map<number, number>();

  constructor(options: SemihostingOptions) {
    this.#options = options;
  }
  /** Characters for SYS_READC and reads of the console; gives how many were taken. */
  receive(bytes: Uint8Array): number {
    const taken = Math.min(bytes.length, LIMIT - this.#input.length);
    for (let i = 0; i < taken; i++) this.#input.push(bytes[i]!);
    return taken;
  }
  reset(): void {
    this.#handles.length = 0;
    this.#input.length = 0;
    this.#error = 0;
  }

  save(): DeviceState {
    return {
      error: this.#error,
      input: Uint8Array.from(this.#input),
      handles: this.#handles.map((handle): DeviceState => {
        if (handle === undefined) return [];
        return handle.kind === "console" ? [CONSOLE, 0] : [handle.name, handle.at];
      }),
    };
  }
  restore(state: DeviceState): void {
    const { error, input, handles } = stateFields(state, "semihosting");
    const opened = stateList(handles, "semihosting handles", HANDLES).map((entry) => {
      const [name, at] = stateList(entry, "semihosting handle", 2);
      if (name === undefined) return undefined;
      const text = stateString(name, "semihosting file");
      if (text === CONSOLE) return { kind: "console" } as const;
      const bytes = text === FEATURES ? FEATURE_BYTES : this.#options.files?.get(text);
      if (bytes === undefined) {
        throw new MachineError(
          "machine/snapshot",
          `the snapshot has the file ${text} open; give it`,
        );
      }
      const place = stateInteger(at, "semihosting file", 0, bytes.length);
      return { ...this.#file(text, bytes), at: place };
    });
    this.reset();
    this.#error = stateInteger(error, "semihosting error");
    this.#handles.push(...opened);
    this.receive(stateBytes(input, "semihosting input"));
  }

  /** Does the call of number `r0` with parameter (mostly the address of a block) `r1`; gives the new r0. */
  call(r0: number, r1: number, memory: SemihostingMemory): number {
    const S = SEMIHOSTING;
    const operation = r0 >>> 0;
    const at = r1 >>> 0;
    switch (operation) {
      case S.SYS_WRITEC: {
        const byte = memory.read(at, 1);
        if (byte === undefined) return this.#fail(EFAULT);
        this.#options.print(byte.slice());
        return r0;
      }
      case S.SYS_WRITE0: {
        const text = this.#text(memory, at);
        if (text === undefined) return this.#fail(EFAULT);
        this.#options.print(text);
        return r0;
      }
      case S.SYS_READC:
        // No character: the reference waits; here the program is told that there is none.
        return this.#input.shift() ?? FAILED;
      case S.SYS_CLOCK:
        return Math.floor((this.#options.clock.now * 100) / INSTRUCTIONS_PER_SECOND) | 0;
      case S.SYS_TIME:
        return (
          (this.#options.epoch + Math.floor(this.#options.clock.now / INSTRUCTIONS_PER_SECOND)) | 0
        );
      case S.SYS_TICKFREQ:
        return INSTRUCTIONS_PER_SECOND;
      case S.SYS_ERRNO:
        return this.#error;
      case S.SYS_EXIT:
        // In AArch32 r1 is the reason itself.
        this.#options.exit(at === APPLICATION_EXIT ? 0 : 1);
        return r0;
      default:
        return this.#withBlock(operation, at, memory);
    }
  }

  /** Words of parameters that each call with a block takes. */
  static readonly #words: ReadonlyMap<number, number> = new Map<number, number>([
    [SEMIHOSTING.SYS_OPEN, 3],
    [SEMIHOSTING.SYS_CLOSE, 1],
    [SEMIHOSTING.SYS_WRITE, 3],
    [SEMIHOSTING.SYS_READ, 3],
    [SEMIHOSTING.SYS_ISERROR, 1],
    [SEMIHOSTING.SYS_ISTTY, 1],
    [SEMIHOSTING.SYS_SEEK, 2],
    [SEMIHOSTING.SYS_FLEN, 1],
    [SEMIHOSTING.SYS_TMPNAM, 3],
    [SEMIHOSTING.SYS_REMOVE, 2],
    [SEMIHOSTING.SYS_RENAME, 4],
    [SEMIHOSTING.SYS_SYSTEM, 2],
    [SEMIHOSTING.SYS_GET_CMDLINE, 2],
    [SEMIHOSTING.SYS_HEAPINFO, 1],
    [SEMIHOSTING.SYS_EXIT_EXTENDED, 2],
    [SEMIHOSTING.SYS_ELAPSED, 0],
  ]);
  #withBlock(operation: number, at: number, memory: SemihostingMemory): number {
    const S = SEMIHOSTING;
    const words = Semihosting.#words.get(operation);
    if (words === undefined) {
      // Bounded: a guest cannot fill the host's memory with numbers.
      if (this.unknown.has(operation) || this.unknown.size < HANDLES)
        this.unknown.set(operation, (this.unknown.get(operation) ?? 0) + 1);
      return this.#fail(ENOSYS);
    }
    const block = memory.read(at, words * 4);
    if (block === undefined) return this.#fail(EFAULT);
    const view = new DataView(block.buffer, block.byteOffset, block.length);
    const word = (n: number): number => view.getUint32(n * 4, true);
    switch (operation) {
      case S.SYS_OPEN:
        return this.#open(memory, word(0), word(1), word(2));
      case S.SYS_CLOSE:
        if (this.#handle(word(0)) === undefined) return this.#fail(EBADF);
        this.#handles[word(0) - 1] = undefined;
        return 0;
      case S.SYS_WRITE:
        return this.#write(memory, word(0), word(1), word(2));
      case S.SYS_READ:
        return this.#read(memory, word(0), word(1), word(2));
      case S.SYS_ISERROR:
        return (word(0) | 0) < 0 ? 1 : 0;
      case S.SYS_ISTTY: {
        const handle = this.#handle(word(0));
        return handle === undefined ? this.#fail(EBADF) : handle.kind === "console" ? 1 : 0;
      }
      case S.SYS_SEEK: {
        const handle = this.#handle(word(0));
        if (handle?.kind !== "file") return this.#fail(EBADF);
        if (word(1) > handle.bytes.length) return this.#fail(EINVAL);
        handle.at = word(1);
        return 0;
      }
      case S.SYS_FLEN: {
        const handle = this.#handle(word(0));
        if (handle === undefined) return this.#fail(EBADF);
        return handle.kind === "file" ? handle.bytes.length : 0;
      }
      case S.SYS_GET_CMDLINE:
        return this.#commandLine(memory, at, word(0), word(1));
      case S.SYS_HEAPINFO:
        return this.#heapInfo(memory, word(0));
      case S.SYS_EXIT_EXTENDED:
        this.#options.exit(word(0) === APPLICATION_EXIT ? word(1) | 0 : 1);
        return 0;
      case S.SYS_ELAPSED: {
        const ticks = new Uint8Array(8);
        new DataView(ticks.buffer).setBigUint64(0, BigInt(this.#options.clock.now), true);
        return memory.write(at, ticks) ? 0 : this.#fail(EFAULT);
      }
      default:
        // SYS_TMPNAM, SYS_REMOVE, SYS_RENAME, SYS_SYSTEM: nothing of the host is changed or run.
        return this.#fail(EACCES);
    }
  }

  #fail(error: number): number {
    this.#error = error;
    return FAILED;
  }
  #handle(number: number): Handle | undefined {
    return this.#handles[number - 1];
  }
  /** A text up to its zero, undefined when it leaves memory or has no end. */
  #text(memory: SemihostingMemory, at: number): Uint8Array | undefined {
    const found: number[] = [];
    while (found.length < LIMIT) {
      // Byte by byte near a page's end, so that what follows the text need not be there.
      const step = Math.min(TEXT_CHUNK, 0x1000 - ((at + found.length) & 0xfff));
      const bytes = memory.read((at + found.length) >>> 0, step);
      if (bytes === undefined) return undefined;
      for (const byte of bytes) {
        if (byte === 0) return Uint8Array.from(found);
        found.push(byte);
      }
    }
    return undefined;
  }

  #file(name: string, bytes: Uint8Array): Handle & { readonly kind: "file" } {
    return { kind: "file", name, bytes, at: 0 };
  }
  #open(memory: SemihostingMemory, nameAt: number, mode: number, length: number): number {
    const bytes = length < LIMIT ? memory.read(nameAt, length) : undefined;
    if (bytes === undefined || mode > 11) return this.#fail(mode > 11 ? EINVAL : EFAULT);
    const name = new TextDecoder().decode(bytes);
    let handle: Handle;
    if (name === CONSOLE) handle = { kind: "console" };
    else if (name === FEATURES) handle = this.#file(name, FEATURE_BYTES);
    else {
      if (isWriting(mode)) return this.#fail(EACCES);
      const file = this.#options.files?.get(name);
      if (file === undefined) return this.#fail(ENOENT);
      handle = this.#file(name, file);
    }
    let free = this.#handles.indexOf(undefined);
    if (free < 0) free = this.#handles.length;
    if (free >= HANDLES) return this.#fail(ENFILE);
    this.#handles[free] = handle;
    return free + 1;
  }
  /** Gives the number of bytes that were not written. */
  #write(memory: SemihostingMemory, number: number, at: number, length: number): number {
    const handle = this.#handle(number);
    if (handle?.kind !== "console") {
      this.#error = handle === undefined ? EBADF : EACCES;
      return length | 0;
    }
    const bytes = memory.read(at, Math.min(length, LIMIT));
    if (bytes === undefined) {
      this.#error = EFAULT;
      return length | 0;
    }
    this.#options.print(bytes.slice());
    return (length - bytes.length) | 0;
  }
  /** Gives the number of bytes that were not read. */
  #read(memory: SemihostingMemory, number: number, at: number, length: number): number {
    const handle = this.#handle(number);
    if (handle === undefined) return this.#fail(EBADF);
    const wanted = Math.min(length, LIMIT);
    const bytes =
      handle.kind === "file"
        ? handle.bytes.subarray(handle.at, handle.at + wanted)
        : Uint8Array.from(this.#input.slice(0, wanted));
    if (!memory.write(at, bytes)) return this.#fail(EFAULT);
    if (handle.kind === "file") handle.at += bytes.length;
    else this.#input.splice(0, bytes.length);
    return (length - bytes.length) | 0;
  }
  #commandLine(memory: SemihostingMemory, block: number, at: number, room: number): number {
    const text = new TextEncoder().encode(`${this.#options.commandLine ?? ""}\0`);
    if (text.length > room) return this.#fail(EINVAL);
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, text.length - 1, true);
    return memory.write(at, text) && memory.write(block + 4, length) ? 0 : this.#fail(EFAULT);
  }
  #heapInfo(memory: SemihostingMemory, at: number): number {
    const block = new Uint8Array(16);
    const view = new DataView(block.buffer);
    (this.#options.heap ?? [0, 0, 0, 0]).forEach((value, n) => view.setUint32(n * 4, value, true));
    return memory.write(at, block) ? 0 : this.#fail(EFAULT);
  }
}
