/** Known bugs of the decompressor's hand-over to the kernel. */
import { hex, SLOT, systemSlot } from "../../arch/index.js";
import { occupantNamed, type Decompressor } from "../../occupants/index.js";
import { inBothSets } from "./findings.js";
import { runDecompressor, type DecompressorRun } from "./host-runs.js";
import type { Experiment, Finding, Regression } from "./regression.js";

const STUB_B1 = occupantNamed("stub-b1")!;
const STUB_C = occupantNamed("stub-c")!;
const LATEST: Decompressor = { stub: STUB_C, setVectors: 0, restores: "at the entry" };
const FIRMWARE = "entered in HYP mode, its MMU and caches on, HSCTLR.TE clear";

const end = (run: DecompressorRun): string =>
  run.entered
    ? `the kernel is entered in ${run.mode} mode`
    : run.spins
      ? "the last call returns, and it spins"
      : `the kernel is not entered: the CPU is at ${hex(run.address)} in ${run.mode} mode`;
const nextEntered = (run: DecompressorRun, asked: string): Finding => ({
  clause: "life/next-entered",
  held: run.entered && run.mode === "hyp",
  asked,
  found: end(run),
});
/** A32 state, masks, MMU and data cache off in HYP mode and at PL1. */
const entryState = (run: DecompressorRun, asked: string): Finding => {
  const { state } = run.machine.cpu;
  const wrong = [
    ...(run.entered ? [] : [end(run)]),
    ...(state[SLOT.T] === 0 ? [] : ["T32 state"]),
    ...(["I", "F"] as const).filter((bit) => state[SLOT[bit]] === 0).map((b) => `CPSR.${b} clear`),
    ...(["HSCTLR", "SCTLR"] as const)
      .filter((name) => (state[systemSlot(name)]! & 5) !== 0)
      .map((name) => `${name} = ${hex(state[systemSlot(name)]! >>> 0)}: M or C is set`),
  ];
  return {
    clause: "life/next-entry-state",
    held: wrong.length === 0,
    asked,
    found: wrong.length === 0 ? "MMU and data cache are off in both modes" : wrong.join("; "),
  };
};

/** Of row 9: the half that a decompressor feels. */
export const HALF_MERGED_DECOMPRESSOR: readonly Experiment[] = inBothSets(
  (side, thumb) => [
    nextEntered(
      runDecompressor(
        { stub: STUB_B1, setVectors: side === "bug" ? "address" : 1, restores: "at the entry" },
        { thumb, inHyp: false },
      ),
      `the decompressor sets vectors by r0 = ${side === "bug" ? "their address" : "1, r1 = their address"}`,
    ),
  ],
  ", decompressor",
);

export const HAND_OVER_ROWS: readonly Regression[] = [
  {
    number: 8,
    experiments: inBothSets((side, thumb) => {
      const run = runDecompressor(
        { ...LATEST, restores: side === "bug" ? "before the call" : "at the entry" },
        { thumb, inHyp: false },
      );
      const { registers, given } = run;
      return [
        {
          clause: "conduct/machine-number",
          held: run.entered && registers.r1 === given.r1 && registers.r2 === given.r2,
          asked: `the boot loader gives r1 = ${hex(given.r1)}, r2 = ${hex(given.r2)}`,
          found: `${end(run)} with r1 = ${hex(registers.r1)}, r2 = ${hex(registers.r2)}`,
        },
      ];
    }),
  },
  {
    number: 14,
    experiments: inBothSets((side, thumb) => [
      entryState(
        runDecompressor(
          { ...LATEST, hypMmu: side === "bug" ? "of SVC mode" : "of HYP mode" },
          { thumb, inHyp: true },
        ),
        FIRMWARE,
      ),
    ]),
  },
  {
    number: 15,
    experiments: inBothSets((side, thumb) => [
      nextEntered(
        runDecompressor(
          { ...LATEST, hypMmu: "of HYP mode", keepsTe: side === "bug" },
          { thumb, inHyp: true },
        ),
        FIRMWARE,
      ),
    ]).slice(1),
  },
];
