/** Translation of an address through stage 1 and stage 2 for a CPU's current registers (DDI 0406C, B3). */
import { systemSlot } from "../../arch/index.js";
import type { PhysicalMemory } from "../physical-memory.js";
import { newLongContext, walkLong } from "./long-descriptor.js";
import { walkShort, type ShortContext } from "./short-descriptor.js";
import { MEMORY, newWalk, type AccessKind, type DescriptorReader, type Walk } from "./walk.js";

/** 0: PL0, 1: PL1, 2: PL2. */
export type Regime = 0 | 1 | 2;

const S = {
  SCTLR: systemSlot("SCTLR"),
  HSCTLR: systemSlot("HSCTLR"),
  HCR: systemSlot("HCR"),
  TTBCR: systemSlot("TTBCR"),
  TTBR0: systemSlot("TTBR0"),
  TTBR0_hi: systemSlot("TTBR0_hi"),
  TTBR1: systemSlot("TTBR1"),
  TTBR1_hi: systemSlot("TTBR1_hi"),
  DACR: systemSlot("DACR"),
  PRRR: systemSlot("PRRR"),
  NMRR: systemSlot("NMRR"),
  HTCR: systemSlot("HTCR"),
  HTTBR: systemSlot("HTTBR"),
  HTTBR_hi: systemSlot("HTTBR_hi"),
  HMAIR0: systemSlot("HMAIR0"),
  HMAIR1: systemSlot("HMAIR1"),
  VTCR: systemSlot("VTCR"),
  VTTBR: systemSlot("VTTBR"),
  VTTBR_hi: systemSlot("VTTBR_hi"),
} as const;
const HCR_VM = 1,
  HCR_PTW = 4,
  HCR_DC = 1 << 12,
  HCR_TGE = 1 << 27;

export class Mmu {
  readonly #state: Int32Array;
  readonly #memory: PhysicalMemory;
  readonly #short: ShortContext = {
    TTBCR: 0,
    TTBR0: 0,
    TTBR1: 0,
    DACR: 0,
    SCTLR: 0,
    PRRR: 0,
    NMRR: 0,
  };
  readonly #long = newLongContext("PL1&0");
  readonly #stage2 = newLongContext("stage2");
  readonly #inner = newWalk();
  readonly #physical: DescriptorReader;
  readonly #throughStage2: DescriptorReader;
  /** Result of the last translate. */
  readonly walk: Walk = newWalk();

  constructor(state: Int32Array, memory: PhysicalMemory) {
    this.#state = state;
    this.#memory = memory;
    this.#physical = {
      read: (address, bigEndian, walk) => this.#descriptor(address, bigEndian, walk),
    };
    this.#throughStage2 = {
      read: (address, bigEndian, walk) => {
        const inner = this.#inner;
        this.#walkStage2(address, "read", inner);
        // A walk that hits Device memory in stage 2 faults when HCR.PTW says so.
        if (
          inner.fault === "none" &&
          inner.memory !== MEMORY.normal &&
          (this.#state[S.HCR]! & HCR_PTW) !== 0
        ) {
          inner.fault = "permission";
        }
        if (inner.fault !== "none") {
          walk.fault = inner.fault;
          walk.level = inner.level;
          walk.stage2 = true;
          walk.stage1Walk = true;
          walk.ipa = address;
          return 0;
        }
        return this.#descriptor(inner.address, bigEndian, walk);
      },
    };
  }

  /** Whether stage 1 of a regime is on. */
  stage1On(regime: Regime): boolean {
    const s = this.#state;
    if (regime === 2) return (s[S.HSCTLR]! & 1) !== 0;
    return (s[S.SCTLR]! & 1) !== 0 && (s[S.HCR]! & (HCR_TGE | HCR_DC)) === 0;
  }
  stage2On(): boolean {
    return (this.#state[S.HCR]! & (HCR_VM | HCR_DC)) !== 0;
  }
  /** TTBCR.EAE. */
  get long(): boolean {
    return this.#state[S.TTBCR]! < 0;
  }

  /** Translates `va`; `stages` 1 leaves stage 2 out (ATS1C*). The result is in `walk`. */
  translate(va: number, access: AccessKind, regime: Regime, stages: 1 | 2 = 2): Walk {
    const { walk } = this;
    walk.fault = "none";
    walk.level = 0;
    walk.domain = 0;
    walk.stage2 = false;
    walk.stage1Walk = false;
    walk.ipa = 0;
    walk.contextual = false;
    walk.sizeBits = 12;
    const address = va >>> 0;
    const through2 = regime !== 2 && this.stage2On();
    if (!this.stage1On(regime)) this.#flat(address, regime, walk);
    else if (regime === 2) this.#walkHyp(address, access, walk);
    else
      this.#walkPl1(
        address,
        access,
        regime === 0,
        through2 ? this.#throughStage2 : this.#physical,
        walk,
      );
    if (walk.fault !== "none" || !through2 || stages === 1) return walk;
    const inner = this.#inner;
    const ipa = walk.address;
    this.#walkStage2(ipa, access, inner);
    walk.level = inner.level;
    walk.ipa = ipa;
    if (inner.fault !== "none") {
      walk.fault = inner.fault;
      walk.stage2 = true;
      return walk;
    }
    walk.address = inner.address;
    walk.memory = Math.min(walk.memory, inner.memory) as Walk["memory"];
    walk.readable &&= inner.readable;
    walk.writable &&= inner.writable;
    walk.executable &&= inner.executable;
    return walk;
  }

  #flat(address: number, regime: Regime, walk: Walk): void {
    walk.address = address;
    walk.readable = walk.writable = walk.executable = true;
    const cacheable = regime !== 2 && (this.#state[S.HCR]! & HCR_DC) !== 0;
    walk.memory = cacheable ? MEMORY.normal : MEMORY.stronglyOrdered;
  }
  #walkHyp(address: number, access: AccessKind, walk: Walk): void {
    const s = this.#state;
    const x = this.#long;
    x.regime = "PL2";
    x.TCR = s[S.HTCR]!;
    x.TTBR0 = s[S.HTTBR]!;
    x.TTBR0_hi = s[S.HTTBR_hi]!;
    x.SCTLR = s[S.HSCTLR]!;
    x.MAIR0 = s[S.HMAIR0]!;
    x.MAIR1 = s[S.HMAIR1]!;
    walkLong(address, access, false, x, this.#physical, walk);
  }
  #walkPl1(
    address: number,
    access: AccessKind,
    user: boolean,
    reader: DescriptorReader,
    walk: Walk,
  ): void {
    const s = this.#state;
    if (!this.long) {
      const x = this.#short;
      x.TTBCR = s[S.TTBCR]!;
      x.TTBR0 = s[S.TTBR0]!;
      x.TTBR1 = s[S.TTBR1]!;
      x.DACR = s[S.DACR]!;
      x.SCTLR = s[S.SCTLR]!;
      x.PRRR = s[S.PRRR]!;
      x.NMRR = s[S.NMRR]!;
      return walkShort(address, access, user, x, reader, walk);
    }
    const x = this.#long;
    x.regime = "PL1&0";
    x.TCR = s[S.TTBCR]!;
    x.TTBR0 = s[S.TTBR0]!;
    x.TTBR0_hi = s[S.TTBR0_hi]!;
    x.TTBR1 = s[S.TTBR1]!;
    x.TTBR1_hi = s[S.TTBR1_hi]!;
    x.SCTLR = s[S.SCTLR]!;
    x.MAIR0 = s[S.PRRR]!;
    x.MAIR1 = s[S.NMRR]!;
    walkLong(address, access, user, x, reader, walk);
  }
  #walkStage2(ipa: number, access: AccessKind, walk: Walk): void {
    const s = this.#state;
    walk.fault = "none";
    walk.level = 0;
    if ((s[S.HCR]! & HCR_VM) === 0) {
      walk.address = ipa;
      walk.memory = MEMORY.normal;
      walk.readable = walk.writable = walk.executable = true;
      return;
    }
    const x = this.#stage2;
    x.TCR = s[S.VTCR]!;
    x.TTBR0 = s[S.VTTBR]!;
    x.TTBR0_hi = s[S.VTTBR_hi]!;
    x.SCTLR = s[S.HSCTLR]!;
    walkLong(ipa, access, false, x, this.#physical, walk);
  }
  #descriptor(address: number, bigEndian: boolean, walk: Walk): number {
    const offset = this.#memory.offsetOf(address);
    if (offset < 0) {
      walk.fault = "externalOnWalk";
      return 0;
    }
    const word = this.#memory.words[offset >> 2]!;
    if (!bigEndian) return word;
    return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
  }
}
