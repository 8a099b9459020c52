/**
 * Translations that a CPU has found: the read and write entries that engines probe (ir/memory-layout.ts)
 * and the pages that code was fetched from. An entry is of 4 KiB, also where the tables map more.
 *
 * There are no ASIDs and no VMIDs in the entries. A change of ASID or of a domain's access drops the
 * entries that depend on it ("contextual"), a change of VMID all of the PL1&0 regime.
 */
import {
  CODE_ENTRIES,
  codeEntry,
  CODE_TLB_BASE,
  CODE_TLB_WORDS,
  PAGE_SHIFT,
  TLB_BASE,
  TLB_ENTRIES,
  TLB_INVALID,
  TLB_WORDS,
  tlbEntry,
  tlbTable,
} from "../ir/index.js";
import type { JumpCache } from "../engines/index.js";
import type { Regime } from "./mmu/mmu.js";
import { MEMORY, type Walk } from "./mmu/walk.js";

/** Unit in which it is kept where descriptors map more than 4 KiB: 1 MiB. */
const CHUNK_BITS = 20;
/** Places that an entry was put at since the last flush. */
class Filled {
  readonly places = new Int32Array(2 * TLB_ENTRIES);
  count = 0;
}

export class Tlb {
  readonly #state: Int32Array;
  readonly #jumps: JumpCache;
  readonly #global = new Filled();
  readonly #contextual = new Filled();
  readonly #hyp = new Filled();
  /** Write entries, of all regimes. */
  readonly #writes = new Filled();
  #codeFilled = false;
  /** By chunk: log2 of the bytes that the largest descriptor of it maps, 0 where that is 4 KiB: PL1&0, then PL2. */
  readonly #large = [
    new Uint8Array(2 ** (32 - CHUNK_BITS)),
    new Uint8Array(2 ** (32 - CHUNK_BITS)),
  ];
  readonly #anyLarge = [false, false];
  /** 1 where the jump cache may lead to code of a virtual page with these low bits. */
  readonly #codeSeen = new Uint8Array(4096);
  /** The same for pages whose translation is contextual. */
  readonly #contextualSeen = new Uint8Array(4096);
  #contextualCode = false;
  /** By entry: 1 where its page is Normal memory. Of an entry that is invalid it says nothing. */
  readonly #normal = new Uint8Array(TLB_WORDS / 2);
  /** Set by every flush; a restore of a snapshot must flush too when it is set. */
  changed = false;

  constructor(state: Int32Array, jumps: JumpCache) {
    this.#state = state;
    this.#jumps = jumps;
    state.fill(TLB_INVALID, TLB_BASE, TLB_BASE + TLB_WORDS);
    state.fill(-1, CODE_TLB_BASE, CODE_TLB_BASE + CODE_TLB_WORDS);
  }

  // ---- entries ------------------------------------------------------------------------------------

  /** Puts in the entry of a page: `offset` is the byte offset in the machine's memory. */
  fill(va: number, offset: number, regime: Regime, write: boolean, walk: Walk): void {
    const list = regime === 2 ? this.#hyp : walk.contextual ? this.#contextual : this.#global;
    if (list.count === list.places.length) this.#drop(list);
    if (write && this.#writes.count === this.#writes.places.length) this.flushWrites();
    const at = tlbTable(regime, write) + tlbEntry(va);
    const page = va & ~0xfff;
    this.#state[at] = page;
    this.#state[at + 1] = (offset & ~0xfff) - page;
    this.#normal[(at - TLB_BASE) >> 1] = walk.memory === MEMORY.normal ? 1 : 0;
    list.places[list.count++] = at;
    if (write) this.#writes.places[this.#writes.count++] = at;
    this.#noteSize(va, regime, walk);
  }
  /** Byte offset in the machine's memory of an address whose page's entry is at hand and Normal memory, else -1. */
  normalOffset(va: number, regime: Regime, write: boolean): number {
    const at = tlbTable(regime, write) + tlbEntry(va);
    if (this.#state[at] !== (va & ~0xfff) || this.#normal[(at - TLB_BASE) >> 1] === 0) return -1;
    return (va + this.#state[at + 1]!) | 0;
  }
  #noteSize(va: number, regime: Regime, walk: Walk): void {
    if (walk.sizeBits === 12) return;
    const which = regime === 2 ? 1 : 0;
    const large = this.#large[which]!;
    if (large[va >>> CHUNK_BITS]! >= walk.sizeBits) return;
    this.#anyLarge[which] = true;
    const count = 1 << Math.max(0, walk.sizeBits - CHUNK_BITS);
    const first = (va >>> CHUNK_BITS) & ~(count - 1);
    for (let at = first; at < first + count; at++)
      if (large[at]! < walk.sizeBits) large[at] = walk.sizeBits;
  }
  #forgetLarge(which: 0 | 1): void {
    if (!this.#anyLarge[which]) return;
    this.#large[which]!.fill(0);
    this.#anyLarge[which] = false;
  }
  /** Physical page number of code at a virtual page, or -1. */
  codePage(page: number, regime: Regime): number {
    const at = codeEntry(page, regime);
    return this.#state[at] === page ? this.#state[at + CODE_ENTRIES]! : -1;
  }
  fillCode(page: number, regime: Regime, physical: number, walk: Walk): void {
    const at = codeEntry(page, regime);
    this.#state[at] = page;
    this.#state[at + CODE_ENTRIES] = physical;
    this.#codeFilled = true;
    this.#codeSeen[page & 4095] = 1;
    if (walk.contextual) {
      this.#contextualSeen[page & 4095] = 1;
      this.#contextualCode = true;
    }
    this.#noteSize(page << PAGE_SHIFT, regime, walk);
  }

  // ---- flushes ------------------------------------------------------------------------------------

  #drop(list: Filled): void {
    const { places } = list;
    for (let i = 0; i < list.count; i++) this.#state[places[i]!] = TLB_INVALID;
    list.count = 0;
  }
  #dropCode(): void {
    this.changed = true;
    if (!this.#codeFilled) return;
    this.#jumps.flush();
    this.#state.fill(-1, CODE_TLB_BASE, CODE_TLB_BASE + CODE_TLB_WORDS);
    this.#codeSeen.fill(0);
    this.#codeFilled = false;
    this.#contextualSeen.fill(0);
    this.#contextualCode = false;
  }
  /** Code of contextual pages: a kernel's own is global and stays, which is most of what a switch of tasks needs. */
  #dropContextualCode(): void {
    this.changed = true;
    if (!this.#contextualCode) return;
    const seen = this.#contextualSeen;
    this.#jumps.forgetPages(seen);
    for (let regime = 0; regime <= 1; regime++) {
      const first = codeEntry(0, regime);
      for (let at = first; at < first + CODE_ENTRIES; at++) {
        const page = this.#state[at]!;
        if (page >= 0 && seen[page & 4095] === 1) this.#state[at] = -1;
      }
    }
    seen.fill(0);
    this.#contextualCode = false;
  }
  /** Everything. */
  flush(): void {
    this.#drop(this.#hyp);
    this.#forgetLarge(1);
    this.#writes.count = 0;
    this.flushPl1();
  }
  /** The PL1&0 regime, both stages. */
  flushPl1(): void {
    this.#drop(this.#global);
    this.#drop(this.#contextual);
    this.#forgetLarge(0);
    this.#dropCode();
  }
  /** The PL2 regime. */
  flushHyp(): void {
    this.#drop(this.#hyp);
    this.#forgetLarge(1);
    this.#dropCode();
  }
  /** What depends on ASID and domains. */
  flushContextual(): void {
    this.#drop(this.#contextual);
    this.#dropContextualCode();
  }
  /** One address of the PL1&0 regime, or of PL2. */
  flushAddress(va: number, hyp: boolean): void {
    const bits = this.#large[hyp ? 1 : 0]![va >>> CHUNK_BITS]!;
    if (bits !== 0) return this.#flushLarge(va, bits, hyp);
    for (let regime = hyp ? 2 : 0; regime <= (hyp ? 2 : 1); regime++) {
      this.#dropEntry(va, regime as Regime, false);
      this.#dropEntry(va, regime as Regime, true);
    }
    this.changed = true;
    if (this.#codeSeen[(va >>> PAGE_SHIFT) & 4095] === 1) this.#dropCode();
  }
  /** All that a descriptor of 2 to the power of `bits` bytes maps, of which `va` is one address. */
  #flushLarge(va: number, bits: number, hyp: boolean): void {
    const mask = -1 << bits;
    const from = va & mask;
    const pages = 2 ** (bits - PAGE_SHIFT);
    for (let regime = hyp ? 2 : 0; regime <= (hyp ? 2 : 1); regime++) {
      this.#dropWithin(tlbTable(regime, false), from, mask, pages);
      this.#dropWithin(tlbTable(regime, true), from, mask, pages);
    }
    this.changed = true;
    if (this.#hasCodeSeen(from >>> PAGE_SHIFT, pages)) this.#dropCode();
    // Nothing of it is left to look for, until something is put in again.
    if (bits < CHUNK_BITS) return;
    const first = from >>> CHUNK_BITS;
    this.#large[hyp ? 1 : 0]!.fill(0, first, first + 2 ** (bits - CHUNK_BITS));
  }
  /** Drops a table's entries whose addresses are `from` under `mask`. Entries of pages in a row lie in a row. */
  #dropWithin(table: number, from: number, mask: number, pages: number): void {
    const state = this.#state;
    const first = table + (pages < TLB_ENTRIES ? tlbEntry(from) : 0);
    const end = first + 2 * Math.min(pages, TLB_ENTRIES);
    for (let at = first; at < end; at += 2)
      if ((state[at]! & mask) === from) state[at] = TLB_INVALID;
  }
  #hasCodeSeen(page: number, pages: number): boolean {
    const seen = this.#codeSeen;
    if (pages >= seen.length) return this.#codeFilled;
    const first = page & (seen.length - 1);
    for (let at = first; at < first + pages; at++) if (seen[at] === 1) return true;
    return false;
  }
  #dropEntry(va: number, regime: Regime, write: boolean): void {
    const at = tlbTable(regime, write) + tlbEntry(va);
    if (this.#state[at] === (va & ~0xfff)) this.#state[at] = TLB_INVALID;
  }
  /** Write entries, so that the first store to each page is logged again. */
  flushWrites(): void {
    this.#drop(this.#writes);
  }
  /** Write entries that lead to the page of a byte offset in the machine's memory. */
  dropWrites(offset: number): void {
    const s = this.#state;
    const { places, count } = this.#writes;
    for (let i = 0; i < count; i++) {
      const at = places[i]!;
      if ((((s[at]! & ~0xfff) + s[at + 1]!) | 0) === (offset & ~0xfff)) s[at] = TLB_INVALID;
    }
  }
}
