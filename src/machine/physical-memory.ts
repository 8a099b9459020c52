/**
 * Physical memory: translated code, CPU regions and RAM in one WebAssembly.Memory, the dirty log, and the undo store
 * that snapshots restore from.
 */
import { CPU_WORDS, PAGE_SHIFT, PAGE_SIZE, REGIONS_OFFSET } from "../ir/index.js";
import { MachineError } from "./errors.js";
import { hashPage } from "./state-hash.js";

export interface RamBank {
  /** Physical base address, page aligned. */
  readonly base: number;
  /** Size in bytes, a multiple of 4 KiB. */
  readonly size: number;
  /** Flash: a store goes to the device that has this address on the bus, and `show` hides it from loads. */
  readonly isFlash?: boolean;
}
/** Contents of pages that come when they are first needed. */
interface LatePages {
  /** Byte offset in the memory. */
  readonly offset: number;
  readonly bring: () => Uint8Array;
  readonly pages: number;
}
interface PlacedBank extends RamBank {
  /** Byte offset in the memory. */
  readonly offset: number;
  shown: boolean;
}

/** Pages that may be dirty between two restores before a snapshot's undo store has to grow. */
const UNDO_PAGES_INITIAL = 16;
const WASM_PAGE = 65536;
/** Written since the last snapshot or restore. */
const DIRTY = 1;
/** Written since its hash was worked out. */
const UNHASHED = 2;
/** Written since the machine was made or cleared: other pages hold zeros. */
const TOUCHED = 4;

export class PhysicalMemory {
  readonly banks: readonly Readonly<PlacedBank>[];
  readonly #placed: readonly PlacedBank[];
  /** All CPUs' regions. */
  readonly regions: readonly Int32Array[];
  /** The memory itself, for engines that compile to WebAssembly. */
  readonly shared: WebAssembly.Memory;
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly #view: DataView;
  /** Byte offset of the first RAM page in the memory; RAM pages are numbered from it. */
  readonly #ramOffset: number;
  readonly #pageCount: number;
  /** Per RAM page: DIRTY, UNHASHED and TOUCHED. */
  readonly #dirty: Uint8Array;
  /** No page is TOUCHED: a machine that was just made has very many of them to look through. */
  #pristine = true;
  /** Two words for each page that is not UNHASHED. */
  readonly #hashes: Int32Array;
  readonly #dirtyPages: Int32Array;
  #dirtyCount = 0;
  /** By page: one more than its place in `#latePages`, or 0. Undefined when nothing is to come. */
  #late: Uint32Array | undefined;
  #latePages: LatePages[] = [];
  /** Contents of dirty pages as they were at the snapshot, in the order of #dirtyPages. */
  #undo: Uint8Array | undefined;

  constructor(banks: readonly RamBank[], cpus: number) {
    const regionsEnd = REGIONS_OFFSET + cpus * CPU_WORDS * 4;
    let offset = Math.ceil(regionsEnd / WASM_PAGE) * WASM_PAGE;
    this.#ramOffset = offset;
    const placed: PlacedBank[] = [];
    for (const bank of banks) {
      if (bank.base % PAGE_SIZE !== 0 || bank.size % PAGE_SIZE !== 0 || bank.size <= 0) {
        throw new MachineError(
          "machine/configuration",
          `RAM bank at 0x${bank.base.toString(16)} of ${bank.size} bytes: base and size must be multiples of 4096`,
        );
      }
      placed.push({ ...bank, offset, shown: true });
      offset += bank.size;
    }
    if (offset > 0x7fff0000) {
      throw new MachineError(
        "machine/configuration",
        `${offset} bytes of RAM; this machine has room for just under 2 GiB`,
      );
    }
    this.banks = placed;
    this.#placed = placed;
    const pages = Math.ceil(offset / WASM_PAGE);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.shared = memory;
    this.bytes = new Uint8Array(memory.buffer);
    this.words = new Int32Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
    this.regions = Array.from(
      { length: cpus },
      (_, i) => new Int32Array(memory.buffer, REGIONS_OFFSET + i * CPU_WORDS * 4, CPU_WORDS),
    );
    this.#pageCount = (offset - this.#ramOffset) >>> PAGE_SHIFT;
    this.#dirty = new Uint8Array(this.#pageCount);
    this.#hashes = new Int32Array(this.#pageCount * 2);
    this.#dirtyPages = new Int32Array(this.#pageCount);
  }

  /** Byte offset of a physical address in the memory for loads and code, or -1 where there is none. */
  offsetOf(address: number): number {
    for (const bank of this.#placed) {
      const within = address - bank.base;
      if (within < 0 || within >= bank.size) continue;
      if (!bank.shown) return -1;
      if (this.#late !== undefined) this.#arrive(bank.offset + within, 1);
      return bank.offset + within;
    }
    return -1;
  }
  /** Whether `offsetOf` gives an offset; what is still to come stays where it is. */
  shows(address: number): boolean {
    for (const bank of this.#placed) {
      const within = address - bank.base;
      if (within >= 0 && within < bank.size) return bank.shown;
    }
    return false;
  }
  /** As `offsetOf` for stores: -1 in flash too. */
  storeOffsetOf(address: number): number {
    for (const bank of this.#placed) {
      const within = address - bank.base;
      if (within < 0 || within >= bank.size) continue;
      if (bank.isFlash === true) return -1;
      if (this.#late !== undefined) this.#arrive(bank.offset + within, 1);
      return bank.offset + within;
    }
    return -1;
  }
  /** Shows a bank of flash to loads and code, or hides it. TLBs have to be flushed afterwards. */
  show(base: number, shown: boolean): void {
    for (const bank of this.#placed) if (bank.base === base) bank.shown = shown;
  }
  /** True when all of `size` bytes are in one bank of RAM. */
  holds(address: number, size: number): boolean {
    const bank = this.#bank(address, size);
    return bank !== undefined && bank.isFlash !== true;
  }
  /** True when all of `size` bytes are in one bank, of RAM or flash. */
  has(address: number, size: number): boolean {
    return this.#bank(address, size) !== undefined;
  }
  /** The bank that has all of `size` bytes. */
  #bank(address: number, size: number): PlacedBank | undefined {
    if (!(Number.isSafeInteger(address) && Number.isSafeInteger(size) && size >= 0))
      return undefined;
    return this.#placed.find(
      ({ base, size: length }) =>
        address >= base && address < base + length && address + size <= base + length,
    );
  }
  /** Physical address of a byte offset that lies in RAM. */
  addressOf(offset: number): number {
    for (const bank of this.banks) {
      if (offset >= bank.offset && offset < bank.offset + bank.size)
        return bank.base + offset - bank.offset;
    }
    throw new MachineError("machine/address", `offset ${offset} is not in RAM`);
  }

  #at(address: number, size: number): number {
    const bank = this.#bank(address, size);
    if (bank === undefined) {
      throw new MachineError(
        "machine/address",
        `physical 0x${address.toString(16)} (${size} bytes) is not in RAM; RAM is ${this.banks.map((b) => `0x${b.base.toString(16)}+0x${b.size.toString(16)}`).join(", ")}`,
      );
    }
    const at = bank.offset + address - bank.base;
    if (this.#late !== undefined) this.#arrive(at, size);
    return at;
  }
  /** Little-endian word at a physical address in RAM. */
  read32(address: number): number {
    return this.#view.getInt32(this.#at(address, 4), true);
  }
  write32(address: number, value: number): void {
    const at = this.#at(address, 4);
    this.markDirty(at);
    this.#view.setInt32(at, value, true);
  }
  /** A view of RAM; do not write through it. */
  read(address: number, size: number): Uint8Array {
    if (size === 0) return new Uint8Array(0);
    const at = this.#at(address, size);
    return this.bytes.subarray(at, at + size);
  }
  write(address: number, data: Uint8Array): void {
    if (data.length === 0) return;
    const at = this.#at(address, data.length);
    for (let p = at & -PAGE_SIZE; p < at + data.length; p += PAGE_SIZE) this.markDirty(p);
    this.bytes.set(data, at);
  }

  // ---- contents that come later ------------------------------------------------------------------

  /**
   * The contents of whole pages, which `bring` gives when one of them is first needed: who has an offset from
   * `offsetOf` or `storeOffsetOf`, or reads or writes by address, finds them there. They must hold zeros so far.
   */
  writeLater(address: number, size: number, bring: () => Uint8Array): void {
    const offset = this.#at(address, size);
    this.#late ??= new Uint32Array(this.#pageCount);
    const first = (offset - this.#ramOffset) >>> PAGE_SHIFT;
    const pages = size >>> PAGE_SHIFT;
    this.#latePages.push({ offset, pages, bring });
    this.#late.fill(this.#latePages.length, first, first + pages);
  }
  /** Puts what is still to come into the pages that some bytes lie in. */
  #arrive(offset: number, size: number): void {
    const late = this.#late!;
    const last = (offset + size - 1 - this.#ramOffset) >>> PAGE_SHIFT;
    for (let page = (offset - this.#ramOffset) >>> PAGE_SHIFT; page <= last; page++) {
      if (late[page] !== 0) this.#bring(late, this.#latePages[late[page]! - 1]!);
    }
  }
  #bring(late: Uint32Array, { offset, pages, bring }: LatePages): void {
    const contents = bring();
    this.#pristine = false;
    const first = (offset - this.#ramOffset) >>> PAGE_SHIFT;
    this.bytes.set(contents.subarray(0, pages * PAGE_SIZE), offset);
    late.fill(0, first, first + pages);
    // They are what the memory held all along: no page of them has changed since a snapshot.
    for (let page = first; page < first + pages; page++)
      this.#dirty[page] = this.#dirty[page]! | UNHASHED | TOUCHED;
  }
  /** Everything that is still to come. */
  #arriveAll(): void {
    const late = this.#late;
    if (late === undefined) return;
    for (const pages of this.#latePages) {
      if (late[(pages.offset - this.#ramOffset) >>> PAGE_SHIFT] !== 0) this.#bring(late, pages);
    }
    this.#forgetLate();
  }
  #forgetLate(): void {
    this.#late = undefined;
    this.#latePages = [];
  }

  // ---- dirty log --------------------------------------------------------------------------------

  /** Logs that the page holding byte `offset` is about to change, and keeps its old contents. */
  markDirty(offset: number): void {
    const page = (offset - this.#ramOffset) >>> PAGE_SHIFT;
    const old = this.#dirty[page]!;
    this.#dirty[page] = DIRTY | UNHASHED | TOUCHED;
    this.#pristine = false;
    if ((old & DIRTY) !== 0) return;
    if (this.#undo !== undefined) this.#keep(page);
    this.#dirtyPages[this.#dirtyCount++] = page;
  }
  #keep(page: number): void {
    const at = this.#dirtyCount * PAGE_SIZE;
    if (at + PAGE_SIZE > this.#undo!.length) {
      const grown = new Uint8Array(this.#undo!.length * 2);
      grown.set(this.#undo!);
      this.#undo = grown;
    }
    const from = this.#ramOffset + page * PAGE_SIZE;
    const undo = this.#undo!;
    const { bytes } = this;
    for (let i = 0; i < PAGE_SIZE; i++) undo[at + i] = bytes[from + i]!;
  }
  /** Number of pages written since the last snapshot or restore. */
  get dirtyCount(): number {
    return this.#dirtyCount;
  }
  /** Byte offset of the n-th dirty page. */
  dirtyOffset(n: number): number {
    return this.#ramOffset + this.#dirtyPages[n]! * PAGE_SIZE;
  }
  /** From now on dirty pages keep their contents of this moment. */
  beginSnapshot(): void {
    this.#clearDirty();
    this.#undo = new Uint8Array(UNDO_PAGES_INITIAL * PAGE_SIZE);
  }
  endSnapshot(): void {
    this.#clearDirty();
    this.#undo = undefined;
  }
  /** Puts all dirty pages back as they were at the snapshot. */
  restore(): void {
    const undo = this.#undo;
    if (undo === undefined) {
      throw new MachineError("machine/snapshot", "restore without a snapshot; take one first");
    }
    for (let n = 0; n < this.#dirtyCount; n++) {
      const at = this.dirtyOffset(n);
      this.bytes.set(undo.subarray(n * PAGE_SIZE, (n + 1) * PAGE_SIZE), at);
      this.#dirty[this.#dirtyPages[n]!] = UNHASHED | TOUCHED;
    }
    this.#clearDirty();
  }
  /**
   * Physical addresses of words that differ from the snapshot, at most `limit` of them, in the order
   * that pages were first written. Those in `but` are left out.
   */
  changes(
    limit: number,
    but?: { readonly from: number; readonly to: number },
  ): { address: number; before: number; after: number }[] {
    const found: { address: number; before: number; after: number }[] = [];
    const undo = this.#undo;
    if (undo === undefined) return found;
    const before = new DataView(undo.buffer);
    for (let n = 0; n < this.#dirtyCount && found.length < limit; n++) {
      const at = this.dirtyOffset(n);
      for (let i = 0; i < PAGE_SIZE && found.length < limit; i += 4) {
        const old = before.getInt32(n * PAGE_SIZE + i, true);
        const now = this.#view.getInt32(at + i, true);
        if (old === now) continue;
        const address = this.addressOf(at + i);
        if (but === undefined || address < but.from || address >= but.to)
          found.push({ address, before: old, after: now });
      }
    }
    return found;
  }
  #clearDirty(): void {
    for (let n = 0; n < this.#dirtyCount; n++) {
      const page = this.#dirtyPages[n]!;
      this.#dirty[page] = this.#dirty[page]! & ~DIRTY;
    }
    this.#dirtyCount = 0;
  }

  // ---- contents as a whole ----------------------------------------------------------------------

  /**
   * Takes the hash of each page that does not hold zeros alone. Engines' write entries must be dropped
   * before, or writes that follow are missed.
   */
  hash(take: (a: number, b: number) => void): void {
    this.#arriveAll();
    const hashes = this.#hashes;
    for (let page = 0; page < this.#pageCount; page++) {
      const flags = this.#dirty[page]!;
      if ((flags & TOUCHED) === 0) continue;
      const at = page * 2;
      if ((flags & UNHASHED) !== 0) {
        const from = (this.#ramOffset + page * PAGE_SIZE) >> 2;
        hashPage(this.words, from, page, hashes, at);
        this.#dirty[page] = flags & ~UNHASHED;
      }
      if (hashes[at] !== 0 || hashes[at + 1] !== 0) take(hashes[at]!, hashes[at + 1]!);
    }
  }
  /** Physical addresses of the pages that do not hold zeros alone, ascending within a bank. */
  usedPages(): number[] {
    this.#arriveAll();
    const found: number[] = [];
    for (let page = 0; page < this.#pageCount; page++) {
      if ((this.#dirty[page]! & TOUCHED) === 0) continue;
      const offset = this.#ramOffset + page * PAGE_SIZE;
      const from = offset >> 2;
      let any = 0;
      for (let i = from; i < from + PAGE_SIZE / 4; i++) any |= this.words[i]!;
      if (any !== 0) found.push(this.addressOf(offset));
    }
    return found;
  }
  /** All zeros, as when it was made; a snapshot is forgotten. */
  clear(): void {
    this.#forgetLate();
    if (this.#pristine) return;
    for (let page = 0; page < this.#pageCount; page++) {
      if ((this.#dirty[page]! & TOUCHED) === 0) continue;
      const at = this.#ramOffset + page * PAGE_SIZE;
      this.bytes.fill(0, at, at + PAGE_SIZE);
    }
    this.endSnapshot();
    this.#dirty.fill(0);
    this.#pristine = true;
  }
}
