/** Interrupt IDs, IHI 0048B, 2.2.1. */

/** IDs 0 to 15: software-generated interrupts. */
export const SGIS = 16;
/** IDs 0 to 31, SGIs and private peripheral interrupts: each CPU has its own. */
export const PRIVATE_INTERRUPTS = 32;
/** What GICC_IAR gives with AckCtl clear when the interrupt is in Group 1. */
export const GROUP1_HIDDEN = 1022;
/** The spurious interrupt ID. */
export const SPURIOUS = 1023;
/** First of the IDs that name no interrupt. */
export const FIRST_SPECIAL = 1020;
/** Bits 9:0 of IAR, EOIR, DIR. */
export const ID_MASK = 0x3ff;
/** Lower than every priority of 8 bits: nothing is active, or nothing pends. */
export const IDLE_PRIORITY = 0x100;
/** Most CPU interfaces of a GICv2. */
export const MOST_CPUS = 8;

/** Number of the lowest bit that is set; the word must not be 0. */
export const lowestBit = (word: number): number => 31 - Math.clz32(word & -word);
