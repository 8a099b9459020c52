import { describe, expect, test } from "vitest";
import { assemble } from "../../isa/index.js";
import { VIRT } from "./virt-board.js";
import { makeVirt, type VirtOptions } from "./virt.js";

const CODE = 0x40010000;
const SMALL = 16 << 20;

const boardWith = (source: string, options: VirtOptions = {}) => {
  const board = makeVirt({ memory: SMALL, ...options });
  board.machine.load(CODE, assemble(source, { base: CODE }).bytes);
  let console = "";
  board.uart.onTransmit = (byte) => (console += String.fromCharCode(byte));
  board.start(CODE);
  return { ...board, console: () => console };
};
const register = (board: { machine: ReturnType<typeof makeVirt>["machine"] }, n: number, cpu = 0) =>
  board.machine.cpus[cpu]!.register(n) >>> 0;

/** Prints the character in r1 and powers off (PSCI through `call`). */
const goodbye = (call: "smc" | "hvc") => `
  movw r0, #0x0000
  movt r0, #0x0900
  strb r1, [r0]
  movw r0, #0x0008
  movt r0, #0x8400
  ${call} #0
  b .
`;
/** Distributor, CPU interface 0 and interrupt \`id\` on; masks out of the way. */
const interruptOn = (id: number) => `
  movw r4, #0x0000
  movt r4, #0x0800
  mov r5, #1
  str r5, [r4]
  movw r5, #${(1 << (id % 32)) & 0xffff}
  movt r5, #${(1 << (id % 32)) >>> 16}
  str r5, [r4, #${0x100 + 4 * Math.floor(id / 32)}]
  movt r4, #0x0801
  mov r5, #255
  str r5, [r4, #4]
  mov r5, #1
  str r5, [r4]
`;

describe("board virt", () => {
  test("prints and powers off by SMC, and by HVC without HYP", () => {
    for (const [hyp, call] of [
      [true, "smc"],
      [false, "hvc"],
    ] as const) {
      const board = boardWith(`mov r1, #0x41\n${goodbye(call)}`, { hyp });
      // More than a CPU's budget can hold.
      board.machine.run(4_000_000_000);
      expect(board.machine.stopped).toMatchObject({ reason: "off" });
      expect(board.console()).toBe("A");
    }
  });

  test("enters each CPU in the mode that is asked for", () => {
    const { machine, tree } = boardWith("b .", { bootModes: ["svc"] });
    expect(machine.cpu.mode.name).toBe("svc");
    expect(boardWith("b .").machine.cpu.mode.name).toBe("hyp");
    expect(tree({ bootArguments: "x" }).root.children.at(-1)!.properties.has("bootargs")).toBe(
      true,
    );
    expect(tree()).toEqual(tree());
  });

  test("lets the boot CPU switch on another, in a mode of its own", () => {
    const board = boardWith(
      `
      movw r0, #0x0003
      movt r0, #0x8400
      mov r1, #1
      movw r2, #0x1000
      movt r2, #0x4001
      mov r3, #77
      smc #0
      b .`,
      { cpus: 2, bootModes: ["hyp", "svc"] },
    );
    board.machine.load(
      CODE + 0xff0 + 0x10,
      assemble("mov r7, r0\nb .", { base: CODE + 0x1000 }).bytes,
    );
    board.machine.run(10_000);
    expect(register(board, 0)).toBe(0);
    expect(register(board, 7, 1)).toBe(77);
    expect(board.machine.cpus[1]!.mode.name).toBe("svc");
  });

  test("wakes from WFI at each timer through the interrupt controller", () => {
    for (const [name, value, control, id] of [
      ["physical", "p15, 0, r5, c14, c2, 0", "p15, 0, r5, c14, c2, 1", 30],
      ["virtual", "p15, 0, r5, c14, c3, 0", "p15, 0, r5, c14, c3, 1", 27],
      ["hypervisor", "p15, 4, r5, c14, c2, 0", "p15, 4, r5, c14, c2, 1", 26],
    ] as const) {
      const board = boardWith(`
        ${interruptOn(id)}
        movw r5, #1000
        mcr ${value}
        mov r5, #1
        mcr ${control}
        wfi
        ldr r6, [r4, #12]
        b .`);
      board.machine.run(100_000);
      expect([name, register(board, 6)]).toEqual([name, id]);
      expect(board.machine.instructions).toBeGreaterThan(16_000);
    }
  });

  test("takes console input as an interrupt", () => {
    const board = boardWith(`
      ${interruptOn(32 + VIRT.uart.spi)}
      movw r4, #0x0000
      movt r4, #0x0800
      mov r5, #1
      strb r5, [r4, #${0x800 + 32 + VIRT.uart.spi}]
      movt r4, #0x0900
      mov r5, #0x10
      str r5, [r4, #0x38]
      wfi
      ldr r6, [r4]
      b .`);
    board.machine.run(10_000);
    expect(board.machine.stopped).toMatchObject({ reason: "waiting" });
    board.uart.receive(Uint8Array.of(0x7a));
    board.machine.run(1000);
    expect(register(board, 6)).toBe(0x7a);
  });

  test("presses its power key", () => {
    const board = boardWith("b .");
    board.powerKey.press();
    expect(board.gpio.read(0x3fc, 1)).toBe(1 << VIRT.gpio.powerKeyPin);
    board.machine.run(200_000_000);
    expect(board.gpio.read(0x3fc, 1)).toBe(0);
  });

  test("has an empty PCI bus, and aborts where nothing is", () => {
    const board = boardWith(`
      movt r0, #0x3f00
      ldr r1, [r0, #0x800]
      movt r0, #0x0c00
      ldr r2, [r0]
      b .`);
    board.machine.cpu.setRegister(0, 0);
    board.machine.run(4);
    expect(register(board, 1)).toBe(0xffffffff);
    expect(register(board, 15) & 0x1f).toBe(0x10);
  });

  test("without HYP nothing answers at GICH", () => {
    const { machine } = boardWith("b .", { hyp: false });
    expect(machine.bus.find(VIRT.gic.hypervisor.base)).toBeUndefined();
    expect(boardWith("b .").machine.bus.find(VIRT.gic.hypervisor.base)).toBeDefined();
  });

  test("answers semihosting when it is asked for, in A32 and T32, and takes SVC else", () => {
    const source = `
      movw r0, #0x1000
      movt r0, #0x4001
      mov r1, r0
      mov r0, #4
      svc #0x123456
      movw r1, #0x0026
      movt r1, #0x0002
      mov r0, #0x18
      svc #0x123456
      b .`;
    const text = new TextEncoder().encode("hello, host\0");
    const asked = boardWith(source, { semihosting: {} });
    asked.machine.load(CODE + 0x1000, text);
    asked.machine.run(100);
    expect(asked.console()).toBe("hello, host");
    expect(asked.machine.stopped).toMatchObject({ reason: "off" });
    expect(asked.semihosting!.exitStatus()).toBe(0);

    const thumb = makeVirt({ memory: SMALL, semihosting: {} });
    thumb.machine.load(CODE, Uint8Array.of(0x03, 0x20, 0xab, 0xdf, 0xfe, 0xe7)); // movs r0, #3; svc #0xab; b .
    let seen = "";
    thumb.uart.onTransmit = (byte) => (seen += String.fromCharCode(byte));
    thumb.start(CODE + 1, [0, CODE + 0x1000]);
    thumb.machine.load(CODE + 0x1000, text);
    thumb.machine.run(10);
    expect(seen).toBe("h");

    const plain = boardWith(source);
    plain.machine.run(6);
    expect(plain.console()).toBe("");
    expect(register(plain, 15) & 0x1f).not.toBe(0x14);
    expect(plain.machine.bus.find(2 ** 40)).toBeUndefined();
  });

  describe("with firmware in flash", () => {
    const firmware = assemble(
      `
      mov r4, #0x100
      ldr r1, [r4]
      movw r0, #0x0000
      movt r0, #0x4001
      bx r0`,
      { base: 0 },
    ).bytes;
    const image = new Uint8Array(0x200);
    image.set(firmware);
    image.set([0x78, 0x56, 0x34, 0x12], 0x100);
    /** In RAM: the query, back to the array, and erasing the sector. */
    const source = `
      mov r4, #0
      mov r2, #0x98
      str r2, [r4]
      ldr r5, [r4, #0x40]
      mov r2, #0xff
      str r2, [r4]
      ldr r6, [r4, #0x100]
      mov r2, #0x20
      str r2, [r4]
      mov r2, #0xd0
      str r2, [r4]
      ldr r7, [r4]
      mov r2, #0xff
      str r2, [r4]
      ldr r8, [r4, #0x100]
      b .`;
    const flashed = () => {
      const board = boardWith(source, { firmware: image });
      board.start(0);
      return board;
    };

    test("runs out of it, and drives it by its commands", () => {
      const board = flashed();
      board.machine.run(100);
      expect([1, 5, 6, 7, 8].map((n) => register(board, n))).toEqual([
        0x12345678, 0x510051, 0x12345678, 0x800080, 0xffffffff,
      ]);
    });

    test("does not let devices write to it", () => {
      const { machine } = flashed();
      expect(machine.guestMemory.holds(0, 4)).toBe(false);
      expect(machine.guestMemory.holds(VIRT.ramBase, 4)).toBe(true);
    });

    test("restores it, in the middle of a query", () => {
      const board = flashed();
      board.machine.run(8);
      expect(board.machine.memory.offsetOf(0)).toBe(-1);
      board.machine.snapshot();
      board.machine.run(100);
      expect(register(board, 8)).toBe(0xffffffff);
      board.machine.restore();
      board.machine.run(100);
      expect([5, 6, 8].map((n) => register(board, n))).toEqual([0x510051, 0x12345678, 0xffffffff]);
    });
  });

  test("comes back from a saved state on another machine, and goes on alike", () => {
    const source = `
      ${interruptOn(27)}
      movw r5, #500
      mcr p15, 0, r5, c14, c3, 0
      mov r5, #1
      mcr p15, 0, r5, c14, c3, 1
      wfi
      mov r1, #0x42
      ${goodbye("smc")}`;
    const first = boardWith(source, { cpus: 2 });
    first.machine.run(40);
    const state = first.machine.save();
    const second = boardWith("b .", { cpus: 2 });
    second.machine.restoreFrom(state);
    expect(second.machine.stateHash()).toBe(first.machine.stateHash());
    for (const board of [first, second]) {
      board.machine.run(100_000);
      expect(board.machine.stopped).toMatchObject({ reason: "off" });
      expect(board.console()).toBe("B");
    }
    expect(second.machine.stateHash()).toBe(first.machine.stateHash());
  });

  test("refuses what it cannot be", () => {
    expect(() => makeVirt({ memory: 5000 })).toThrow(/whole MiB/);
    expect(() => makeVirt({ memory: 2 ** 31 })).toThrow(/whole MiB/);
    expect(() => makeVirt({ cpus: 9, memory: SMALL })).toThrow(/CPUs/);
    expect(() => makeVirt({ memory: SMALL, firmware: new Uint8Array(2 ** 26 + 1) })).toThrow(
      /firmware/,
    );
  });
});
