/** PL011 UART (DDI 0183G). */
import {
  type Alarm,
  type Clock,
  type DeviceState,
  INSTRUCTIONS_PER_SECOND,
  type Line,
} from "../machine/index.js";
import { stateBytes, stateFields, stateInteger } from "./device-state.js";
import { primeCellIds } from "./prime-cell.js";
import { registerBlock, ro, rw, wo } from "./register-block.js";
import { RegisterDevice } from "./register-device.js";

export const PL011 = registerBlock(
  "PL011",
  "DDI 0183G, 3.2",
  {
    DR: {
      at: 0x000,
      fields: { DATA: rw(0, 8), FE: ro(8), PE: ro(9), BE: ro(10), OE: ro(11) },
    },
    RSR: { at: 0x004, fields: { FE: ro(0), PE: ro(1), BE: ro(2), OE: ro(3) } },
    FR: {
      at: 0x018,
      fields: {
        CTS: ro(0),
        DSR: ro(1),
        DCD: ro(2),
        BUSY: ro(3),
        RXFE: ro(4, 1, 1),
        TXFF: ro(5),
        RXFF: ro(6),
        TXFE: ro(7, 1, 1),
        RI: ro(8),
      },
    },
    ILPR: { at: 0x020, fields: { ILPDVSR: rw(0, 8) } },
    IBRD: { at: 0x024, fields: { BAUD_DIVINT: rw(0, 16) } },
    FBRD: { at: 0x028, fields: { BAUD_DIVFRAC: rw(0, 6) } },
    LCR_H: {
      at: 0x02c,
      fields: {
        BRK: rw(0),
        PEN: rw(1),
        EPS: rw(2),
        STP2: rw(3),
        FEN: rw(4),
        WLEN: rw(5, 2),
        SPS: rw(7),
      },
    },
    CR: {
      at: 0x030,
      fields: {
        UARTEN: rw(0),
        SIREN: rw(1),
        SIRLP: rw(2),
        LBE: rw(7),
        TXE: rw(8, 1, 1),
        RXE: rw(9, 1, 1),
        DTR: rw(10),
        RTS: rw(11),
        Out1: rw(12),
        Out2: rw(13),
        RTSEn: rw(14),
        CTSEn: rw(15),
      },
    },
    IFLS: { at: 0x034, fields: { TXIFLSEL: rw(0, 3, 2), RXIFLSEL: rw(3, 3, 2) } },
    IMSC: { at: 0x038, fields: { IM: rw(0, 11) } },
    RIS: { at: 0x03c, fields: { RIS: ro(0, 11) } },
    MIS: { at: 0x040, fields: { MIS: ro(0, 11) } },
    ICR: { at: 0x044, fields: { IC: wo(0, 11) } },
    /** No DMA controller listens. */
    DMACR: { at: 0x048, fields: { RXDMAE: rw(0), TXDMAE: rw(1), DMAONERR: rw(2) } },
    // Revision r1p1 has FIFOs of 16, r1p5 of 32: the device says which it is.
    ...primeCellIds(0x0014_1011),
  },
  { size: 0x1000 },
);

/** Bits of RIS, MIS, IMSC and ICR. */
export const UART_INTERRUPT = {
  RI: 1 << 0,
  CTS: 1 << 1,
  DCD: 1 << 2,
  DSR: 1 << 3,
  RX: 1 << 4,
  TX: 1 << 5,
  RT: 1 << 6,
  FE: 1 << 7,
  PE: 1 << 8,
  BE: 1 << 9,
  OE: 1 << 10,
} as const;
const DR_OVERRUN = 1 << 11;
const DR_BREAK = 1 << 10;
/** FE, PE, BE and OE are 8 bits higher in DR than in RSR, and one bit higher than in RIS. */
const DR_TO_RSR = 8;
const DR_TO_RIS = 1;

const UART_CLOCK = 24_000_000;
/** Assumed until the guest programs the divisor. */
const USUAL_BAUD = 115_200;
/** Bit periods without a character until the receive timeout. */
const TIMEOUT_BITS = 32;
/** Eighths of the FIFO for each RXIFLSEL; reserved values act as the last. */
const TRIGGER_EIGHTHS = [1, 2, 4, 6, 7, 7, 7, 7] as const;
/** Characters that the host may have waiting for room in the FIFO. */
const HOST_QUEUE = 65536;

const ENABLE = PL011.path("LCR_H.FEN");
const LOOPBACK = PL011.path("CR.LBE");
const MASK = PL011.path("IMSC");
const RAW = PL011.path("RIS");

export interface Pl011Options {
  readonly name?: string;
  readonly base: number;
  readonly clock: Clock;
  /** UARTINTR, all interrupts combined. */
  readonly interrupt: Line;
  /** 32 makes it an r1p5 (the default), 16 an r1p1. */
  readonly fifoDepth?: 16 | 32;
}

/**
 * Transmission takes no time: the transmit FIFO is always empty, and each character written raises TX
 * as if it had drained past the trigger level. Characters go out, and come in, even while CR disables
 * the UART: programs written for the reference emulator rely on it. Modem inputs are not asserted
 * outside of loopback, sent breaks go nowhere; IrDA and hardware flow control are not modelled and counted when
 * enabled.
 */
export class Pl011 extends RegisterDevice<typeof PL011.rows> {
  /** Takes each character that is sent. */
  onTransmit: (byte: number) => void = () => undefined;
  readonly fifoDepth: number;
  readonly #clock: Clock;
  readonly #line: Line;
  readonly #timeout: Alarm;
  /** Ring buffer of received characters with their error bits, as DR shows them. */
  readonly #fifo: Uint16Array;
  #first = 0;
  #count = 0;
  /** What the host sent and the FIFO had no room for yet; same form. */
  #waiting: number[] = [];
  #waitingAt = 0;

  constructor(options: Pl011Options) {
    super(PL011, options);
    this.fifoDepth = options.fifoDepth ?? 32;
    this.#fifo = new Uint16Array(this.fifoDepth);
    this.#clock = options.clock;
    this.#line = options.interrupt;
    this.#timeout = options.clock.alarm(() => this.#raise(UART_INTERRUPT.RT));
    this.#identify();
    this.on({
      DR: {
        read: () => this.#pop(),
        peek: () => (this.#count === 0 ? 0 : this.#fifo[this.#first]!),
        written: (value, _index, lanes) => {
          if ((lanes & 0xff) !== 0) this.#transmit(value & 0xff);
        },
      },
      // The same address is ECR: any write clears the errors.
      RSR: { written: () => this.set("RSR", 0) },
      FR: { read: () => this.#flags(), peek: () => this.#flags() },
      LCR_H: {
        written: (_value, _index, _lanes, before) => {
          // Turning the FIFOs on or off empties them.
          if (((before >>> 4) & 1) !== this.get(ENABLE)) {
            this.#count = 0;
            this.#refill();
            this.#afterRead();
          }
        },
      },
      CR: {
        written: (value) => {
          if (this.get("CR.SIREN") === 1) this.unmodelled.note("CR.SIREN", 0x30, 4, true, value);
          if (this.get("CR.CTSEn") === 1) this.unmodelled.note("CR.CTSEn", 0x30, 4, true, value);
        },
      },
      IFLS: { written: () => this.#afterRead() },
      IMSC: { written: () => this.#update() },
      MIS: { read: () => this.#masked(), peek: () => this.#masked() },
      ICR: {
        written: (value) => {
          this.set(RAW, this.get(RAW) & ~value);
          this.#update();
        },
      },
    });
  }

  // ---- the host's side --------------------------------------------------------------------------

  /**
   * Characters from the other end of the line. They wait for room in the FIFO, so that none is lost;
   * gives how many were taken (fewer only when tens of thousands wait already).
   */
  receive(bytes: Uint8Array): number {
    const room = Math.min(bytes.length, HOST_QUEUE - this.waiting);
    for (let i = 0; i < room; i++) this.#waiting.push(bytes[i]!);
    this.#refill();
    return room;
  }
  /** A break condition, as the magic SysRq of a serial console wants it. */
  receiveBreak(): void {
    if (this.waiting < HOST_QUEUE) this.#waiting.push(DR_BREAK);
    this.#refill();
  }
  /** Characters that the host sent and the FIFO has no room for yet. */
  get waiting(): number {
    return this.#waiting.length - this.#waitingAt;
  }

  // ---- transmitter and receiver -----------------------------------------------------------------

  #transmit(byte: number): void {
    if (this.get(LOOPBACK) === 1) {
      if (this.#count >= this.#depth) {
        // The character is lost; the last one in the FIFO tells.
        this.#fifo[this.#last]! |= DR_OVERRUN;
        this.#raise(UART_INTERRUPT.OE);
      } else this.#push(byte);
    } else this.onTransmit(byte);
    this.#raise(UART_INTERRUPT.TX);
  }
  get #depth(): number {
    return this.get(ENABLE) === 1 ? this.fifoDepth : 1;
  }
  get #last(): number {
    return (this.#first + this.#count - 1) % this.fifoDepth;
  }
  get #trigger(): number {
    if (this.get(ENABLE) === 0) return 1;
    return (this.fifoDepth * TRIGGER_EIGHTHS[this.get("IFLS.RXIFLSEL")]!) / 8;
  }
  #push(character: number): void {
    this.#count++;
    this.#fifo[this.#last] = character;
    let raised =
      (character >>> DR_TO_RIS) & (UART_INTERRUPT.FE | UART_INTERRUPT.PE | UART_INTERRUPT.BE);
    if (this.#count >= this.#trigger) raised |= UART_INTERRUPT.RX;
    this.#startTimeout();
    if (raised !== 0) this.#raise(raised);
  }
  #refill(): void {
    if (this.get(LOOPBACK) === 1) return;
    while (this.#waitingAt < this.#waiting.length && this.#count < this.#depth)
      this.#push(this.#waiting[this.#waitingAt++]!);
    if (this.#waitingAt === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#waitingAt = 0;
    }
  }
  #pop(): number {
    if (this.#count === 0) return 0;
    const character = this.#fifo[this.#first]!;
    this.#first = (this.#first + 1) % this.fifoDepth;
    this.#count--;
    this.set("RSR", character >>> DR_TO_RSR);
    this.#refill();
    this.#afterRead();
    return character;
  }
  /** The FIFO may hold less than before. */
  #afterRead(): void {
    let ris = this.get(RAW);
    if (this.#count < this.#trigger) ris &= ~UART_INTERRUPT.RX;
    if (this.#count === 0) {
      ris &= ~UART_INTERRUPT.RT;
      this.#timeout.clear();
    } else this.#startTimeout();
    this.set(RAW, ris);
    this.#update();
  }
  #startTimeout(): void {
    const divisor = this.get("IBRD") + this.get("FBRD") / 64;
    const baud = divisor >= 1 ? UART_CLOCK / (16 * divisor) : USUAL_BAUD;
    this.#timeout.set(this.#clock.now + Math.ceil((TIMEOUT_BITS * INSTRUCTIONS_PER_SECOND) / baud));
  }

  // ---- flags and interrupts ---------------------------------------------------------------------

  #flags(): number {
    // TXFE, and TXFF and BUSY never: characters leave at once.
    let flags = 1 << 7;
    if (this.#count === 0) flags |= 1 << 4;
    if (this.#count >= this.#depth) flags |= 1 << 6;
    if (this.get(LOOPBACK) === 1) {
      // RTS, DTR, Out1 and Out2 come back as CTS, DSR, DCD and RI.
      flags |= this.get("CR.RTS") | (this.get("CR.DTR") << 1);
      flags |= (this.get("CR.Out1") << 2) | (this.get("CR.Out2") << 8);
    }
    return flags;
  }
  #masked(): number {
    return this.get(RAW) & this.get(MASK);
  }
  #raise(interrupts: number): void {
    this.set(RAW, this.get(RAW) | interrupts);
    this.#update();
  }
  #update(): void {
    this.#line.set(this.#masked() !== 0);
  }

  // ---- life -------------------------------------------------------------------------------------

  #identify(): void {
    if (this.fifoDepth === 32) this.set("PeriphID2", 0x34);
  }
  override reset(): void {
    super.reset();
    this.#identify();
    this.#first = 0;
    this.#count = 0;
    this.#waiting = [];
    this.#waitingAt = 0;
    this.#timeout.clear();
    this.#update();
  }
  override save(): DeviceState {
    return {
      registers: super.save(),
      fifo: new Uint8Array(this.#fifo.slice().buffer),
      first: this.#first,
      count: this.#count,
      waiting: new Uint8Array(Uint16Array.from(this.#waiting.slice(this.#waitingAt)).buffer),
    };
  }
  override restore(state: DeviceState): void {
    const { registers, fifo, first, count, waiting } = stateFields(state, this.name);
    super.restore(registers!);
    const held = stateBytes(fifo, `${this.name} FIFO`, this.#fifo.byteLength);
    this.#fifo.set(new Uint16Array(held.slice().buffer));
    this.#first = stateInteger(first, `${this.name} FIFO`, 0, this.fifoDepth - 1);
    this.#count = stateInteger(count, `${this.name} FIFO`, 0, this.fifoDepth);
    const queue = stateBytes(waiting, `${this.name} input`);
    this.#waiting = [
      ...new Uint16Array(queue.slice(0, Math.min(queue.length & ~1, 2 * HOST_QUEUE)).buffer),
    ];
    this.#waitingAt = 0;
  }
}
