/** The scenarios of the matrix: occupant, panic, CPUs, HYP MMU. */
import { prepareLife, type LifeOptions, type PreparedLife } from "./prepare-life.js";
import { playLife } from "./play-life.js";
import type { CallerKind, PanicKind, ScenarioResult, ScenarioSetup } from "./result.js";

/** What sits at HVBAR when the kernel ends; undefined is the kernel's own stub. */
export const LIFE_OCCUPANTS: readonly (string | undefined)[] = [
  undefined,
  "stub-a",
  "stub-b1",
  "stub-b2",
  "stub-c",
  "kvm-k1",
  "kvm-k2",
  "kvm-k3",
  "kvm-k4",
  "reference-stub",
];
/** Those that are met by every kind of panic, on one CPU and on two. */
const EVERY_PANIC: readonly (string | undefined)[] = [
  undefined,
  "kvm-k3",
  "kvm-k4",
  "reference-stub",
];
const MORE_PANICS: readonly PanicKind[] = ["null-call", "interrupt"];

const scenario = (
  occupant: string | undefined,
  panic: PanicKind,
  cpus: number,
  hypMmu: boolean,
  caller: CallerKind = "kernel",
): ScenarioSetup => ({ kind: "kdump", occupant, panic, cpus, hypMmu, caller });
/** The kernel's own stub runs as the kernel installs it: with the HYP MMU off. */
const mmuSettings = (occupant: string | undefined): boolean[] =>
  occupant === undefined ? [false] : [false, true];

/**
 * Those that are asked with the call of 2017: what the mail was about. The reference stub is not: by the ABI that it
 * keeps r0 = 2 is RESET_VECTORS, whatever else is in the registers, so the call comes back and the kernel goes on
 * in SVC mode (`hyplab kdump --proposal --occupant reference-stub` shows it).
 */
const PROPOSED_TO: readonly (string | undefined)[] = [undefined, "stub-b1", "kvm-k3", "kvm-k4"];

/** Every scenario, in the order that tables show them. */
export const LIFE_MATRIX: readonly ScenarioSetup[] = [
  ...LIFE_OCCUPANTS.flatMap((occupant) =>
    mmuSettings(occupant).map((mmu) => scenario(occupant, "sysrq-c", 1, mmu)),
  ),
  ...EVERY_PANIC.flatMap((occupant) =>
    mmuSettings(occupant).flatMap((mmu) => [
      ...MORE_PANICS.map((panic) => scenario(occupant, panic, 1, mmu)),
      scenario(occupant, "sysrq-c", 2, mmu),
      scenario(occupant, "other-cpu", 2, mmu),
    ]),
  ),
  ...PROPOSED_TO.flatMap((occupant) =>
    mmuSettings(occupant).map((mmu) => scenario(occupant, "sysrq-c", 1, mmu, "proposal")),
  ),
];

/**
 * Gives a function that plays one scenario after the other. It keeps the last boot: scenarios of one kind and as
 * many CPUs share it when they follow each other, which `inPlayingOrder` sees to.
 */
export const scenarioPlayer = (
  options: Omit<LifeOptions, "kind" | "cpus">,
): ((setup: ScenarioSetup) => ScenarioResult) => {
  let life: PreparedLife | undefined;
  return (setup) => {
    const { kind, cpus } = setup;
    if (life === undefined || life.options.kind !== kind || life.options.cpus !== cpus) {
      // The old machine is gone before the new one is made.
      life = undefined;
      life = prepareLife({ ...options, kind, cpus });
    }
    return playLife(life, setup, { until: "announced" });
  };
};
const bootOf = ({ kind, cpus }: ScenarioSetup): string => `${kind} ${cpus}`;
/** Scenarios that share a boot next to each other, else in the order given. */
export const inPlayingOrder = (setups: readonly ScenarioSetup[]): ScenarioSetup[] => {
  const boots = [...new Set(setups.map(bootOf))];
  return boots.flatMap((boot) => setups.filter((setup) => bootOf(setup) === boot));
};
