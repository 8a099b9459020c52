/** Differences between the two machines that are meant to be, each with its reason. */
import type { CpuModel, SystemSlotName } from "../../src/arch/index.js";
import type { BootEvent, BootException } from "./events.js";

export interface TimeDifference {
  readonly reason: string;
  /** Exceptions at which our time runs ahead of QEMU's. */
  readonly exceptions: readonly BootException[];
  /** By so many instructions each time. */
  readonly instructions: number;
}
/**
 * Our machine's time is put back by these while it is compared, so that timer interrupts come at the same
 * instruction and everything else can be asked to be equal.
 */
export const TIME_DIFFERENCES: readonly TimeDifference[] = [
  {
    reason:
      "An instruction that aborts counts as one here, so that a guest whose vectors abort for ever uses up its budget; QEMU counts it when it completes",
    exceptions: ["dataAbort", "prefetchAbort"],
    instructions: 1,
  },
];

/** Instructions by which our time runs ahead at an exception. */
export const timeAhead = (name: BootException): number =>
  TIME_DIFFERENCES.reduce(
    (sum, d) => (d.exceptions.includes(name) ? sum + d.instructions : sum),
    0,
  );

export interface RegisterDifference {
  readonly reason: string;
  readonly cpu: CpuModel;
  /** QEMU's values by register. Our machine is given them, so that loops over sets and ways are as long. */
  readonly values: readonly (readonly [SystemSlotName, number])[];
}
export const REGISTER_DIFFERENCES: readonly RegisterDifference[] = [
  {
    reason: "QEMU gives Cortex-A7 the caches of Cortex-A15",
    cpu: "cortex-a7",
    values: [
      ["CCSIDR_L1D", 0x701fe00a],
      ["CCSIDR_L1I", 0x201fe00a],
      ["CCSIDR_L2", 0x711fe07a],
    ],
  },
];

export interface FaultDifference {
  readonly reason: string;
  readonly name: BootException;
  /** Bits of the fault status that are not compared. */
  readonly mask: number;
  /** Whether that holds for the status in the format that it is in. */
  readonly holds: (status: number) => boolean;
}
const LPAE = 1 << 9;
export const FAULT_DIFFERENCES: readonly FaultDifference[] = [
  {
    reason:
      "IFSR has no domain field in the short format: bits 8:4 are reserved (DDI 0406C, B4.1.96); QEMU writes the domain of a second-level fault there, as in DFSR",
    name: "prefetchAbort",
    mask: 0xf0,
    holds: (status) => (status & LPAE) === 0,
  },
];
/** Reasons of what was put right or left out in a boot, and how often. */
export const explain = (cpu: CpuModel, events: readonly BootEvent[]): [string, number][] => {
  const times = (holds: (event: BootEvent & { readonly kind: "exception" }) => boolean): number =>
    events.filter((e) => e.kind === "exception" && holds(e)).length;
  return [
    ...TIME_DIFFERENCES.map((d): [string, number] => [
      d.reason,
      times((e) => d.exceptions.includes(e.name)),
    ]),
    ...REGISTER_DIFFERENCES.map((d): [string, number] => [d.reason, d.cpu === cpu ? 1 : 0]),
    ...FAULT_DIFFERENCES.map((d): [string, number] => [
      d.reason,
      times((e) => e.name === d.name && e.fault !== undefined && d.holds(e.fault[0])),
    ]),
  ].filter(([, n]) => n > 0);
};

/** Bits of an exception's fault status that are not compared. */
export const faultMask = (event: BootEvent): number =>
  event.kind !== "exception" || event.fault === undefined
    ? 0
    : FAULT_DIFFERENCES.reduce(
        (mask, d) => (d.name === event.name && d.holds(event.fault![0]) ? mask | d.mask : mask),
        0,
      );
