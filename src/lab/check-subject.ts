/** The main job: what an occupant or a real image keeps of the ABI and of the documentation of its day. */
import { contractNamed, type Contract } from "../contract/index.js";
import { assembleOccupant, type Occupant } from "../occupants/index.js";
import type { LoadedImage } from "../images/index.js";
import { checkContract, violations, type CheckOptions, type ContractResult } from "./check.js";
import type { CallSite } from "./call-site.js";
import { occupantSite, type Setup } from "./laboratory.js";
import { OCCUPANT_LAYOUT } from "./layout.js";
import { SETUPS } from "./matrix.js";
import { phasesOf } from "./phases.js";
import { recogniseGeneration } from "./recognise-generation.js";
import { namesFrom, type NameOf } from "./trace.js";

export interface PhaseResult {
  /** "kernel-stub", or an occupant's setup: "A32, HYP MMU off". */
  readonly phase: string;
  readonly title: string;
  /** The generation that it implements. */
  readonly contract: Contract;
  /** How it was found: by its answers, or because an occupant says so. */
  readonly recognised: "by its answers" | "declared" | "nearest, not recognised";
  readonly alsoFits: readonly string[];
  readonly implementation: ContractResult;
  /** What the documentation of its day promises and it does not keep. */
  readonly documentation: readonly ContractResult[];
  readonly instructions: number;
  /** Where HYP mode's vectors are, and the name of that place. */
  readonly hvbar: number;
  readonly hvbarName: string | undefined;
}
/** With what a replay needs: the site and the names of places. */
export interface SitedPhase extends PhaseResult {
  readonly site: CallSite;
  readonly nameOf: NameOf;
}
/** Plain data, but for contracts and clauses, which are those of contract/. */
export interface SubjectResult {
  readonly subject: string;
  readonly phases: readonly PhaseResult[];
  readonly cases: number;
  readonly seed: number;
  /** Violated promises of the generations that the phases implement. */
  readonly violated: number;
  /** Violated promises of the documentation. */
  readonly drift: number;
}
export interface SitedSubject extends SubjectResult {
  readonly phases: readonly SitedPhase[];
}

const documentsOf = (contract: Contract, site: CallSite, options: CheckOptions): ContractResult[] =>
  contract.documentedBy.map((id) => checkContract(contractNamed(id)!, site, options));

const total = (subject: string, phases: readonly SitedPhase[]): SitedSubject => ({
  subject,
  phases,
  cases: phases.reduce(
    (n, p) => n + p.implementation.cases + p.documentation.reduce((m, d) => m + d.cases, 0),
    0,
  ),
  seed: phases[0]?.implementation.seed ?? 0,
  violated: phases.reduce(
    (n, p) =>
      n +
      violations(p.implementation, "promise").length +
      (p.recognised === "nearest, not recognised" ? 1 : 0),
    0,
  ),
  drift: phases.reduce(
    (n, p) => n + p.documentation.reduce((m, d) => m + violations(d, "promise").length, 0),
    0,
  ),
});

export const describeSetup = (setup: Setup): string =>
  `${setup.thumb ? "T32" : "A32"}, HYP MMU ${setup.hypMmu ? "on" : "off"}`;

/** Checks one of our own occupants in every setup. */
export const checkOccupant = (occupant: Occupant, options: CheckOptions = {}): SitedSubject => {
  const contract = contractNamed(occupant.contract)!;
  const phases = SETUPS.map((setup): SitedPhase => {
    const site = occupantSite(occupant, setup);
    const implementation = checkContract(contract, site, options);
    const { symbols } = assembleOccupant(
      occupant,
      setup,
      OCCUPANT_LAYOUT.occupant,
      occupant.resetsTo === undefined ? {} : { stub_vectors: site.options.stubVectors },
    );
    const nameOf = namesFrom(
      new Map(
        [...symbols].filter(([, v]) => v >= OCCUPANT_LAYOUT.occupant && v < OCCUPANT_LAYOUT.stub),
      ),
    );
    return {
      phase: describeSetup(setup),
      title: occupant.title,
      contract,
      recognised: "declared",
      alsoFits: [],
      implementation,
      documentation: documentsOf(contract, site, options),
      instructions: 0,
      hvbar: site.hvbar,
      hvbarName: nameOf(site.hvbar),
      site,
      nameOf,
    };
  });
  return total(occupant.id, phases);
};

/** Checks every phase of a real image. */
export const checkImage = (
  image: LoadedImage,
  subject: string,
  options: CheckOptions = {},
): SitedSubject => {
  const phases = phasesOf(image, options.budget).map((phase): SitedPhase => {
    const withState = { ...options, installed: phase.installed };
    const recognition = recogniseGeneration(phase.site, withState);
    const { contract } = recognition;
    const { symbols } = phase;
    const nameOf = (address: number): string | undefined => {
      if (symbols === undefined) return undefined;
      const near = symbols.table.nearest(address - symbols.virtualOffset);
      return near === undefined || near.offset > 0x10000
        ? undefined
        : near.offset === 0
          ? near.name
          : `${near.name}+0x${near.offset.toString(16)}`;
    };
    return {
      phase: phase.name,
      title: phase.title,
      contract,
      recognised: recognition.distance === 0 ? "by its answers" : "nearest, not recognised",
      alsoFits: recognition.also.map((c) => c.id),
      implementation: checkContract(contract, phase.site, withState),
      documentation: documentsOf(contract, phase.site, options),
      instructions: phase.instructions,
      hvbar: phase.site.hvbar,
      hvbarName: nameOf(phase.site.hvbar),
      site: phase.site,
      nameOf,
    };
  });
  return total(subject, phases);
};
