/** Known bugs of installation: what a kernel's CPUs do between their entry and SVC mode. */
import { hex, MODE, SLOT, systemSlot } from "../../arch/index.js";
import { occupantNamed, type StubInstallation } from "../../occupants/index.js";
import type { JudgedSite } from "../expectation.js";
import { inBothSets, judgeState } from "./findings.js";
import { runInstallation, type InstallationRun, type InstallationSetup } from "./host-runs.js";
import type { Finding, Regression } from "./regression.js";

const STUB_A = occupantNamed("stub-a")!;
const STUB_C = occupantNamed("stub-c")!;
const MISMATCH = 1 << 31;

/** Installation that was run, as far as expectations ask about a site. */
export const installationSite = (run: InstallationRun, thumb: boolean): JudgedSite => {
  const hvbar = run.installed[0]?.[systemSlot("HVBAR")] ?? 0;
  return {
    options: { thumb, stubVectors: run.program.symbols.get("vectors")! },
    hvbar: hvbar >>> 0,
    selfBranch: (address) => {
      if (!run.machine.memory.holds(address, 4)) return false;
      const word = run.machine.memory.read32(address) >>> 0;
      // B.W to itself, halfword by halfword, or B.
      return thumb ? word === 0xbffef7ff : word === 0xeafffffe;
    },
  };
};
const modesOf = ({ modes }: InstallationSetup): string =>
  modes.map((m, n) => `CPU ${n} started in ${m.toUpperCase()} mode`).join(", ");
/** What the boot mode's word says. */
const word = (value: number): string => `the boot mode's word is ${hex(value >>> 0)}`;
const wordIs = (
  clause: string,
  run: InstallationRun,
  expected: number,
  asked: string,
  more = "",
): Finding => ({
  clause,
  held: run.bootMode === expected,
  asked,
  found: `${word(run.bootMode)}${run.bootMode === expected ? "" : `, expected ${hex(expected >>> 0)}`}${more}`,
});
/** Where a CPU is that should wait at a place by now. */
const whereabouts = (run: InstallationRun, cpu: number, symbol: string): string => {
  const { state, mode } = run.machine.cpus[cpu]!;
  const at = state[SLOT.PC]! >>> 0;
  return at === run.program.symbols.get(symbol)
    ? ""
    : `; CPU ${cpu} is lost at ${hex(at)} in ${mode.name} mode`;
};

/** State slots of ID_PFR1 as a core of a later architecture has it: the timer of version 2. */
const laterTimer = (state: Int32Array): void => {
  const slot = systemSlot("ID_PFR1");
  state[slot] = (state[slot]! & ~(0xf << 16)) | (2 << 16);
};
const otherOffsets = (state: Int32Array, cpu: number): void => {
  state[systemSlot("CNTVOFF")] = 0x1000 * (cpu + 1);
  state[systemSlot("CNTVOFF_hi")] = cpu + 1;
};

const mismatch: InstallationSetup["modes"] = ["hyp", "svc"];
const compare = (fixed: boolean): StubInstallation => ({
  stub: STUB_A,
  mismatchRegistersFixed: fixed,
});

export const INSTALLATION_ROWS: readonly Regression[] = [
  {
    number: 1,
    experiments: [
      ...inBothSets((side, thumb) => {
        const setup = { thumb, modes: mismatch };
        const run = runInstallation(compare(side === "bug"), setup);
        return [
          wordIs(
            "conduct/mismatch-recorded",
            run,
            MODE.hyp.encoding | MISMATCH,
            modesOf(setup),
            whereabouts(run, 1, "other_done"),
          ),
        ];
      }),
      ...inBothSets((side, thumb) => {
        const setup = { thumb, modes: mismatch, policy: "reference-emulator" } as const;
        const run = runInstallation(compare(side === "bug"), setup);
        const [stray] = run.strayWrites;
        return [
          wordIs("conduct/mismatch-recorded", run, MODE.hyp.encoding | MISMATCH, modesOf(setup)),
          {
            clause: "conduct/writes-own-word",
            held: stray === undefined,
            asked: modesOf(setup),
            found:
              stray === undefined
                ? "no other word changed"
                : `the word at ${hex(stray.address)} is ${hex(stray.after >>> 0)} now`,
          },
        ];
      }, ", unaligned stores let through"),
    ],
  },
  {
    number: 2,
    experiments: inBothSets((side, thumb) => {
      const setup: InstallationSetup = { thumb, modes: ["hyp"] };
      const run = runInstallation(
        {
          stub: STUB_A,
          bigEndian: true,
          endiannessBit: side === "bug" ? 9 : 25,
          asksForVectors: true,
        },
        setup,
      );
      const [order] = run.hypByteOrders;
      return [
        judgeState(
          "linux-a/installation/hsctlr-ee-set",
          run.installed[0],
          installationSite(run, thumb),
          "a big-endian kernel's installation",
        ),
        {
          clause: "conduct/hyp-byte-order",
          held: order === 1,
          asked: "HVC #0 with r0 = 0xffffffff in SVC mode, CPSR.E = 1",
          found:
            order === undefined
              ? "no exception was taken to HYP mode"
              : `the vector is entered with CPSR.E = ${order}`,
        },
      ];
    }, ", big-endian"),
  },
  {
    number: 3,
    experiments: inBothSets((side, thumb) => {
      const setup: InstallationSetup = { thumb, modes: ["hyp", "hyp"], firmware: otherOffsets };
      const run = runInstallation({ stub: STUB_A, keepsCntvoff: side === "bug" }, setup);
      return run.installed.flatMap((state, cpu) =>
        ["cntvoff", "cntvoff-hi"].map((name) =>
          judgeState(
            `linux-a/installation/${name}`,
            state,
            installationSite(run, thumb),
            `CPU ${cpu}, entered with CNTVOFF = ${hex((cpu + 1) * 2 ** 32 + (cpu + 1) * 0x1000)}`,
          ),
        ),
      );
    }),
  },
  {
    number: 16,
    experiments: inBothSets((side, thumb) => {
      const run = runInstallation(
        { stub: STUB_A, adr: side === "bug" ? "narrow" : "wide" },
        { thumb, modes: ["hyp"] },
      );
      const site = installationSite(run, thumb);
      const { stubVectors } = site.options;
      const asked = `the vectors lie at ${hex(stubVectors)}, beyond the reach of the narrow ADR`;
      return [
        {
          clause: "conduct/vector-base",
          held: site.hvbar === stubVectors,
          asked,
          found: `HVBAR is ${hex(site.hvbar)}${site.hvbar === stubVectors ? "" : `, expected ${hex(stubVectors)}`}`,
        },
        judgeState("linux-a/vectors/other-slots-loop", run.installed[0], site, asked),
      ];
    }).slice(1),
  },
  {
    number: 18,
    experiments: inBothSets((side, thumb) => {
      const setup: InstallationSetup = { thumb, modes: ["hyp"] };
      const run = runInstallation(
        { stub: STUB_A, restartsAt: side === "bug" ? "resume" : "resume_no_hyp" },
        setup,
      );
      return [
        wordIs(
          "conduct/hyp-available",
          run,
          MODE.hyp.encoding,
          `${modesOf(setup)}, then restarted in SVC mode`,
          whereabouts(run, 0, "resumed"),
        ),
      ];
    }),
  },
  {
    number: 19,
    experiments: inBothSets((side, thumb) => {
      const run = runInstallation(
        { stub: STUB_C, identity: true, timerField: side === "bug" ? "is 1" : "is not 0" },
        {
          thumb,
          modes: ["hyp"],
          firmware: (state, cpu) => {
            laterTimer(state);
            otherOffsets(state, cpu);
            state[systemSlot("CNTHCTL")] = 0;
          },
        },
      );
      return ["cnthctl", "cntvoff"].map((name) =>
        judgeState(
          `linux-c/installation/${name}`,
          run.installed[0],
          installationSite(run, thumb),
          "ID_PFR1.GenTimer = 2, CNTHCTL = 0 and CNTVOFF = 0x100001000 at the entry",
        ),
      );
    }),
  },
  {
    number: 20,
    experiments: inBothSets((side, thumb) => {
      const setup: InstallationSetup = { thumb, modes: ["hyp"] };
      const run = runInstallation(
        { stub: STUB_A, wordAfterByte: side === "bug" ? "not aligned" : "aligned" },
        setup,
      );
      const address = run.program.symbols.get("boot_mode")!;
      return [
        {
          clause: "conduct/word-aligned",
          held: address % 4 === 0,
          asked: "the boot mode's word follows a byte",
          found: `it lies at ${hex(address)}`,
        },
        wordIs(
          "conduct/boot-mode-recorded",
          run,
          MODE.hyp.encoding,
          modesOf(setup),
          whereabouts(run, 0, "first_done"),
        ),
      ];
    }),
  },
  {
    number: 22,
    experiments: inBothSets((side, thumb) => {
      const setup: InstallationSetup = { thumb, modes: side === "bug" ? mismatch : ["hyp", "hyp"] };
      const run = runInstallation({ stub: STUB_A }, setup);
      return [wordIs("conduct/one-boot-mode", run, MODE.hyp.encoding, modesOf(setup))];
    }),
  },
];
