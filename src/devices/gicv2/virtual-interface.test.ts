import { describe, expect, test } from "vitest";
import { GICC, GICD, GICH, GICV, GicBoard } from "./testing/gic-board.js";

const HCR = GICH;
const VMCR = GICH + 0x08;
const MISR = GICH + 0x10;
const EISR = GICH + 0x20;
const ELSR = GICH + 0x30;
const APR = GICH + 0xf0;
const LR = (n: number): number => GICH + 0x100 + 4 * n;
const IAR = GICV + 0x0c;
const EOIR = GICV + 0x10;
const RPR = GICV + 0x14;
const HPPIR = GICV + 0x18;
const DIR = GICV + 0x1000;
const SPURIOUS = 1023;
const PENDING = 1;
const ACTIVE = 2;

interface Entry {
  readonly id: number;
  readonly priority?: number;
  readonly state?: number;
  readonly group?: 0 | 1;
  /** Physical ID: HW is set. */
  readonly physical?: number;
  /** CPUID, or with `eoi` the request for a maintenance interrupt. */
  readonly cpu?: number;
  readonly eoi?: boolean;
}
/** A list register; `priority` has 5 bits. */
const entry = (e: Entry): number =>
  (e.id |
    ((e.physical ?? e.cpu ?? 0) << 10) |
    (e.eoi === true ? 1 << 19 : 0) |
    ((e.priority ?? 4) << 23) |
    ((e.state ?? PENDING) << 28) |
    ((e.group ?? 0) << 30) |
    (e.physical === undefined ? 0 : 1 << 31)) >>>
  0;

/** The virtual interface is on, both groups enabled, AckCtl set, nothing masked. */
const ready = (cpus = 1, control = 0x7): GicBoard => {
  const board = new GicBoard(cpus);
  board.write(HCR, 1);
  board.write(GICV, control);
  board.write(GICV + 4, 0xf8);
  return board;
};
const list = (board: GicBoard, ...entries: Entry[]): void =>
  entries.forEach((e, n) => board.write(LR(n), entry(e)));
const state = (board: GicBoard, n: number): number => (board.read(LR(n)) >>> 28) & 3;
const requests = (board: GicBoard): string =>
  Object.entries(board.cpus[0]!)
    .filter(([, line]) => line.level)
    .map(([name]) => name)
    .join();
const eoiCount = (board: GicBoard): number => board.read(HCR) >>> 27;

describe("GICH", () => {
  test("has four list registers, 5 bits of priority and of preemption", () => {
    const board = ready();
    expect(board.read(GICH + 4)).toBe(0x9000_0003);
    for (let n = 0; n < 4; n++) {
      board.write(LR(n), 0xffff_ffff);
      expect(board.read(LR(n))).toBe(0xff8f_ffff);
    }
    board.write(LR(4), 0xffff_ffff);
    expect(board.read(LR(4))).toBe(0);
  });
  test("is banked, and every CPU's registers are at 0x1000 + 0x200 n for all", () => {
    const board = ready(2);
    board.initiator.current = 1;
    board.write(HCR, 1);
    board.write(LR(2), entry({ id: 50 }));
    board.initiator.current = 0;
    expect(board.read(LR(2))).toBe(0);
    expect(board.read(GICH + 0x1308)).toBe(entry({ id: 50 }));
    expect(board.read(GICH + 0x1204)).toBe(0x9000_0003);
    board.write(GICH + 0x1208, 0xf84c_0001);
    expect(board.cpus.map((c) => c.virq.level)).toEqual([false, true]);
    expect(board.read(VMCR)).toBe(0xf84c_0007);
    expect(board.read(GICH + 0x1400)).toBe(0);
  });
  test("VMCR is GICV's CTLR, PMR, BPR and ABPR seen from the hypervisor", () => {
    const board = new GicBoard();
    expect(board.read(VMCR)).toBe(0x004c_0000);
    board.write(VMCR, 0xa8d4_0213);
    expect([0, 4, 8, 0x1c].map((o) => board.read(GICV + o))).toEqual([0x213, 0xa8, 6, 5]);
    board.write(GICV + 4, 0x5f);
    board.write(GICV + 8, 3);
    expect(board.read(VMCR)).toBe(0x5874_0213);
    board.write(VMCR, 0);
    expect(board.read(VMCR)).toBe(0x004c_0000);
  });
  test("APR is the virtual active priorities", () => {
    const board = ready();
    board.write(APR, 1 << 5);
    expect(board.read(RPR)).toBe(5 << 3);
    expect(board.read(GICV + 0xd0)).toBe(1 << 5);
  });
});

describe("a list register", () => {
  test("that is pending asks its CPU: Group 0 by vIRQ, or vFIQ with FIQEn, Group 1 by vIRQ", () => {
    const board = ready();
    list(board, { id: 40 });
    expect(requests(board)).toBe("virq");
    board.write(GICV, 0xf);
    expect(requests(board)).toBe("vfiq");
    list(board, { id: 40, group: 1 });
    expect(requests(board)).toBe("virq");
  });
  test("asks nothing while HCR.En is clear, and IAR is spurious", () => {
    const board = ready();
    list(board, { id: 40 });
    board.write(HCR, 0);
    expect(requests(board)).toBe("");
    expect(board.read(IAR)).toBe(SPURIOUS);
    expect(state(board, 0)).toBe(PENDING);
  });
  test("asks nothing while its group is disabled or its priority masked", () => {
    const board = ready();
    list(board, { id: 40 });
    board.write(GICV, 0x6);
    expect(requests(board)).toBe("");
    board.write(GICV, 0x7);
    board.write(GICV + 4, 0x20);
    expect(requests(board)).toBe("");
    board.write(GICV + 4, 0x28);
    expect(requests(board)).toBe("virq");
  });
  test("becomes active by IAR and inactive by EOIR, with the virtual running priority", () => {
    const board = ready();
    list(board, { id: 40 }, { id: 41, priority: 2 });
    expect(board.read(HPPIR)).toBe(41);
    expect(board.read(IAR)).toBe(41);
    expect(state(board, 1)).toBe(ACTIVE);
    expect(board.read(RPR)).toBe(0x10);
    expect(board.read(APR)).toBe(1 << 2);
    expect(requests(board)).toBe("");
    expect(board.read(IAR)).toBe(SPURIOUS);
    board.write(EOIR, 41);
    expect(state(board, 1)).toBe(0);
    expect(board.read(APR)).toBe(0);
    expect(board.read(IAR)).toBe(40);
  });
  test("that is active and pending waits until it is no longer active", () => {
    const board = ready();
    list(board, { id: 40, state: 3 });
    expect(requests(board)).toBe("");
    expect(board.read(IAR)).toBe(SPURIOUS);
    board.write(EOIR, 40);
    expect(state(board, 0)).toBe(PENDING);
    expect(board.read(IAR)).toBe(40);
  });
  test("of an SGI gives the CPU it is said to come from", () => {
    const board = ready();
    list(board, { id: 3, cpu: 5 });
    expect(board.read(HPPIR)).toBe(3 | (5 << 10));
    expect(board.read(IAR)).toBe(3 | (5 << 10));
    board.write(EOIR, 3 | (5 << 10));
    expect(state(board, 0)).toBe(0);
  });
  test("of Group 1 is hidden as 1022 while AckCtl is clear", () => {
    const board = ready(1, 0x3);
    list(board, { id: 40, group: 1 });
    expect(board.read(IAR)).toBe(1022);
    expect(board.read(GICV + 0x28)).toBe(40);
    expect(board.read(GICV + 0x20)).toBe(40);
    board.write(GICV + 0x24, 40);
    expect(state(board, 0)).toBe(0);
  });
  test("with a special ID is shown but changes nothing", () => {
    const board = ready();
    list(board, { id: 1021 });
    expect(board.read(IAR)).toBe(1021);
    expect(state(board, 0)).toBe(PENDING);
  });
  test("with EOImode is deactivated by DIR alone", () => {
    const board = ready(1, 0x207);
    list(board, { id: 40 });
    expect(board.read(IAR)).toBe(40);
    board.write(EOIR, 40);
    expect([state(board, 0), board.read(RPR)]).toEqual([ACTIVE, 0xff]);
    board.write(DIR, 40);
    expect(state(board, 0)).toBe(0);
  });
  test("DIR without EOImode is ignored", () => {
    const board = ready();
    list(board, { id: 40, state: ACTIVE });
    board.write(DIR, 40);
    expect([state(board, 0), eoiCount(board)]).toEqual([ACTIVE, 0]);
  });
});

describe("virtual binary points", () => {
  test("are at least 2, and 3 for Group 1", () => {
    const board = ready();
    board.write(GICV + 8, 0);
    board.write(GICV + 0x1c, 0);
    expect([board.read(GICV + 8), board.read(GICV + 0x1c)]).toEqual([2, 3]);
  });
  test("decide over preemption", () => {
    const board = ready();
    board.write(GICV + 8, 4);
    list(board, { id: 40, priority: 7 });
    expect(board.read(IAR)).toBe(40);
    expect(board.read(RPR)).toBe(0x20);
    board.write(LR(1), entry({ id: 41, priority: 5 }));
    expect(requests(board)).toBe("");
    board.write(LR(1), entry({ id: 41, priority: 3 }));
    expect(requests(board)).toBe("virq");
  });
});

describe("a list register with HW set", () => {
  const physical = (): GicBoard => {
    const board = ready();
    board.write(GICD, 1);
    board.write(GICC, 0x201);
    board.write(GICC + 4, 0xff);
    board.write(GICD + 0x100, 1 << 27);
    board.gic.ppi(0, 11).set(true);
    expect(board.read(GICC + 0xc)).toBe(27);
    board.write(GICC + 0x10, 27);
    list(board, { id: 27, physical: 27 });
    return board;
  };
  test("ends the physical interrupt when the guest ends the virtual one", () => {
    const board = physical();
    expect(requests(board)).toBe("virq");
    expect(board.read(IAR)).toBe(27);
    expect(requests(board)).toBe("");
    expect(board.read(GICD + 0x300)).toBe(1 << 27);
    board.write(EOIR, 27);
    expect(board.read(GICD + 0x300)).toBe(0);
    // The input is still high.
    expect(requests(board)).toBe("irq");
  });
  test("ends it by DIR when the guest has EOImode", () => {
    const board = physical();
    board.write(GICV, 0x207);
    board.read(IAR);
    board.write(EOIR, 27);
    expect(board.read(GICD + 0x300)).toBe(1 << 27);
    board.write(DIR, 27);
    expect(board.read(GICD + 0x300)).toBe(0);
  });
  test("ends nothing physical when it names an SGI or no interrupt", () => {
    const board = ready();
    board.write(GICD + 0x300, 0xffff_ffff);
    for (const id of [0, 15, 288, 1023]) {
      list(board, { id: 40, physical: id, state: ACTIVE });
      board.write(EOIR, 40);
      expect(state(board, 0)).toBe(0);
    }
    expect(board.read(GICD + 0x300)).toBe(0xffff_ffff);
  });
});

describe("EOICount", () => {
  test("counts ends without a list register that dropped a priority", () => {
    const board = ready();
    board.write(EOIR, 40);
    expect(eoiCount(board)).toBe(0);
    board.write(APR, 0b110);
    board.write(EOIR, 40);
    expect(eoiCount(board)).toBe(1);
    expect(board.read(APR)).toBe(0b100);
  });
  test("counts every DIR without a list register, with EOImode, and no EOIR", () => {
    const board = ready(1, 0x207);
    board.write(APR, 1);
    board.write(EOIR, 40);
    expect(eoiCount(board)).toBe(0);
    board.write(DIR, 40);
    expect(eoiCount(board)).toBe(1);
  });
  test("does not count special IDs, and wraps at 31", () => {
    const board = ready(1, 0x207);
    board.write(DIR, 1023);
    expect(eoiCount(board)).toBe(0);
    for (let n = 0; n < 33; n++) board.write(DIR, 40);
    expect(board.read(HCR)).toBe((1 << 27) | 1);
  });
});

describe("the maintenance interrupt", () => {
  const PPI = 1 << 25;
  const asserted = (board: GicBoard): boolean => (board.read(GICD + 0x200) & PPI) !== 0;

  test("EOI: a list register with EOI has ended", () => {
    const board = ready();
    list(board, { id: 40, eoi: true });
    expect([board.read(EISR), board.read(ELSR)]).toEqual([0, 0b1110]);
    board.read(IAR);
    board.write(EOIR, 40);
    expect([board.read(EISR), board.read(ELSR), board.read(MISR)]).toEqual([1, 0b1110, 1]);
    expect(asserted(board)).toBe(true);
    board.write(LR(0), 0);
    expect([board.read(EISR), board.read(ELSR), board.read(MISR)]).toEqual([0, 0b1111, 0]);
    expect(asserted(board)).toBe(false);
  });
  test("U: with UIE, at most one list register is valid", () => {
    const board = ready();
    board.write(HCR, 0b11);
    expect(board.read(MISR)).toBe(2);
    list(board, { id: 40 }, { id: 41 });
    expect(board.read(MISR)).toBe(0);
    board.write(LR(1), 0);
    expect(board.read(MISR)).toBe(2);
    expect(asserted(board)).toBe(true);
  });
  test("LRENP: with LRENPIE, ends were counted", () => {
    const board = ready(1, 0x207);
    board.write(HCR, 0b101);
    expect(board.read(MISR)).toBe(0);
    board.write(DIR, 40);
    expect(board.read(MISR)).toBe(4);
    expect(asserted(board)).toBe(true);
    board.write(HCR, 0b101);
    expect(asserted(board)).toBe(false);
  });
  test("NP: with NPIE, no list register is pending", () => {
    const board = ready();
    board.write(HCR, 0b1001);
    expect(board.read(MISR)).toBe(8);
    list(board, { id: 40 });
    expect(board.read(MISR)).toBe(0);
    board.read(IAR);
    expect(board.read(MISR)).toBe(8);
    expect(asserted(board)).toBe(true);
  });
  test.each([
    [4, "VGrp0E: Group 0 is enabled", 1, 0],
    [5, "VGrp0D: Group 0 is disabled", 0, 1],
    [6, "VGrp1E: Group 1 is enabled", 2, 0],
    [7, "VGrp1D: Group 1 is disabled", 0, 2],
  ])("bit %i, %s", (bit, _, there, gone) => {
    const board = ready();
    board.write(HCR, 1 | (1 << bit));
    board.write(GICV, gone);
    expect([board.read(MISR), asserted(board)]).toEqual([0, false]);
    board.write(GICV, there);
    expect([board.read(MISR), asserted(board)]).toEqual([1 << bit, true]);
  });
  test("is not asserted while HCR.En is clear, though MISR shows its reasons", () => {
    const board = ready();
    board.write(HCR, 0b1000);
    expect([board.read(MISR), asserted(board)]).toEqual([8, false]);
  });
  test("is each CPU's own PPI 9", () => {
    const board = ready(2);
    board.initiator.current = 1;
    board.write(HCR, 0b1001);
    expect(asserted(board)).toBe(true);
    board.initiator.current = 0;
    expect(asserted(board)).toBe(false);
  });
});

describe("a board without the Virtualization Extensions", () => {
  test("has neither GICH nor GICV", () => {
    const board = new GicBoard(1, false);
    expect(board.bus.find(GICH)).toBeUndefined();
    expect(board.bus.find(GICV)).toBeUndefined();
    expect(board.gic.virtual).toBeUndefined();
  });
});
