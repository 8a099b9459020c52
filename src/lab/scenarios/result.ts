/** What came of a scenario: a verdict with evidence for each stage, and the timeline that they rest on. */
import type { LifeClause, LifeStage } from "../../contract/index.js";

/** How the first kernel ends. */
export const PANICS = {
  "sysrq-c": "echo c > /proc/sysrq-trigger on the boot CPU",
  "null-call": "a call through a NULL pointer in the kernel, panic_on_oops set",
  "other-cpu": "echo c > /proc/sysrq-trigger on the last CPU",
  interrupt: "SysRq c on the serial line, handled in its interrupt",
  kexec: "no panic: kexec -e",
} as const;
export type PanicKind = keyof typeof PANICS;

/** Whose restart call it is. */
export const CALLERS_OF_RESTART = {
  kernel: "the running kernel's own: r0 = 1, target in r1",
  proposal:
    "the one proposed in January 2017: r0 = 2, r1 = 1, target in r3, and a jump there if it comes back",
} as const;
export type CallerKind = keyof typeof CALLERS_OF_RESTART;

/** A scenario of the matrix. */
export interface ScenarioSetup {
  readonly kind: "kexec" | "kdump";
  /** Id of an occupant that the laboratory puts over the running kernel's stub; undefined: that stub stays. */
  readonly occupant: string | undefined;
  readonly panic: PanicKind;
  readonly cpus: number;
  readonly caller: CallerKind;
  /** Stage 1 of HYP mode is on under the occupant. */
  readonly hypMmu: boolean;
}

/** One thing that happened. */
export interface TimelineEntry {
  /** Instructions since the machine's reset. */
  readonly at: number;
  readonly cpu: number | undefined;
  readonly stage: LifeStage | undefined;
  readonly what: string;
}

export type StageVerdict =
  | { readonly kind: "held"; readonly evidence: readonly string[] }
  | { readonly kind: "violated"; readonly found: string; readonly evidence: readonly string[] }
  /** An earlier stage was the end. */
  | { readonly kind: "not-reached"; readonly why: string }
  | { readonly kind: "not-applicable"; readonly why: string };

export interface StageResult {
  readonly clause: LifeClause;
  readonly verdict: StageVerdict;
  /** When it was decided. */
  readonly at: number | undefined;
}

/** Where the life ended: the next kernel in HYP or in SVC mode, or nowhere. */
export type ScenarioEnd =
  | "next kernel in HYP"
  | "next kernel in SVC"
  | "silent death"
  | "not loaded";

export interface ScenarioResult {
  readonly setup: ScenarioSetup;
  readonly end: ScenarioEnd;
  /** The end in a sentence, with its cause. */
  readonly why: string;
  readonly stages: readonly StageResult[];
  readonly timeline: readonly TimelineEntry[];
  /** Serial output from the panic on. */
  readonly console: string;
  /** Instructions of this scenario, and since reset at its end. */
  readonly instructions: number;
  readonly endAt: number;
}

/** Stages whose clause was broken. */
export const brokenStages = (result: ScenarioResult): readonly StageResult[] =>
  result.stages.filter(({ verdict }) => verdict.kind === "violated");

/** "kvm-k3, HYP MMU on, 2 CPUs, sysrq-c". */
export const describeScenario = (s: ScenarioSetup): string =>
  [
    s.occupant ?? "the kernel's own stub",
    ...(s.occupant === undefined ? [] : [`HYP MMU ${s.hypMmu ? "on" : "off"}`]),
    `${s.cpus} ${s.cpus === 1 ? "CPU" : "CPUs"}`,
    s.panic,
    ...(s.caller === "kernel" ? [] : ["call as proposed in 2017"]),
  ].join(", ");
