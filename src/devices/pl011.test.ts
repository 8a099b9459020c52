import { describe, expect, test } from "vitest";
import { PL011, Pl011, UART_INTERRUPT } from "./pl011.js";
import { FakeClock, FakeLine } from "./testing/fakes.js";

const AT = {
  DR: PL011.offset("DR"),
  RSR: PL011.offset("RSR"),
  FR: PL011.offset("FR"),
  IBRD: PL011.offset("IBRD"),
  LCR_H: PL011.offset("LCR_H"),
  CR: PL011.offset("CR"),
  IFLS: PL011.offset("IFLS"),
  IMSC: PL011.offset("IMSC"),
  RIS: PL011.offset("RIS"),
  MIS: PL011.offset("MIS"),
  ICR: PL011.offset("ICR"),
};
const FEN = 1 << 4;
const RXFE = 1 << 4;
const RXFF = 1 << 6;
const { RX, TX, RT, BE, OE } = UART_INTERRUPT;

const make = (fifoDepth: 16 | 32 = 32) => {
  const clock = new FakeClock();
  const line = new FakeLine();
  const uart = new Pl011({ base: 0x9000000, clock, interrupt: line, fifoDepth });
  const sent: number[] = [];
  uart.onTransmit = (byte) => sent.push(byte);
  return { clock, line, uart, sent };
};
const bytes = (...values: number[]) => Uint8Array.from(values);
const numbered = (count: number) => Uint8Array.from({ length: count }, (_, i) => i);

describe("a PL011", () => {
  test("sends at once, by accesses of any size, and raises TX for each", () => {
    const { uart, line, sent } = make();
    uart.write(AT.IMSC, 2, TX);
    expect(line.level).toBe(false);
    uart.write(AT.DR, 1, 0x41);
    uart.write(AT.DR, 2, 0x42);
    uart.write(AT.DR, 4, 0x143);
    expect(sent).toEqual([0x41, 0x42, 0x43]);
    expect(line.level).toBe(true);
    expect(uart.read(AT.MIS, 2)).toBe(TX);
    uart.write(AT.ICR, 2, TX);
    expect(line.level).toBe(false);
    expect(uart.read(AT.FR, 2)).toBe(0x90);
  });

  test("identifies itself: r1p5 with FIFOs of 32, r1p1 with 16", () => {
    const id = (uart: Pl011) =>
      [0xfec, 0xfe8, 0xfe4, 0xfe0].reduce((id, at) => (id << 8) | uart.read(at, 4), 0);
    expect(id(make(32).uart)).toBe(0x00341011);
    const { uart } = make(16);
    expect(id(uart)).toBe(0x00141011);
    uart.reset();
    expect(id(uart)).toBe(0x00141011);
    expect([0xff0, 0xff4, 0xff8, 0xffc].map((at) => uart.read(at, 4))).toEqual([
      0x0d, 0xf0, 0x05, 0xb1,
    ]);
  });

  for (const [select, level] of [4, 8, 16, 24, 28].entries()) {
    test(`with RXIFLSEL ${select} interrupts at ${level} characters of 32`, () => {
      const { uart, line } = make();
      uart.write(AT.LCR_H, 4, FEN);
      uart.write(AT.IFLS, 4, select << 3);
      uart.write(AT.IMSC, 4, RX);
      uart.receive(numbered(level - 1));
      expect(line.level).toBe(false);
      uart.receive(bytes(0xff));
      expect(line.level).toBe(true);
      expect(uart.read(AT.DR, 1)).toBe(0);
      expect(line.level).toBe(false);
    });
  }

  test("without FIFOs has room for one, and the host's characters wait", () => {
    const { uart, line } = make();
    uart.write(AT.IMSC, 4, RX);
    expect(uart.receive(numbered(5))).toBe(5);
    expect(uart.waiting).toBe(4);
    expect(uart.read(AT.FR, 4) & (RXFF | RXFE)).toBe(RXFF);
    for (let i = 0; i < 5; i++) {
      expect(line.level).toBe(true);
      expect(uart.read(AT.DR, 4)).toBe(i);
    }
    expect(line.level).toBe(false);
    expect(uart.read(AT.FR, 4) & (RXFF | RXFE)).toBe(RXFE);
    expect(uart.read(AT.DR, 4)).toBe(0);
  });

  test("loses nothing of a long input and takes no more than it can hold", () => {
    const { uart } = make();
    uart.write(AT.LCR_H, 4, FEN);
    expect(uart.receive(new Uint8Array(70_000))).toBe(65536);
    expect(uart.receive(new Uint8Array(100))).toBe(32);
    let read = 0;
    while ((uart.read(AT.FR, 4) & RXFE) === 0) {
      uart.read(AT.DR, 1);
      read++;
    }
    expect(read).toBe(65568);
  });

  test("interrupts when characters lie for 32 bit periods", () => {
    const { uart, clock, line } = make();
    uart.write(AT.LCR_H, 4, FEN);
    uart.write(AT.IMSC, 4, RT);
    // 24 MHz / (16 * 13) = 115385 baud: 32 bits are 277334 ns.
    uart.write(AT.IBRD, 4, 13);
    uart.receive(bytes(1, 2));
    clock.advance(277_000);
    expect(line.level).toBe(false);
    clock.advance(1000);
    expect(line.level).toBe(true);
    expect(uart.read(AT.DR, 1)).toBe(1);
    expect(line.level).toBe(true);
    expect(uart.read(AT.DR, 1)).toBe(2);
    expect(line.level).toBe(false);
    clock.advance(1_000_000);
    expect(line.level).toBe(false);
    uart.receive(bytes(3));
    clock.advance(300_000);
    uart.write(AT.ICR, 4, RT);
    expect(line.level).toBe(false);
  });

  test("tells of breaks in DR, RSR and RIS", () => {
    const { uart, line } = make();
    uart.write(AT.IMSC, 4, BE);
    uart.receiveBreak();
    expect(line.level).toBe(true);
    expect(uart.read(AT.DR, 4)).toBe(1 << 10);
    expect(uart.read(AT.RSR, 4)).toBe(1 << 2);
    uart.write(AT.RSR, 4, 0);
    expect(uart.read(AT.RSR, 4)).toBe(0);
    uart.write(AT.ICR, 4, BE);
    expect(line.level).toBe(false);
  });

  test("in loopback hears itself, and overruns", () => {
    const { uart, sent } = make(16);
    uart.write(AT.LCR_H, 4, FEN);
    uart.write(AT.CR, 4, (1 << 7) | (1 << 10) | (1 << 13) | 0x301);
    expect(uart.read(AT.FR, 4) & 0x107).toBe(0x102);
    for (let i = 0; i < 17; i++) uart.write(AT.DR, 1, i);
    expect(sent).toEqual([]);
    expect(uart.read(AT.RIS, 4) & OE).toBe(OE);
    for (let i = 0; i < 15; i++) expect(uart.read(AT.DR, 4)).toBe(i);
    expect(uart.read(AT.DR, 4)).toBe(0x80f);
    expect(uart.read(AT.RSR, 4)).toBe(8);
  });

  test("empties its FIFO when FIFOs are turned on or off", () => {
    const { uart } = make();
    uart.write(AT.LCR_H, 4, FEN);
    uart.receive(numbered(3));
    uart.write(AT.LCR_H, 4, FEN | 0x60);
    expect(uart.read(AT.FR, 4) & RXFE).toBe(0);
    uart.write(AT.LCR_H, 4, 0x60);
    expect(uart.read(AT.FR, 4) & RXFE).toBe(RXFE);
  });

  test("comes back from a snapshot with FIFO and input", () => {
    const { uart } = make();
    uart.write(AT.LCR_H, 4, FEN);
    uart.write(AT.IMSC, 4, RX);
    uart.receive(numbered(40));
    uart.read(AT.DR, 1);
    const state = uart.save();
    const { uart: other, line } = make();
    other.restore(state);
    other.write(AT.IMSC, 4, RX);
    expect(line.level).toBe(true);
    for (let i = 1; i < 40; i++) expect(other.read(AT.DR, 1)).toBe(i);
    expect(other.read(AT.FR, 4) & RXFE).toBe(RXFE);
    expect(() => other.restore({ registers: 1 })).toThrow(/damaged/);
  });

  test("shows its FIFO to a debugger without taking from it", () => {
    const { uart } = make();
    uart.receive(bytes(7));
    expect(uart.view().find((v) => v.name === "DR")?.value).toBe(7);
    expect(uart.read(AT.DR, 1)).toBe(7);
  });

  test("counts what is not modelled", () => {
    const { uart } = make();
    uart.write(AT.CR, 4, (1 << 15) | (1 << 1));
    expect(uart.unmodelled.entries.map((e) => e.register)).toEqual(["CR.SIREN", "CR.CTSEn"]);
  });
});
