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
  readonly places = new Int32Array(4096);
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
  /** 1 for a chunk that a descriptor of more than 4 KiB maps part of: PL1&0, then PL2. */
  readonly #large = [
    new Uint8Array(2 ** (32 - CHUNK_BITS)),
    new Uint8Array(2 ** (32 - CHUNK_BITS)),
  ];
  readonly #anyLarge = [false, false];
  /** 1 where the jump cache may lead to code of a virtual page with these low bits. */
  readonly #codeSeen = new Uint8Array(4096);
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
    if (large[va >>> CHUNK_BITS] === 1) return;
    this.#anyLarge[which] = true;
    const count = 1 << Math.max(0, walk.sizeBits - CHUNK_BITS);
    const first = (va >>> CHUNK_BITS) & ~(count - 1);
    large.fill(1, first, first + count);
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
    this.#dropCode();
  }
  /** One address of the PL1&0 regime, or of PL2. */
  flushAddress(va: number, hyp: boolean): void {
    // Which entries belong to one large descriptor is not kept.
    if (this.#large[hyp ? 1 : 0]![va >>> CHUNK_BITS] === 1)
      return hyp ? this.flushHyp() : this.flushPl1();
    for (let regime = hyp ? 2 : 0; regime <= (hyp ? 2 : 1); regime++) {
      this.#dropEntry(va, regime as Regime, false);
      this.#dropEntry(va, regime as Regime, true);
    }
    this.changed = true;
    if (this.#codeSeen[(va >>> PAGE_SHIFT) & 4095] === 1) this.#dropCode();
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
