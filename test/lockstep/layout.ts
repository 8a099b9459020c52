/** Where things lie in the guest memory that both machines share the picture of. */
import { BANKED, numbered, TAKEN, VECTOR_WORDS } from "../../src/isa/testing/recorded-registers.js";

export const RAM = { base: 0x4000_0000, size: 0x0120_0000 } as const;

export const HARNESS = 0x4000_0000;
/** PL1 vectors: a page of their own, the only one of the first megabyte that PL1 may see. */
export const PL1_VECTORS = 0x4000_8000;
export const SHORT_L1 = 0x4001_0000,
  SHORT_L2_VECTORS = 0x4001_4000,
  SHORT_L2_DATA = 0x4001_4400;
export const LONG_L1 = 0x4001_8000,
  LONG_L2 = 0x4001_9000,
  LONG_L3_VECTORS = 0x4001_a000,
  LONG_L3_DATA = 0x4001_b000;
export const HYP_L1 = 0x4001_c000,
  HYP_L2 = 0x4001_d000,
  HYP_L3_DATA = 0x4001_e000;
export const STAGE2_L1 = 0x4002_0000,
  STAGE2_L2 = 0x4002_1000,
  STAGE2_L3_VECTORS = 0x4002_2000,
  STAGE2_L3_DATA = 0x4002_3000;
export const CONTROL = 0x4003_0000;
/** What the data window holds before each sequence. */
export const TEMPLATE = 0x4018_0000;
/** Two megabytes of data pages with permissions of every kind. */
export const DATA = 0x4020_0000;
export const WINDOW = 0x4021_0000,
  WINDOW_SIZE = 512;
export const CODE = 0x4040_0000;
export const OUT = 0x4080_0000;
export const CONTEXTS = 0x4100_0000;

/** Sequences of one batch, and the bytes that each has for code, context and results. */
export const BATCH = 2048;
export const CODE_STRIDE = 1024,
  CONTEXT_STRIDE = 1024,
  OUT_STRIDE = 4096;
/** Exceptions that one sequence may take before it is ended. */
export const MOST_EVENTS = 12;
export const EVENT_WORDS = 48;
/** Where the copy of the window lies in a sequence's results. */
export const WINDOW_OUT = MOST_EVENTS * EVENT_WORDS * 4;
/** Behind it lie FPSCR and the floating-point registers as the sequence left them. */
export const VECTOR_OUT = WINDOW_OUT + WINDOW_SIZE;
/** FPSCR, then the register file by words. */
export const VECTOR_NAMES: readonly string[] = ["FPSCR", ...VECTOR_WORDS];

/** Fault registers, with the operands of MRC and MCR. */
export const FAULT_REGISTERS: readonly (readonly [name: string, operands: string])[] = [
  ["HSR", "p15, 4, r0, c5, c2, 0"],
  ["HDFAR", "p15, 4, r0, c6, c0, 0"],
  ["HIFAR", "p15, 4, r0, c6, c0, 2"],
  ["HPFAR", "p15, 4, r0, c6, c0, 4"],
  ["DFSR", "p15, 0, r0, c5, c0, 0"],
  ["IFSR", "p15, 0, r0, c5, c0, 1"],
  ["DFAR", "p15, 0, r0, c6, c0, 0"],
  ["IFAR", "p15, 0, r0, c6, c0, 2"],
];
/** Words of an event's record in order. */
export const EVENT_NAMES: readonly string[] = [...TAKEN, ...FAULT_REGISTERS.map(([name]) => name)];
/** Words of a sequence's context in order. */
export const CONTEXT_NAMES: readonly string[] = [
  "SCTLR",
  "TTBCR",
  "TTBR0",
  "HCR",
  "HSCTLR",
  "PC",
  "CPSR",
  "END",
  ...numbered(0, 12),
  "SP_hyp",
  "LR_usr",
  "SP_usr",
  ...BANKED,
  ...VECTOR_NAMES,
];
export const eventOffset = (name: string): number => EVENT_NAMES.indexOf(name) * 4;
export const contextOffset = (name: string): number => CONTEXT_NAMES.indexOf(name) * 4;
