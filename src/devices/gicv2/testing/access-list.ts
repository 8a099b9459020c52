/**
 * Random accesses that make interrupts happen. They stay off what IHI 0048B decides and QEMU does otherwise:
 * - AIAR, AEOIR and AHPPIR do nothing in QEMU;
 * - QEMU gives the best pending interrupt though its group is disabled while the other is enabled: IAR and HPPIR
 *   are not read then;
 * - QEMU compares priorities with the running one without the group priority's mask (3.7.2): binary points of
 *   both groups stay equal for a stretch, active priorities written fit to them;
 * - writing 0 to SPENDSGIR makes the SGI pending in QEMU; bits of CPUs that do not exist are kept there;
 * - an SPI is pending, and active, by CPU in QEMU: SPIs keep one target while they are in use;
 * - with several CPUs, QEMU's ISPENDR sets PPIs pending only where ITARGETSR's stored value says so, ICPENDR
 *   clears them on all CPUs, and Int_config of PPIs is not banked: those are left alone then;
 * - GICV_IAR of an SGI takes CPUID from a list register even with HW set;
 * - the end of an SPI clears its active state for that CPU only in QEMU, while ISACTIVER sets it for all: a stretch
 *   has ISACTIVER for SPIs or ends of SPIs, and these by their target alone;
 * - QEMU lets GICV_ABPR go below 3;
 * - frames of GICH by CPU do not exist on QEMU's board.
 */
import type { Access, Kind } from "./access-probe.js";
import { GICC, GICD, GICH, GICV, GICV2M, type GicBoard } from "./gic-board.js";

/** Interrupts that get the traffic: SGIs, the maintenance PPI and others, SPIs. */
const SPIS = [32, 33, 40, 63, 64, 80, 81, 95, 143, 200, 287];
const PRIVATE = [0, 1, 2, 5, 15, 16, 25, 27, 31];
const IDS = [...PRIVATE, ...SPIS];

/** Groups that hold interrupts, and are enabled, for a stretch of the list. */
type Groups = "group 0" | "group 1" | "both";

export class AccessList {
  readonly #board: GicBoard;
  readonly #cpus: number;
  readonly #word: () => number;
  #cpu = 0;
  /** Binary point of both groups, physical and virtual. */
  #point = 0;
  #virtualPoint = 2;
  /** SPIs are made active by ISACTIVER, and not ended. */
  #setsActive = false;
  #groups: Groups = "both";
  readonly #queue: Access[] = [];
  /** IDs that GICC_IAR, GICV_IAR gave and that have not ended, by CPU. */
  readonly #taken: number[][];
  readonly #takenVirtual: number[][];

  constructor(board: GicBoard, cpus: number, word: () => number) {
    this.#board = board;
    this.#cpus = cpus;
    this.#word = word;
    this.#taken = Array.from({ length: cpus }, () => []);
    this.#takenVirtual = Array.from({ length: cpus }, () => []);
    this.#begin();
  }

  // ---- choices -----------------------------------------------------------------------------------

  #below(n: number): number {
    return (this.#word() >>> 3) % n;
  }
  #oneOf<T>(list: readonly T[]): T {
    return list[this.#below(list.length)]!;
  }
  #one(percent: number): boolean {
    return this.#below(100) < percent;
  }
  #push(kind: Kind, address: number, value = 0, cpu = this.#cpu): void {
    this.#queue.push({ kind, cpu, address, value });
  }
  #read(address: number): void {
    this.#push("r4", address);
  }
  #write(address: number, value: number): void {
    this.#push("w4", address, value >>> 0);
  }

  /** A fresh stretch: groups, targets, priorities, enables. */
  #begin(): void {
    this.#groups = this.#oneOf(["group 0", "group 1", "both"] as const);
    this.#point = this.#below(7);
    this.#setsActive = this.#one(50);
    this.#virtualPoint = 2 + this.#below(5);
    for (let cpu = 0; cpu < this.#cpus; cpu++) {
      this.#cpu = cpu;
      this.#write(GICC + 8, this.#point);
      this.#write(GICC + 0x1c, this.#point + 1);
      this.#write(GICD, 0);
      this.#write(GICC, 0);
      this.#write(GICH, 0);
      this.#write(GICD + 0x180, -1);
      this.#write(GICD + 0x280, -1);
      this.#write(GICD + 0x380, -1);
      for (const at of [0, 4, 8, 12]) this.#write(GICD + 0xf10 + at, -1);
      for (const at of [0xd0, 0xd4, 0xd8, 0xdc, 0xe0, 0xe4, 0xe8, 0xec]) this.#write(GICC + at, 0);
      this.#write(GICH + 0xf0, 0);
      for (let n = 0; n < 4; n++) this.#write(GICH + 0x100 + 4 * n, 0);
      this.#regroup(0);
    }
    for (let n = 1; n < 9; n++) {
      this.#write(GICD + 0x180 + 4 * n, -1);
      this.#write(GICD + 0x280 + 4 * n, -1);
      this.#write(GICD + 0x380 + 4 * n, -1);
      this.#regroup(n);
    }
    for (const id of SPIS) this.#push("w1", GICD + 0x800 + id, 1 << this.#below(this.#cpus));
    for (let cpu = 0; cpu < this.#cpus; cpu++) {
      this.#cpu = cpu;
      this.#taken[cpu]!.length = 0;
      this.#takenVirtual[cpu]!.length = 0;
      for (const id of IDS)
        if (id < 32 || cpu === 0) this.#push("w1", GICD + 0x400 + id, this.#priority());
      this.#write(GICD + 0x100, -1);
      this.#write(GICD, this.#enable());
      this.#write(GICC, this.#control());
      this.#write(GICC + 4, 0xff);
      this.#write(GICH, 1);
      this.#write(GICH + 8, this.#machineControl(0x1f));
    }
    for (let n = 1; n < 9; n++) this.#write(GICD + 0x100 + 4 * n, -1);
  }
  #regroup(n: number): void {
    const group = { "group 0": 0, "group 1": -1, both: this.#word() }[this.#groups];
    this.#write(GICD + 0x80 + 4 * n, group);
  }
  #enable(): number {
    if (this.#one(3)) return 0;
    return { "group 0": this.#oneOf([1, 3]), "group 1": this.#oneOf([2, 3]), both: 3 }[
      this.#groups
    ];
  }
  #control(): number {
    // AckCtl mostly set: without it Group 1 interrupts stay where they are.
    return (
      this.#enable() | (this.#one(85) ? 4 : 0) | (this.#below(4) << 3) | (this.#one(50) ? 0x200 : 0)
    );
  }
  #machineControl(mask: number): number {
    const points = ((this.#virtualPoint + 1) << 18) | (this.#virtualPoint << 21);
    return this.#control() | points | (mask << 27);
  }
  #priority(): number {
    return this.#one(50) ? this.#below(256) : this.#below(32) << 3;
  }
  #id(): number {
    return this.#oneOf(IDS);
  }
  #bit(id: number): number {
    return (1 << (id & 31)) >>> 0;
  }

  // ---- stimuli -----------------------------------------------------------------------------------

  #generateSgi(): void {
    const filter = this.#oneOf([0, 0, 1, 2]);
    const list = this.#below(1 << this.#cpus);
    this.#write(GICD + 0xf00, this.#oneOf([0, 1, 2, 5, 15]) | (list << 16) | (filter << 24));
  }
  #message(): void {
    const id = this.#oneOf([80, 81, 95, 143, 144, 79]);
    this.#push(this.#one(70) ? "w4" : "w2", GICV2M + 0x40, id);
  }
  #sgiSources(): void {
    const id = this.#below(16);
    const sources = 1 + this.#below((1 << this.#cpus) - 1);
    if (this.#one(60)) this.#push("w1", GICD + 0xf20 + id, sources);
    else this.#push(this.#oneOf(["w1", "w1", "w2"] as const), GICD + 0xf10 + (id & ~1), sources);
  }
  #distributorBits(): void {
    const id = this.#id();
    const at = 4 * (id >> 5);
    const kind = this.#below(12);
    const isBanked = this.#cpus > 1 && id >= 16 && id < 32;
    if (kind < 6 && isBanked) return;
    if (kind < 5) this.#write(GICD + 0x200 + at, this.#bit(id));
    else if (kind < 6) this.#write(GICD + 0x280 + at, this.#bit(id));
    else if (kind < 8) this.#write(GICD + 0x100 + at, this.#bit(id) | this.#word());
    else if (kind < 9) this.#write(GICD + 0x180 + at, this.#bit(id));
    else if (kind < 10) {
      if (this.#setsActive || id < 32) this.#write(GICD + 0x300 + at, this.#bit(id));
    } else if (kind < 11) this.#write(GICD + 0x380 + at, this.#word());
    else if (id >= 32 || this.#cpus === 1) this.#write(GICD + 0xc00 + 4 * (id >> 4), this.#word());
    else this.#regroup(id >> 5);
  }
  #distributorNarrow(): void {
    const id = this.#id();
    if (this.#one(70)) this.#push("w1", GICD + 0x400 + id, this.#priority());
    else if (this.#one(50)) this.#push("w2", GICD + 0x400 + (id & ~1), this.#word() & 0xffff);
    else if (this.#cpus === 1 || id >= 32)
      this.#push("w1", GICD + 0x200 + (id >> 3), 1 << (id & 7));
  }
  #distributorRead(): void {
    const at = this.#oneOf([
      0x80, 0x100, 0x180, 0x200, 0x280, 0x300, 0x380, 0xc00, 0x400, 0x800, 0xf10, 0xf20,
    ]);
    const id = this.#id();
    const kind = this.#oneOf(["r4", "r4", "r2", "r1"] as const);
    const align = kind === "r4" ? ~3 : kind === "r2" ? ~1 : -1;
    const byte = at >= 0xf00 ? id & 15 : at === 0xc00 ? id >> 2 : at >= 0x400 ? id : id >> 3;
    this.#push(kind, GICD + at + (byte & align));
  }
  #identity(): void {
    this.#read(
      this.#oneOf([
        ...[
          0, 4, 8, 0x10, 0xa4, 0x124, 0x520, 0x920, 0xc48, 0xf00, 0xfd0, 0xfe0, 0xfe4, 0xfe8, 0xff0,
        ].map((o) => GICD + o),
        ...[0x10, 0xfc, 0x1000, 0x2000].map((o) => GICC + o),
        ...[4, 0x34, 0x110, 0x1fc].map((o) => GICH + o),
        ...[0x10, 0xe0, 0xfc, 0x1000, 0x2000].map((o) => GICV + o),
        ...[8, 0x40, 0xfcc, 0xfd0, 0x1000].map((o) => GICV2M + o),
        GICD + 0x1000,
      ]),
    );
  }
  #interfaceRead(base: number): void {
    const at = this.#oneOf([0, 4, 8, 0x14, 0x14, 0x18, 0x18, 0x1c, 0xd0, 0xd4, 0xd8, 0xdc]);
    if (at === 0x18 && this.#hasDisabled(base)) return;
    this.#read(base + at);
    if (base === GICC && this.#one(30)) this.#read(GICC + 0xe0 + 4 * this.#below(4));
  }
  #interfaceWrite(base: number): void {
    const kind = this.#below(10);
    if (kind < 2) this.#write(base, this.#control());
    else if (kind < 6) this.#write(base + 4, this.#one(60) ? 0xff : this.#word());
    else {
      const point = base === GICC ? this.#point : this.#virtualPoint;
      if (kind < 8) this.#write(base + 8, (this.#word() & ~7) | point);
      else this.#write(base + 0x1c, (this.#word() & ~7) | (point + 1));
    }
  }
  /** True when the best pending interrupt may be in a disabled group while the other is enabled. */
  #hasDisabled(base: number): boolean {
    this.#board.initiator.current = this.#cpu;
    const control = this.#board.read(base) & 3;
    const forwarded = base === GICC ? this.#board.read(GICD) & 3 : 3;
    return control !== 3 || forwarded !== 3;
  }
  #acknowledge(base: number): void {
    if (!this.#hasDisabled(base)) this.#read(base + 0xc);
  }
  #mayEnd(id: number): boolean {
    if (id < 32) return true;
    if (this.#setsActive) return false;
    return this.#cpus === 1 || (this.#board.read(GICD + 0x800 + id, 1) & (1 << this.#cpu)) !== 0;
  }
  #end(base: number): void {
    const taken = (base === GICC ? this.#taken : this.#takenVirtual)[this.#cpu]!;
    const stray = base === GICC ? this.#id() : this.#below(64);
    const isStray = taken.length === 0 || this.#one(8);
    const value = isStray ? stray : taken[taken.length - 1]!;
    if (base === GICC && !this.#mayEnd(value & 0x3ff)) return;
    if (!isStray && this.#one(70)) taken.pop();
    this.#write(base + 0x10, value);
    if (this.#one(60)) this.#write(base + 0x1000, value);
  }
  #list(): void {
    const n = this.#below(4);
    const group = { "group 0": 0, "group 1": 1, both: this.#below(2) }[this.#groups];
    // No virtual ID in two list registers: UNPREDICTABLE.
    const id = 4 * this.#oneOf([0, 1, 3, 6, 15, 60, 200]) + n;
    // An SGI's CPUID and a physical ID share bits.
    const isHardware = id >= 16 && this.#one(40);
    const physical = isHardware
      ? this.#oneOf(IDS.filter((i) => this.#mayEnd(i)))
      : (this.#below(this.#cpus) & 7) | (this.#one(50) ? 0x200 : 0);
    const state = this.#oneOf([0, 1, 1, 1, 1, 2, 3]);
    this.#write(
      GICH + 0x100 + 4 * n,
      id |
        (physical << 10) |
        (this.#below(32) << 23) |
        (state << 28) |
        (group << 30) |
        (isHardware ? 1 << 31 : 0),
    );
  }
  /** Up to two active priorities, mostly none. */
  #levels(count: number, shift: number): number {
    if (this.#one(60)) return 0;
    const level = (): number => (1 << ((this.#below(count) >> shift) << shift)) >>> 0;
    return (level() | level()) >>> 0;
  }
  #hypervisor(): void {
    const kind = this.#below(10);
    if (kind < 3) this.#write(GICH, (this.#word() & 0x0800_00fe) | (this.#one(90) ? 1 : 0));
    else if (kind < 5)
      this.#write(GICH + 8, this.#machineControl(this.#one(70) ? 0x1f : this.#below(32)));
    else if (kind < 6) this.#write(GICH + 0xf0, this.#levels(32, this.#virtualPoint - 2));
    else if (kind < 7) {
      const n = this.#below(4);
      const at = this.#one(50) ? 0xd0 : 0xe0;
      // Levels of the later registers fit to every binary point but the widest.
      if (n === 0 || this.#point < 6) this.#write(GICC + at + 4 * n, this.#levels(32, this.#point));
    } else
      this.#read(
        GICH +
          this.#oneOf([0, 8, 0x10, 0x10, 0x20, 0x24, 0x30, 0x34, 0xf0, 0x100, 0x104, 0x108, 0x10c]),
      );
  }
  #look(): void {
    this.#push("requests", 0);
    const { irq, fiq } = this.#board.cpus[this.#cpu]!;
    // With the mask shut no physical interrupt comes between.
    if (irq.level || fiq.level) {
      if (!this.#one(30)) return;
      this.#write(GICC + 4, 0);
    }
    this.#push("virtual", 0);
  }

  #step(): void {
    if (this.#one(4)) this.#cpu = this.#below(this.#cpus);
    if (this.#below(1500) === 0) {
      this.#begin();
      return;
    }
    const kind = this.#below(100);
    if (kind < 7) this.#generateSgi();
    else if (kind < 9) this.#sgiSources();
    else if (kind < 10) this.#message();
    else if (kind < 22) this.#distributorBits();
    else if (kind < 26) this.#distributorNarrow();
    else if (kind < 34) this.#distributorRead();
    else if (kind < 35) this.#identity();
    else if (kind < 41) this.#interfaceRead(this.#oneOf([GICC, GICV]));
    else if (kind < 45) this.#interfaceWrite(this.#oneOf([GICC, GICV]));
    else if (kind < 58) this.#acknowledge(this.#oneOf([GICC, GICV]));
    else if (kind < 72) this.#end(this.#oneOf([GICC, GICV]));
    else if (kind < 82) this.#list();
    else if (kind < 90) this.#hypervisor();
    else this.#look();
  }

  /** The next access; it must be made on the board before the one after is asked for. */
  next(): Access {
    while (this.#queue.length === 0) this.#step();
    return this.#queue.shift()!;
  }
  /** Told what an access gave, so that what was acknowledged can be ended. */
  note({ cpu, kind, address }: Access, result: number): void {
    if (kind !== "r4" || (result & 0x3ff) >= 1020) return;
    if (address === GICC + 0xc) this.#taken[cpu]!.push(result);
    else if (address === GICV + 0xc) this.#takenVirtual[cpu]!.push(result);
  }
}
