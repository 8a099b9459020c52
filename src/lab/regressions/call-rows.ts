/** Known bugs that single calls show: of stubs, of KVM, of hypervisors, and of the kernel's end of a restart. */
import { hex, registerSlot, MODE, SLOT, systemSlot } from "../../arch/index.js";
import { assemble } from "../../isa/index.js";
import {
  assembleHypervisorLoader,
  assembleOccupant,
  assembleRestart,
  occupantNamed,
  OCCUPANTS_WITH_KNOWN_BUGS,
  type Occupant,
} from "../../occupants/index.js";
import type { CallResult, CallSite } from "../call-site.js";
import { occupantSite, type Setup } from "../laboratory.js";
import { MARK, OCCUPANT_LAYOUT } from "../layout.js";
import { namesFrom } from "../trace.js";
import {
  describeRegisters,
  inSetups,
  judgeByChecker,
  judgeCall,
  judgeOutcome,
} from "./findings.js";
import { HALF_MERGED_DECOMPRESSOR } from "./hand-over-rows.js";
import type { Finding, Regression, Side } from "./regression.js";

/** An occupant by its id, those with known bugs among them. */
const occupant = (id: string): Occupant =>
  occupantNamed(id) ?? OCCUPANTS_WITH_KNOWN_BUGS.find((o) => o.id === id)!;
/** The site of one of two occupants. */
const siteOf = (side: Side, bug: string, fix: string, setup: Setup): CallSite =>
  occupantSite(occupant(side === "bug" ? bug : fix), setup);
const T32 = (s: Setup): boolean => s.thumb;
const A32 = (s: Setup): boolean => !s.thumb;

const addresses = (site: CallSite) => ({
  newVectors: site.layout.newVectors,
  restartTarget: site.target(site.options.thumb),
});
/** Behind the programs of the callers. */
const programBase = (site: CallSite): number => site.layout.caller + 0x800;
/** Control is at the caller's target in HYP mode. */
const entersTarget = (site: CallSite, { outcome }: CallResult): boolean =>
  outcome.kind === "entered" &&
  outcome.mode === "hyp" &&
  outcome.address === (site.target(site.options.thumb) & ~1) >>> 0;

/** A call that reads the vectors, or sets them. */
const readsVectors = (site: CallSite, r0: number): Finding => {
  const result = site.call({ 0: r0 });
  const got = result.after[registerSlot(0, MODE.svc)]! >>> 0;
  return {
    clause: "conduct/reads-vectors",
    held: result.outcome.kind === "returned" && got === site.hvbar,
    asked: describeRegisters({ 0: r0 }),
    found: `r0 is ${hex(got)}, HVBAR is ${hex(site.hvbar)}`,
  };
};
const setsVectors = (site: CallSite, registers: Readonly<Record<number, number>>): Finding => {
  const result = site.call(registers);
  const hvbar = result.after[systemSlot("HVBAR")]! >>> 0;
  const held = result.outcome.kind === "returned" && hvbar === site.layout.newVectors;
  return {
    clause: "conduct/sets-vectors",
    held,
    asked: describeRegisters(registers),
    found: `HVBAR is ${hex(hvbar)}${held ? "" : `, expected ${hex(site.layout.newVectors)}`}`,
  };
};

/** What a function of the host does in HYP mode, and the vector that is taken for it. */
const FUNCTIONS = [
  { source: "udf #0", expected: "handle_undefined" },
  { source: "mov r0, #0\nldr r0, [r0]", expected: "handle_data_abort" },
] as const;
const decoded = (side: Side, setup: Setup): Finding[] => {
  const hardened = occupant(side === "bug" ? "kvm-hardened-lr" : "kvm-hardened");
  const site = occupantSite(hardened, setup);
  const { symbols } = assembleOccupant(hardened, setup, OCCUPANT_LAYOUT.occupant);
  const nameOf = namesFrom(symbols);
  return FUNCTIONS.map(({ source, expected }) => {
    const base = programBase(site);
    const result = site.callWith(assemble(source, { base }), { 0: base });
    const at = result.after[SLOT.PC]! >>> 0;
    return {
      clause: "conduct/vector-decoded",
      held: at === symbols.get(expected),
      asked: `${describeRegisters({ 0: base })}, a function of "${source.replace("\n", "; ")}"`,
      found: `${nameOf(at) ?? hex(at)} handles it${at === symbols.get(expected) ? "" : `, expected ${expected}`}`,
    };
  });
};

/** Immediates of Xen's debug calls that are none. */
const UNKNOWN_DEBUG_CALLS = [0xff00, 0xff12, 0xfff0];
/** Stub calls of every generation, by their number. */
const STUB_CALLS = [0, 1, 2, 3];

export const CALL_ROWS: readonly Regression[] = [
  {
    number: 4,
    experiments: inSetups((side, setup) => {
      const site = siteOf(side, "kvm-k1", "kvm-k2", setup);
      const result = site.callAs("a-get");
      return ["returns", "result"].map((name) =>
        judgeCall(`kvm-k2/get-vectors/${name}`, site, result, describeRegisters({ 0: -1 })),
      );
    }),
  },
  {
    number: 5,
    experiments: inSetups((side, setup) => {
      const site = siteOf(side, "stub-a", "stub-c", setup);
      const result = site.runProgram(
        assembleRestart(side === "fix", setup, programBase(site), addresses(site)),
      );
      return [
        judgeOutcome(
          "life/next-entered",
          result,
          side === "bug" ? "the restart branches to its target" : "the restart asks the stub",
          entersTarget(site, result),
        ),
      ];
    }),
  },
  {
    number: 6,
    experiments: inSetups((side, setup) => {
      const site = siteOf(side, "kvm-k3", "kvm-k4", setup);
      const target = site.target(setup.thumb);
      const result = site.callAs(side === "bug" ? "b-soft" : "c-soft");
      const registers = side === "bug" ? { 0: 2, 1: 1, 3: target } : { 0: 1, 1: target };
      return [
        judgeOutcome(
          "life/restart",
          result,
          describeRegisters(registers),
          entersTarget(site, result),
        ),
      ];
    }),
  },
  {
    number: 7,
    experiments: inSetups((side, setup) => {
      const site = siteOf(side, "kvm-mid-series", "kvm-mid-series-restarts", setup);
      const registers = { 0: 2, 1: site.target(setup.thumb) };
      return [
        judgeCall(
          "doc-draft/soft-restart/enters-hyp",
          site,
          site.call(registers),
          describeRegisters(registers),
        ),
      ];
    }),
  },
  {
    number: 9,
    experiments: [
      ...inSetups((side, setup) => {
        const site = occupantSite(occupant("stub-b1"), setup);
        const { newVectors } = site.layout;
        return side === "bug"
          ? [readsVectors(site, -1), setsVectors(site, { 0: newVectors })]
          : [readsVectors(site, 0), setsVectors(site, { 0: 1, 1: newVectors })];
      }),
      ...HALF_MERGED_DECOMPRESSOR,
    ],
  },
  {
    number: 12,
    experiments: inSetups((side, setup) => {
      const site = siteOf(side, "stub-a", "stub-c", setup);
      // A function of KVM's: any address in the kernel, with the Thumb bit of its code.
      const registers = { 0: programBase(site) | (setup.thumb ? 1 : 0) };
      const result = site.call(registers);
      return ["result", "keeps-vectors"].map((name) =>
        judgeCall(`linux-c/unknown/${name}`, site, result, describeRegisters(registers)),
      );
    }),
  },
  {
    number: 17,
    experiments: inSetups(
      (side, setup) =>
        judgeByChecker(
          "kvm-k4",
          ["kvm-k4/soft-restart/enters-hyp", "kvm-k4/reset-vectors/returns"],
          siteOf(side, "kvm-k4-no-thumb-bit", "kvm-k4", setup),
        ),
      T32,
    ),
  },
  { number: 21, experiments: inSetups(decoded, A32) },
  {
    number: 23,
    experiments: inSetups((side, setup) => {
      // Generation D's stub with the two calls put back is generation C's.
      const site = siteOf(side, "stub-d-kernel", "stub-c", setup);
      const loader = assembleHypervisorLoader(
        setup,
        programBase(site),
        addresses(site),
        `smc #${MARK.returned}`,
      );
      const result = site.runProgram(loader);
      const { outcome } = result;
      return [
        ...judgeByChecker(
          "doc-rst",
          [
            "doc-rst/set-vectors/sets-vectors",
            "doc-rst/set-vectors/result",
            "doc-rst/reset-vectors/result",
          ],
          site,
        ),
        judgeOutcome(
          "conduct/hypervisor-installs",
          result,
          `HVC #0 with r0 = 0, r1 = ${hex(site.layout.newVectors)}, and HVC #0 again`,
          outcome.kind === "entered" &&
            outcome.mode === "hyp" &&
            outcome.address === site.layout.newVectors + 0x14,
        ),
      ];
    }),
  },
  {
    number: 24,
    experiments: inSetups((side, setup) =>
      UNKNOWN_DEBUG_CALLS.map((immediate) => {
        const xen = occupant(side === "bug" ? "xen-debug-panic" : "xen-debug");
        const result = occupantSite(xen, setup, { immediate }).call({ 0: 0 });
        return judgeOutcome(
          "conduct/hypervisor-survives",
          result,
          describeRegisters({ 0: 0 }, immediate),
          result.outcome.kind === "returned",
        );
      }),
    ),
  },
  {
    number: 25,
    experiments: inSetups((side, setup) => {
      const site = siteOf(side, "jailhouse-any-immediate", "jailhouse", setup);
      return [
        ...STUB_CALLS.map((r0) => {
          const registers = { 0: r0, 1: site.target(setup.thumb) };
          const result = site.call(registers);
          return judgeOutcome(
            "conduct/own-immediate",
            result,
            describeRegisters(registers),
            result.outcome.kind === "powered-off",
          );
        }),
        ...judgeByChecker("jailhouse", ["jailhouse/unknown/parks"], site),
      ];
    }),
  },
];
