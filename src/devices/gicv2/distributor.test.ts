import { describe, expect, test } from "vitest";
import { GICC, GICD, GICV2M, GicBoard } from "./testing/gic-board.js";

const IGROUPR = GICD + 0x080;
const ISENABLER = GICD + 0x100;
const ICENABLER = GICD + 0x180;
const ISPENDR = GICD + 0x200;
const ICPENDR = GICD + 0x280;
const ISACTIVER = GICD + 0x300;
const ICACTIVER = GICD + 0x380;
const IPRIORITYR = GICD + 0x400;
const ITARGETSR = GICD + 0x800;
const ICFGR = GICD + 0xc00;
const SGIR = GICD + 0xf00;
const CPENDSGIR = GICD + 0xf10;
const SPENDSGIR = GICD + 0xf20;
const IAR = GICC + 0x0c;
const EOIR = GICC + 0x10;
const HPPIR = GICC + 0x18;
const SPURIOUS = 1023;

/** Everything enabled, no priority masked; SPIs target CPU 0. */
const ready = (cpus = 1): GicBoard => {
  const board = new GicBoard(cpus);
  board.write(GICD, 3);
  for (let cpu = cpus - 1; cpu >= 0; cpu--) {
    board.initiator.current = cpu;
    board.write(GICC, 0x7);
    board.write(GICC + 4, 0xff);
    board.write(ISENABLER, 0xffff_ffff);
  }
  for (let n = 1; n < 9; n++) board.write(ISENABLER + 4 * n, 0xffff_ffff);
  if (cpus > 1) for (let id = 32; id < 288; id += 4) board.write(ITARGETSR + id, 0x01010101);
  return board;
};

describe("GICD identifies itself", () => {
  test("as 288 interrupts, the number of CPUs, no Security Extensions", () => {
    expect(new GicBoard(1).read(GICD + 4)).toBe(0x008);
    expect(new GicBoard(4).read(GICD + 4)).toBe(0x068);
    expect(new GicBoard(8).read(GICD + 4)).toBe(0x0e8);
  });
  test("as a GICv2 of Arm, and stays so over a reset", () => {
    const board = new GicBoard(2);
    for (let turn = 0; turn < 2; turn++) {
      expect(board.read(GICD + 8)).toBe(0x43b);
      expect(board.read(GICD + 4)).toBe(0x28);
      expect(board.read(GICD + 0xfe8) >> 4).toBe(2);
      expect(board.read(GICC + 0xfc)).toBe(0x0002_043b);
      board.gic.distributor.reset();
    }
  });
  test("refuses numbers of CPUs that a GICv2 does not serve", () => {
    expect(() => new GicBoard(0)).toThrow(/1 to 8/);
    expect(() => new GicBoard(9)).toThrow(/1 to 8/);
  });
  test("refuses inputs that are not there", () => {
    const { gic } = new GicBoard();
    expect(() => gic.spi(256)).toThrow(RangeError);
    expect(() => gic.ppi(0, 16)).toThrow(RangeError);
    expect(() => gic.ppi(1, 0)).toThrow(RangeError);
  });
});

describe("the Distributor", () => {
  test("keeps SGIs enabled", () => {
    const board = new GicBoard();
    expect(board.read(ISENABLER)).toBe(0xffff);
    board.write(ICENABLER, 0xffff_ffff);
    expect(board.read(ICENABLER)).toBe(0xffff);
  });
  test("sets and clears by ones, and both registers show the same", () => {
    const board = new GicBoard();
    for (const [set, clear] of [
      [ISENABLER, ICENABLER],
      [ISPENDR, ICPENDR],
      [ISACTIVER, ICACTIVER],
    ] as const) {
      board.write(set + 4, 0xf0f0);
      board.write(set + 4, 0x0101);
      expect(board.read(set + 4)).toBe(0xf1f1);
      board.write(clear + 4, 0x00f0);
      expect(board.read(set + 4)).toBe(0xf101);
      expect(board.read(clear + 4)).toBe(0xf101);
    }
  });
  test("answers bytes, halfwords and words", () => {
    const board = new GicBoard();
    board.write(ISENABLER + 5, 0xff, 1);
    expect(board.read(ISENABLER + 4)).toBe(0xff00);
    board.write(IPRIORITYR + 32, 0xa0b0_c0d0);
    expect([32, 33, 34, 35].map((id) => board.read(IPRIORITYR + id, 1))).toEqual([
      0xd0, 0xc0, 0xb0, 0xa0,
    ]);
    expect(board.read(IPRIORITYR + 34, 2)).toBe(0xa0b0);
    board.write(IPRIORITYR + 34, 0x1122, 2);
    expect(board.read(IPRIORITYR + 32)).toBe(0x1122_c0d0);
  });
  test("reads zero and ignores writes beyond its interrupts", () => {
    const board = ready();
    for (const at of [IGROUPR + 36, ISENABLER + 36, ISPENDR + 36, IPRIORITYR + 288, ICFGR + 72]) {
      board.write(at, 0xffff_ffff);
      expect(board.read(at)).toBe(0);
    }
  });
  test("says nothing while both groups are disabled", () => {
    const board = ready();
    board.write(GICD, 0);
    board.write(ISPENDR + 4, 1);
    expect(board.cpus[0]!.irq.level).toBe(false);
    expect(board.read(IAR)).toBe(SPURIOUS);
    board.write(GICD, 1);
    expect(board.cpus[0]!.irq.level).toBe(true);
  });
  test("prefers the higher priority, and among equals the lower ID", () => {
    const board = ready();
    board.write(IPRIORITYR + 40, 0x10, 1);
    board.write(IPRIORITYR + 33, 0x20, 1);
    board.write(IPRIORITYR + 34, 0x10, 1);
    board.write(ISPENDR + 4, 0b1_0000_0110);
    expect(board.read(HPPIR)).toBe(34);
    board.write(IPRIORITYR + 34, 0x11, 1);
    expect(board.read(HPPIR)).toBe(40);
    board.write(ICPENDR + 4, 1 << 8);
    board.write(ICENABLER + 4, 1 << 2);
    expect(board.read(HPPIR)).toBe(33);
  });
});

describe("a level-sensitive input", () => {
  test("is pending while it is high", () => {
    const board = ready();
    const line = board.gic.spi(8);
    line.set(true);
    expect(board.read(ISPENDR + 4)).toBe(1 << 8);
    expect(board.cpus[0]!.irq.level).toBe(true);
    line.set(false);
    expect(board.read(ISPENDR + 4)).toBe(0);
    expect(board.cpus[0]!.irq.level).toBe(false);
  });
  test("cannot be cleared by ICPENDR, and is pending again after its end", () => {
    const board = ready();
    board.gic.spi(8).set(true);
    board.write(ICPENDR + 4, 1 << 8);
    expect(board.read(IAR)).toBe(40);
    expect(board.read(ISACTIVER + 4)).toBe(1 << 8);
    expect(board.read(ISPENDR + 4)).toBe(1 << 8);
    expect(board.cpus[0]!.irq.level).toBe(false);
    board.write(EOIR, 40);
    expect(board.cpus[0]!.irq.level).toBe(true);
  });
  test("made pending by software stays so until it is acknowledged or cleared", () => {
    const board = ready();
    board.write(ISPENDR + 4, 1 << 8);
    expect(board.read(IAR)).toBe(40);
    expect(board.read(ISPENDR + 4)).toBe(0);
  });
});

describe("an edge-triggered input", () => {
  const edge = (): GicBoard => {
    const board = ready();
    board.write(ICFGR + 8, 2 << 16);
    return board;
  };
  test("is latched by the rising edge", () => {
    const board = edge();
    board.gic.spi(8).set(true);
    board.gic.spi(8).set(false);
    expect(board.read(ISPENDR + 4)).toBe(1 << 8);
    expect(board.read(IAR)).toBe(40);
    expect(board.read(ISPENDR + 4)).toBe(0);
  });
  test("is not pending for being high", () => {
    const board = edge();
    board.gic.spi(8).set(true);
    board.write(ICPENDR + 4, 1 << 8);
    expect(board.read(ISPENDR + 4)).toBe(0);
    board.gic.spi(8).set(true);
    expect(board.read(ISPENDR + 4)).toBe(0);
  });
  test("becomes active and pending by an edge while active, and is taken again after its end", () => {
    const board = edge();
    const line = board.gic.spi(8);
    line.set(true);
    expect(board.read(IAR)).toBe(40);
    line.set(false);
    line.set(true);
    expect(board.read(ISACTIVER + 4) & board.read(ISPENDR + 4)).toBe(1 << 8);
    expect(board.cpus[0]!.irq.level).toBe(false);
    board.write(EOIR, 40);
    expect(board.read(IAR)).toBe(40);
  });
  test("is the configuration of SGIs, which cannot be changed", () => {
    const board = edge();
    board.write(ICFGR, 0);
    expect(board.read(ICFGR)).toBe(0xaaaa_aaaa);
    board.write(ICFGR + 8, 0xffff_ffff);
    expect(board.read(ICFGR + 8)).toBe(0xaaaa_aaaa);
  });
});

describe("private interrupts", () => {
  test("are each CPU's own", () => {
    const board = ready(2);
    board.gic.ppi(1, 11).set(true);
    expect(board.cpus.map((c) => c.irq.level)).toEqual([false, true]);
    expect(board.read(ISPENDR)).toBe(0);
    board.initiator.current = 1;
    expect(board.read(ISPENDR)).toBe(1 << 27);
    expect(board.read(IAR)).toBe(27);
  });
  test("have banked priorities, groups, enables and configurations", () => {
    const board = ready(2);
    board.write(IPRIORITYR + 28, 0x11223344);
    board.write(IGROUPR, 0xff00_0000);
    board.write(ICENABLER, 0x0f00_0000);
    board.write(ICFGR + 4, 0xffff_ffff);
    board.initiator.current = 1;
    expect(board.read(IPRIORITYR + 28)).toBe(0);
    expect(board.read(IGROUPR)).toBe(0);
    expect(board.read(ISENABLER)).toBe(0xffff_ffff);
    expect(board.read(ICFGR + 4)).toBe(0);
  });
  // QEMU 7.2 sets it where ITARGETSR's stored value says, and clears it on all CPUs.
  test("are made pending, and cleared, for the CPU that asks", () => {
    const board = ready(2);
    board.write(ISPENDR, 1 << 16);
    board.initiator.current = 1;
    expect(board.read(ISPENDR)).toBe(0);
    board.write(ISPENDR, 1 << 16);
    board.write(ICPENDR, 1 << 16);
    board.initiator.current = 0;
    expect(board.read(ISPENDR)).toBe(1 << 16);
  });
});

describe("targets", () => {
  test("read as zero with one CPU", () => {
    const board = ready();
    board.write(ITARGETSR + 32, 0xffff_ffff);
    expect(board.read(ITARGETSR)).toBe(0);
    expect(board.read(ITARGETSR + 32)).toBe(0);
  });
  test("of private interrupts are the CPU that asks", () => {
    const board = ready(4);
    board.initiator.current = 2;
    board.write(ITARGETSR, 0xffff_ffff);
    expect(board.read(ITARGETSR)).toBe(0x0404_0404);
    expect(board.read(ITARGETSR + 28)).toBe(0x0404_0404);
  });
  test("keep only CPUs that exist", () => {
    const board = ready(2);
    board.write(ITARGETSR + 32, 0xff, 1);
    expect(board.read(ITARGETSR + 32, 1)).toBe(3);
  });
  test("decide who is asked, and a pending SPI follows them", () => {
    const board = ready(2);
    const levels = (): boolean[] => board.cpus.map((c) => c.irq.level);
    board.gic.spi(0).set(true);
    expect(levels()).toEqual([true, false]);
    board.write(ITARGETSR + 32, 2, 1);
    expect(levels()).toEqual([false, true]);
    board.write(ITARGETSR + 32, 0, 1);
    expect(levels()).toEqual([false, false]);
    board.write(ITARGETSR + 32, 3, 1);
    expect(levels()).toEqual([true, true]);
  });
  // 1-N model, 1.4.3. QEMU keeps the active state of an SPI by CPU and would signal it to the second.
  test("of several CPUs: one takes the interrupt, the others see nothing until it has ended", () => {
    const board = ready(2);
    board.write(ITARGETSR + 32, 3, 1);
    board.gic.spi(0).set(true);
    board.initiator.current = 1;
    expect(board.read(IAR)).toBe(32);
    expect(board.cpus[0]!.irq.level).toBe(false);
    board.initiator.current = 0;
    expect(board.read(IAR)).toBe(SPURIOUS);
    board.initiator.current = 1;
    board.write(EOIR, 32);
    expect(board.cpus[0]!.irq.level).toBe(true);
  });
});

describe("SGIs", () => {
  const pendingOf = (board: GicBoard): number[] =>
    board.cpus.map((_, cpu) => {
      board.initiator.current = cpu;
      return board.read(ISPENDR) & 0xffff;
    });
  test.each([
    ["the list", (0b1010 << 16) | 5, [0, 32, 0, 32]],
    ["all others", (1 << 24) | (0b1111 << 16) | 5, [32, 0, 32, 32]],
    ["the sender", (2 << 24) | (0b0001 << 16) | 5, [0, 32, 0, 0]],
    ["all, with the reserved filter", (3 << 24) | 5, [32, 32, 32, 32]],
    ["CPUs that exist alone", (0xff << 16) | 5, [32, 32, 32, 32]],
  ])("go to %s", (_, value, expected) => {
    const board = ready(4);
    board.initiator.current = 1;
    board.write(SGIR, value);
    expect(pendingOf(board)).toEqual(expected);
  });
  test("of several senders are taken one after the other, the lowest CPU first", () => {
    const board = ready(4);
    for (const cpu of [3, 1]) {
      board.initiator.current = cpu;
      board.write(SGIR, (1 << 16) | 7);
    }
    board.initiator.current = 0;
    expect(board.read(SPENDSGIR + 7, 1)).toBe(0b1010);
    expect(board.read(HPPIR)).toBe(7 | (1 << 10));
    expect(board.read(IAR)).toBe(7 | (1 << 10));
    expect(board.read(ISPENDR)).toBe(1 << 7);
    board.write(EOIR, 7 | (1 << 10));
    expect(board.read(IAR)).toBe(7 | (3 << 10));
    expect(board.read(ISPENDR)).toBe(0);
  });
  test("are set and cleared by source, and a write of zero does nothing", () => {
    const board = ready(2);
    board.write(SPENDSGIR + 4, 0x0000_0301);
    expect(board.read(CPENDSGIR + 4)).toBe(0x0000_0301);
    expect(board.read(ISPENDR)).toBe(0b11_0000);
    board.write(CPENDSGIR + 5, 1, 1);
    expect(board.read(ISPENDR)).toBe(0b11_0000);
    board.write(CPENDSGIR + 5, 2, 1);
    expect(board.read(ISPENDR)).toBe(0b01_0000);
    board.write(SPENDSGIR + 8, 0);
    board.write(SPENDSGIR + 12, 0xff, 1);
    expect(board.read(SPENDSGIR + 12, 1)).toBe(3);
    expect(board.read(ISPENDR)).toBe(0b1_0000_0001_0000);
  });
  test("are not made pending by ISPENDR nor cleared by ICPENDR", () => {
    const board = ready();
    board.write(ISPENDR, 0xffff);
    expect(board.read(ISPENDR)).toBe(0);
    board.write(SGIR, (1 << 16) | 3);
    board.write(ICPENDR, 0xffff);
    expect(board.read(ISPENDR)).toBe(8);
  });
  test("need a word: SGIR ignores bytes and halfwords", () => {
    const board = ready();
    board.write(SGIR + 2, 1, 1);
    board.write(SGIR, 3, 2);
    expect(board.read(ISPENDR)).toBe(0);
    expect(board.read(SGIR)).toBe(0);
  });
});

describe("GICv2m", () => {
  test("owns 64 interrupts from 80", () => {
    const board = ready();
    expect(board.read(GICV2M + 8)).toBe(0x0050_0040);
    board.gic.messages!.reset();
    expect(board.read(GICV2M + 8)).toBe(0x0050_0040);
    expect(board.read(GICV2M + 0xfcc)).toBe(0x0510_0000);
  });
  test("pulses what is written, and nothing outside of its range", () => {
    const board = ready();
    for (let n = 2; n < 18; n++) board.write(ICFGR + 4 * n, 0xffff_ffff);
    for (const id of [80, 143, 79, 144, 287, 0, 1023]) board.write(GICV2M + 0x40, id);
    board.write(GICV2M + 0x40, 90, 2);
    board.write(GICV2M + 0x40, 91, 1);
    expect([2, 3, 4].map((n) => board.read(ISPENDR + 4 * n))).toEqual([
      (1 << 16) | (1 << 26),
      0,
      1 << 15,
    ]);
  });
});
