/** Data accesses that the TLB's fast path did not serve, and the entries that serve the next ones. */
import { extract, systemSlot } from "../arch/index.js";
import type { Interpreter } from "../engines/index.js";
import { accessSize, ACCESS_BITS, PAGE_SHIFT, PAGE_SIZE } from "../ir/index.js";
import type { Bus } from "./bus.js";
import type { CpuOptions } from "./cpu-options.js";
import type { Exceptions } from "./exceptions.js";
import type { Mmu, Regime } from "./mmu/mmu.js";
import { MEMORY, type AccessKind, type Walk } from "./mmu/walk.js";
import type { PhysicalMemory } from "./physical-memory.js";
import type { Tlb } from "./tlb.js";

const SCTLR = systemSlot("SCTLR");
const HSCTLR = systemSlot("HSCTLR");
const SCTLR_A = 1;
const bitOf = (word: number, n: number): number => (word >>> n) & 1;

const inOnePage = (address: number, size: number): boolean =>
  (address & (PAGE_SIZE - 1)) + size <= PAGE_SIZE;

/** What accesses need of their CPU. */
interface AccessingCpu {
  readonly index: number;
  readonly state: Int32Array;
  readonly options: CpuOptions;
  readonly regime: Regime;
  readonly mmu: Mmu;
  readonly memory: PhysicalMemory;
  readonly tlb: Tlb;
  readonly bus: Bus;
  readonly engine: Interpreter;
  readonly exceptions: Exceptions;
  readonly faulted: boolean;
}

export class DataAccess {
  readonly #cpu: AccessingCpu;

  constructor(cpu: AccessingCpu) {
    this.#cpu = cpu;
  }

  load(address: number, access: number): number {
    const size = accessSize(access);
    if (!this.#alignmentHolds(address, access, size, false)) return 0;
    const regime = this.#accessRegime(access);
    if ((address & (size - 1)) !== 0) return this.#loadUnaligned(address, size, regime);
    const walk = this.#translateData(address, "read", regime);
    if (walk === undefined) return 0;
    const offset = this.#cpu.memory.offsetOf(walk.address);
    if (offset < 0) return this.#deviceRead(address, walk, size);
    this.#cpu.tlb.fill(address, offset, regime, false, walk);
    return this.#read(offset, size);
  }
  store(address: number, value: number, access: number): void {
    const size = accessSize(access);
    if (!this.#alignmentHolds(address, access, size, true)) return;
    const regime = this.#accessRegime(access);
    if ((address & (size - 1)) !== 0) return this.#storeUnaligned(address, value, size, regime);
    const walk = this.#translateData(address, "write", regime);
    if (walk === undefined) return;
    const offset = this.#cpu.memory.storeOffsetOf(walk.address);
    if (offset < 0) return this.#deviceWrite(address, walk, size, value);
    this.#beforeWrite(address, walk, offset, regime);
    this.#write(offset, size, value);
  }
  #accessRegime(access: number): Regime {
    const { regime } = this.#cpu;
    return extract(access, ACCESS_BITS.unprivileged) === 1 && regime === 1 ? 0 : regime;
  }
  /** Checks alignment; false when an alignment fault was recorded. */
  #alignmentHolds(address: number, access: number, size: number, write: boolean): boolean {
    const demanded = 1 << extract(access, ACCESS_BITS.alignment);
    const strict =
      extract(access, ACCESS_BITS.aligned) === 1 || extract(access, ACCESS_BITS.exclusive) === 1;
    const control = this.#cpu.state[this.#cpu.regime === 2 ? HSCTLR : SCTLR]!;
    const elements = extract(access, ACCESS_BITS.elements);
    const natural = elements === 0 ? size : elements;
    const checked = strict || bitOf(control, SCTLR_A) === 1 ? natural : 1;
    if ((address & (Math.max(demanded, checked) - 1)) === 0) return true;
    this.#cpu.exceptions.abortData("alignment", this.#cpu.mmu.walk, address, write, true);
    return false;
  }
  /** Translates a data access; undefined when a fault was recorded. */
  #translateData(address: number, access: AccessKind, regime: Regime): Walk | undefined {
    const walk = this.#cpu.mmu.translate(address, access, regime);
    if (walk.fault === "none") return walk;
    this.#cpu.exceptions.abortData(walk.fault, walk, address, access === "write");
    return undefined;
  }
  #loadUnaligned(address: number, size: number, regime: Regime): number {
    const known = inOnePage(address, size)
      ? this.#cpu.tlb.normalOffset(address, regime, false)
      : -1;
    if (known >= 0) return this.#readBytes(known, size);
    let value = 0;
    for (let i = 0; i < size; i++) {
      const at = (address + i) >>> 0;
      const walk = this.#translateData(at, "read", regime);
      if (walk === undefined) return 0;
      if (!this.#mayBeUnaligned(walk, address, false)) return 0;
      const offset = this.#cpu.memory.offsetOf(walk.address);
      if (offset >= 0) this.#cpu.tlb.fill(at, offset, regime, false, walk);
      const byte = offset < 0 ? this.#deviceRead(at, walk, 1) : this.#cpu.memory.bytes[offset]!;
      if (this.#cpu.faulted) return 0;
      value |= byte << (8 * i);
    }
    return value;
  }
  #storeUnaligned(address: number, value: number, size: number, regime: Regime): void {
    const known = inOnePage(address, size) ? this.#cpu.tlb.normalOffset(address, regime, true) : -1;
    if (known >= 0) return this.#writeBytes(known, size, value);
    // Both pages are checked before anything is written.
    const last = (address + size - 1) >>> 0;
    // Of the second page the first byte is named in DFAR.
    const second = (last ^ address) >>> PAGE_SHIFT === 0 ? last : (last & ~(PAGE_SIZE - 1)) >>> 0;
    for (const at of [address, second]) {
      const walk = this.#translateData(at, "write", regime);
      if (walk === undefined || !this.#mayBeUnaligned(walk, address, true)) return;
    }
    for (let i = 0; i < size; i++) {
      const at = (address + i) >>> 0;
      const walk = this.#cpu.mmu.translate(at, "write", regime);
      const offset = this.#cpu.memory.storeOffsetOf(walk.address);
      if (offset < 0) this.#deviceWrite(at, walk, 1, (value >>> (8 * i)) & 0xff);
      else {
        this.#beforeWrite(at, walk, offset, regime);
        this.#cpu.memory.bytes[offset] = value >>> (8 * i);
      }
      if (this.#cpu.faulted) return;
    }
  }
  #readBytes(offset: number, size: number): number {
    const { bytes } = this.#cpu.memory;
    let value = 0;
    for (let i = 0; i < size; i++) value |= bytes[offset + i]! << (8 * i);
    return value;
  }
  #writeBytes(offset: number, size: number, value: number): void {
    const { bytes } = this.#cpu.memory;
    for (let i = 0; i < size; i++) bytes[offset + i] = value >>> (8 * i);
  }
  /** Unaligned accesses to Device and Strongly-ordered memory fault, save on the reference emulator. */
  #mayBeUnaligned(walk: Walk, address: number, write: boolean): boolean {
    if (walk.memory === MEMORY.normal || this.#cpu.options.policy === "reference-emulator")
      return true;
    this.#cpu.exceptions.abortData("alignment", walk, address, write, true);
    return false;
  }
  #read(offset: number, size: number): number {
    const { bytes } = this.#cpu.memory;
    if (size === 4) return this.#cpu.memory.words[offset >> 2]!;
    return size === 1 ? bytes[offset]! : bytes[offset]! | (bytes[offset + 1]! << 8);
  }
  #write(offset: number, size: number, value: number): void {
    const { bytes } = this.#cpu.memory;
    if (size === 4) this.#cpu.memory.words[offset >> 2] = value;
    else {
      bytes[offset] = value;
      if (size === 2) bytes[offset + 1] = value >>> 8;
    }
  }
  /** Logs the page, drops code made from it, and lets later stores take the fast path. */
  #beforeWrite(va: number, walk: Walk, offset: number, regime: Regime): void {
    this.#cpu.memory.markDirty(offset);
    const page = Math.floor(walk.address / 4096);
    const { cache } = this.#cpu.engine;
    if (cache.hasCode(page)) cache.invalidatePage(page);
    this.#cpu.tlb.fill(va, offset, regime, true, walk);
  }
  /** Devices are accessed by the last instruction of a block alone: there the time is exact. */
  #mustReplay(): boolean {
    if (this.#cpu.engine.ahead() === 0) return false;
    this.#cpu.exceptions.raiseReplay();
    return true;
  }
  #deviceRead(va: number, walk: Walk, size: 1 | 2 | 4): number {
    const device = this.#cpu.bus.find(walk.address);
    if (device === undefined) {
      this.#cpu.exceptions.abortData("external", walk, va, false);
      return 0;
    }
    if (this.#mustReplay()) return 0;
    this.#cpu.bus.current = this.#cpu.index;
    return device.read(walk.address - device.base, size);
  }
  #deviceWrite(va: number, walk: Walk, size: 1 | 2 | 4, value: number): void {
    const device = this.#cpu.bus.find(walk.address);
    if (device === undefined) return this.#cpu.exceptions.abortData("external", walk, va, true);
    if (this.#mustReplay()) return;
    this.#cpu.bus.current = this.#cpu.index;
    device.write(walk.address - device.base, size, value);
  }
}
