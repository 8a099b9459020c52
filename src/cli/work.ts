/**
 * What can be spread over workers. Each kind is made once in a worker, from what all its jobs share, and then does
 * one job after the other. A job's result depends on the job and on what is shared alone.
 */
import { KNOWN_BUGS } from "../contract/index.js";
import type { LoadedImage } from "../images/index.js";
import {
  checkImage,
  checkOccupant,
  runRegression,
  scenarioPlayer,
  type LifeOptions,
  type ScenarioResult,
  type ScenarioSetup,
  type SitedSubject,
  type SweepPart,
} from "../lab/index.js";
import { occupantNamed } from "../occupants/index.js";
import {
  packRegression,
  packSubject,
  type PortableRegression,
  type PortableSubject,
} from "./portable.js";
import type { Target } from "./subject-target.js";
import { sweepsOf, type SweepOrder } from "./sweeps.js";

/** Told what goes on: `line` stays, `passing` is replaced by the next. */
export interface Tell {
  readonly line: (text: string) => void;
  readonly passing: (text: string) => void;
}
/** What `check` was asked for: an occupant's id, or an image and its name. */
export type CheckTarget =
  | { readonly occupant: string }
  | { readonly image: LoadedImage; readonly name: string };
/** A target that was found, as plain data. */
export const checkTargetOf = (found: Target): CheckTarget =>
  found.kind === "occupant"
    ? { occupant: found.occupant.id }
    : { image: found.image, name: found.name };
export interface CheckChoice {
  readonly seed?: number;
  readonly cases?: number;
}

/** Checks one target, here and now. */
const checkOne = (target: CheckTarget, choice: CheckChoice, tell: Tell): SitedSubject => {
  const name = "occupant" in target ? target.occupant : target.name;
  const options = { ...choice, progress: (what: string) => tell.passing(`${name}: ${what}`) };
  return "occupant" in target
    ? checkOccupant(occupantNamed(target.occupant)!, options)
    : checkImage(target.image, name, options);
};

/** For each kind: what is shared, a job, and what comes of it. */
export interface WorkKinds {
  readonly check: { shared: CheckChoice; job: CheckTarget; result: PortableSubject };
  /** By the bug's number. */
  readonly regressions: { shared: undefined; job: number; result: PortableRegression };
  /** A range of values; the sweep is that of a number among the order's. */
  readonly sweep: {
    shared: { readonly order: SweepOrder; readonly index: number };
    job: { readonly from: number; readonly to: number };
    result: SweepPart;
  };
  readonly scenarios: {
    shared: Omit<LifeOptions, "kind" | "cpus" | "progress">;
    job: ScenarioSetup;
    result: ScenarioResult;
  };
}
export type WorkName = keyof WorkKinds;
export type Worker<K extends WorkName> = (job: WorkKinds[K]["job"]) => WorkKinds[K]["result"];

export const WORK: {
  readonly [K in WorkName]: (shared: WorkKinds[K]["shared"], tell: Tell) => Worker<K>;
} = {
  check: (choice, tell) => (target) => packSubject(checkOne(target, choice, tell)),
  regressions: (_, tell) => (number) => {
    const bug = KNOWN_BUGS.find((b) => b.number === number)!;
    tell.passing(`known bug ${number}: ${bug.title}`);
    return packRegression(runRegression(bug));
  },
  sweep: ({ order, index }) => {
    const { sweep } = sweepsOf(order)[index]!;
    return ({ from, to }) => sweep.run(from, to);
  },
  scenarios: (options, tell) => scenarioPlayer({ ...options, progress: tell.line }),
};
