import { describe, expect, test } from "vitest";
import { GICC, GICD, GicBoard } from "./testing/gic-board.js";

const CTLR = GICC;
const PMR = GICC + 0x04;
const BPR = GICC + 0x08;
const IAR = GICC + 0x0c;
const EOIR = GICC + 0x10;
const RPR = GICC + 0x14;
const HPPIR = GICC + 0x18;
const ABPR = GICC + 0x1c;
const AIAR = GICC + 0x20;
const AEOIR = GICC + 0x24;
const AHPPIR = GICC + 0x28;
const APR = GICC + 0xd0;
const NSAPR = GICC + 0xe0;
const DIR = GICC + 0x1000;
const ISACTIVER = GICD + 0x300;
const SPURIOUS = 1023;
const SPLIT = 0x200;

/** One CPU; interrupts from 32 with these priorities are pending, those of `group1` in Group 1. */
const pending = (priorities: readonly number[], group1 = 0, control = 0x7): GicBoard => {
  const board = new GicBoard();
  board.write(GICD, 3);
  board.write(CTLR, control);
  board.write(PMR, 0xff);
  board.write(GICD + 0x84, group1);
  priorities.forEach((priority, n) => board.write(GICD + 0x420 + n, priority, 1));
  const all = (1 << priorities.length) - 1;
  board.write(GICD + 0x104, all);
  board.write(GICD + 0x204, all);
  return board;
};
const requests = (board: GicBoard): string =>
  Object.entries(board.cpus[0]!)
    .filter(([, line]) => line.level)
    .map(([name]) => name)
    .join();

describe("the priority mask", () => {
  test("lets through what is of higher priority than it", () => {
    const board = pending([0x80]);
    board.write(PMR, 0x80);
    expect(requests(board)).toBe("");
    expect(board.read(HPPIR)).toBe(SPURIOUS);
    expect(board.read(IAR)).toBe(SPURIOUS);
    board.write(PMR, 0x81);
    expect(requests(board)).toBe("irq");
    expect(board.read(HPPIR)).toBe(32);
  });
  test("is 0 at reset and has 8 bits", () => {
    const board = new GicBoard();
    expect(board.read(PMR)).toBe(0);
    board.write(PMR, 0xffff_ffff);
    expect(board.read(PMR)).toBe(0xff);
  });
});

describe("acknowledge and end", () => {
  test("raise and drop the running priority, and nest", () => {
    const board = pending([0x80]);
    expect(board.read(RPR)).toBe(0xff);
    expect(board.read(IAR)).toBe(32);
    expect(board.read(RPR)).toBe(0x80);
    expect(board.read(APR + 8)).toBe(1);
    expect(requests(board)).toBe("");
    board.write(GICD + 0x421, 0x40, 1);
    board.write(GICD + 0x104, 2);
    board.write(GICD + 0x204, 2);
    expect(requests(board)).toBe("irq");
    expect(board.read(IAR)).toBe(33);
    expect(board.read(RPR)).toBe(0x40);
    board.write(EOIR, 33);
    expect(board.read(RPR)).toBe(0x80);
    board.write(EOIR, 32);
    expect(board.read(RPR)).toBe(0xff);
    expect(board.read(ISACTIVER + 4)).toBe(0);
  });
  test("with EOImode, EOIR drops the priority and DIR deactivates", () => {
    const board = pending([0x80], 0, 0x7 | SPLIT);
    expect(board.read(IAR)).toBe(32);
    board.write(EOIR, 32);
    expect(board.read(RPR)).toBe(0xff);
    expect(board.read(ISACTIVER + 4)).toBe(1);
    board.write(GICD + 0x204, 1);
    expect(requests(board)).toBe("");
    board.write(DIR, 32);
    expect(board.read(ISACTIVER + 4)).toBe(0);
    expect(requests(board)).toBe("irq");
  });
  test("DIR without EOImode is ignored", () => {
    const board = pending([0x80]);
    expect(board.read(IAR)).toBe(32);
    board.write(DIR, 32);
    expect(board.read(ISACTIVER + 4)).toBe(1);
  });
  test("ends of spurious and non-existent interrupts, and ends of nothing, do nothing", () => {
    const board = pending([0x80]);
    board.write(EOIR, 32);
    expect(board.read(IAR)).toBe(32);
    for (const id of [1023, 1022, 288, 1000]) board.write(EOIR, id);
    expect(board.read(RPR)).toBe(0x80);
    expect(board.read(ISACTIVER + 4)).toBe(1);
  });
  test("an acknowledge without sufficient priority is spurious and changes nothing", () => {
    const board = pending([0x80, 0x90]);
    expect(board.read(IAR)).toBe(32);
    expect(board.read(HPPIR)).toBe(33);
    expect(board.read(IAR)).toBe(SPURIOUS);
    expect(board.read(ISACTIVER + 4)).toBe(1);
  });
});

describe("the binary point", () => {
  test("says which bits decide over preemption", () => {
    const board = pending([0x4f]);
    board.write(BPR, 3);
    expect(board.read(IAR)).toBe(32);
    expect(board.read(RPR)).toBe(0x40);
    board.write(GICD + 0x421, 0x41, 1);
    board.write(GICD + 0x104, 2);
    board.write(GICD + 0x204, 2);
    expect(requests(board)).toBe("");
    board.write(GICD + 0x421, 0x3f, 1);
    expect(requests(board)).toBe("irq");
  });
  test("of 7 allows no preemption at all", () => {
    const board = pending([0xfe]);
    board.write(BPR, 7);
    expect(board.read(IAR)).toBe(32);
    expect(board.read(RPR)).toBe(0);
    board.write(GICD + 0x104, 2);
    board.write(GICD + 0x204, 2);
    expect(requests(board)).toBe("");
  });
  test("of Group 1 is ABPR, one more for the same bits, unless CBPR makes BPR common", () => {
    const board = pending([0x4f], 1);
    board.write(BPR, 0);
    board.write(ABPR, 4);
    expect(board.read(IAR)).toBe(32);
    expect(board.read(RPR)).toBe(0x40);
    board.write(EOIR, 32);
    board.write(CTLR, 0x17);
    board.write(GICD + 0x204, 1);
    expect(board.read(IAR)).toBe(32);
    expect(board.read(RPR)).toBe(0x4e);
  });
  test("is at least 0, ABPR's at least 1", () => {
    const board = new GicBoard();
    board.write(BPR, 0);
    board.write(ABPR, 0);
    expect([board.read(BPR), board.read(ABPR)]).toEqual([0, 1]);
    board.write(BPR, 0xff);
    board.write(ABPR, 0xff);
    expect([board.read(BPR), board.read(ABPR)]).toEqual([7, 7]);
  });
  // 3.7.2 masks the running priority too; QEMU compares it as it is.
  test("of the waiting interrupt's group masks the running priority it is compared with", () => {
    const board = pending([0x08]);
    board.write(BPR, 2);
    board.write(ABPR, 7);
    expect(board.read(IAR)).toBe(32);
    board.write(GICD + 0x84, 2);
    board.write(GICD + 0x421, 0x05, 1);
    board.write(GICD + 0x104, 2);
    board.write(GICD + 0x204, 2);
    expect(requests(board)).toBe("");
    board.write(ABPR, 3);
    expect(requests(board)).toBe("irq");
  });
});

describe("active priorities", () => {
  test("are kept by group, and may be saved and put back", () => {
    const board = pending([0x80, 0x40], 2);
    expect(board.read(IAR)).toBe(33);
    expect([board.read(APR + 4), board.read(NSAPR + 4)]).toEqual([0, 1]);
    board.write(NSAPR + 4, 0);
    expect(board.read(RPR)).toBe(0xff);
    expect(requests(board)).toBe("irq");
    board.write(NSAPR + 4, 1);
    expect(board.read(RPR)).toBe(0x40);
    expect(requests(board)).toBe("");
  });
});

describe("groups", () => {
  test("Group 0 is an FIQ with FIQEn, Group 1 always an IRQ", () => {
    const board = pending([0x80], 0, 0xf);
    expect(requests(board)).toBe("fiq");
    board.write(GICD + 0x84, 1);
    expect(requests(board)).toBe("irq");
    board.write(CTLR, 0x7);
    board.write(GICD + 0x84, 0);
    expect(requests(board)).toBe("irq");
  });
  test("Group 1 is 1022 to IAR and HPPIR while AckCtl is clear, and stays pending", () => {
    const board = pending([0x80], 1, 0x3);
    expect([board.read(HPPIR), board.read(IAR)]).toEqual([1022, 1022]);
    expect(requests(board)).toBe("irq");
    board.write(CTLR, 0x7);
    expect([board.read(HPPIR), board.read(IAR)]).toEqual([32, 32]);
  });
  // QEMU has none of the three.
  test("the aliases see Group 1 alone", () => {
    const board = pending([0x80], 0, 0x3);
    expect([board.read(AHPPIR), board.read(AIAR)]).toEqual([SPURIOUS, SPURIOUS]);
    board.write(GICD + 0x84, 1);
    expect([board.read(AHPPIR), board.read(AIAR)]).toEqual([32, 32]);
    expect(board.read(RPR)).toBe(0x80);
    board.write(GICD + 0x84, 0);
    board.write(AEOIR, 32);
    expect(board.read(RPR)).toBe(0x80);
    board.write(GICD + 0x84, 1);
    board.write(AEOIR, 32);
    expect(board.read(RPR)).toBe(0xff);
  });
  test("an interrupt of a group that is disabled here or there is neither signalled nor acknowledged", () => {
    const board = pending([0x80], 0, 0x6);
    expect(requests(board)).toBe("");
    expect([board.read(HPPIR), board.read(IAR)]).toEqual([SPURIOUS, SPURIOUS]);
    board.write(CTLR, 0x7);
    board.write(GICD, 2);
    expect(requests(board)).toBe("");
    expect(board.read(IAR)).toBe(SPURIOUS);
    board.write(GICD, 1);
    expect(board.read(IAR)).toBe(32);
  });
  test("an interrupt of a disabled group keeps lower ones back (IGNORE_GROUP_ENABLE)", () => {
    const board = pending([0x40, 0x80], 2, 0x6);
    expect(requests(board)).toBe("");
    board.write(GICD + 0x184, 1);
    expect(requests(board)).toBe("irq");
  });
});

describe("CTLR", () => {
  test("has enables, AckCtl, FIQEn, CBPR, EOImode; bypass bits are RAZ/WI", () => {
    const board = new GicBoard();
    board.write(CTLR, 0xffff_ffff);
    expect(board.read(CTLR)).toBe(0x21f);
  });
  test("is banked", () => {
    const board = new GicBoard(2);
    board.write(CTLR, 1);
    board.initiator.current = 1;
    expect(board.read(CTLR)).toBe(0);
  });
});
