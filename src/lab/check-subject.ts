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

/** What is told of a phase: plain data, but for contracts, which are those of contract/. */
export interface PhaseHead {
  /** "kernel-stub", or an occupant's setup: "A32, HYP MMU off". */
  readonly phase: string;
  readonly title: string;
  /** The generation that it implements. */
  readonly contract: Contract;
  /** Documentation of its day, and what else it keeps. */
  readonly documents: readonly Contract[];
  /** How it was found: by its answers, or because an occupant says so. */
  readonly recognised: "by its answers" | "declared" | "nearest, not recognised";
  readonly alsoFits: readonly string[];
  readonly instructions: number;
  /** Where HYP mode's vectors are, and the name of that place. */
  readonly hvbar: number;
  readonly hvbarName: string | undefined;
}
/** A phase of a subject, ready to be asked. */
export interface SubjectPhase extends PhaseHead {
  /** The site, and the names of places: for replay. */
  readonly site: CallSite;
  readonly nameOf: NameOf;
  /** State right after installation, where it was watched. */
  readonly installed?: Int32Array;
}
export interface PhaseResult extends PhaseHead {
  readonly implementation: ContractResult;
  /** What the documentation of its day promises and it does not keep. */
  readonly documentation: readonly ContractResult[];
}
/** With what a replay needs. */
export type SitedPhase = PhaseResult & SubjectPhase;
/** Plain data, but for contracts and clauses. */
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

/** The results of a subject's phases put together. */
export const subjectOf = <P extends PhaseResult>(
  subject: string,
  phases: readonly P[],
): SubjectResult & { readonly phases: readonly P[] } => ({
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

const documents = (contract: Contract, more: readonly string[] = []): Contract[] =>
  [...contract.documentedBy, ...more].map((id) => contractNamed(id)!);

/** One of our own occupants in every setup. */
export const occupantPhases = (occupant: Occupant): SubjectPhase[] => {
  const contract = contractNamed(occupant.contract)!;
  return SETUPS.map((setup): SubjectPhase => {
    const site = occupantSite(occupant, setup);
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
      documents: documents(contract, occupant.alsoKeeps),
      recognised: "declared",
      alsoFits: [],
      instructions: 0,
      hvbar: site.hvbar,
      hvbarName: nameOf(site.hvbar),
      site,
      nameOf,
    };
  });
};

/** Every phase of a real image. Throws PhaseError. */
export const imagePhases = (image: LoadedImage, options: CheckOptions = {}): SubjectPhase[] =>
  phasesOf(image, options.budget).map((phase): SubjectPhase => {
    const { installed, symbols, site } = phase;
    const recognition = recogniseGeneration(site, { ...options, installed });
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
      contract: recognition.contract,
      documents: documents(recognition.contract),
      recognised: recognition.distance === 0 ? "by its answers" : "nearest, not recognised",
      alsoFits: recognition.also.map((c) => c.id),
      instructions: phase.instructions,
      hvbar: site.hvbar,
      hvbarName: nameOf(site.hvbar),
      site,
      installed,
      nameOf,
    };
  });

const checkPhase = (phase: SubjectPhase, options: CheckOptions): SitedPhase => {
  const { site, installed } = phase;
  const watched = installed === undefined ? options : { ...options, installed };
  return {
    ...phase,
    implementation: checkContract(phase.contract, site, watched),
    documentation: phase.documents.map((d) => checkContract(d, site, options)),
  };
};
/** Checks one of our own occupants in every setup. */
export const checkOccupant = (occupant: Occupant, options: CheckOptions = {}): SitedSubject =>
  subjectOf(
    occupant.id,
    occupantPhases(occupant).map((p) => checkPhase(p, options)),
  );

/** Checks every phase of a real image. */
export const checkImage = (
  image: LoadedImage,
  subject: string,
  options: CheckOptions = {},
): SitedSubject =>
  subjectOf(
    subject,
    imagePhases(image, options).map((p) => checkPhase(p, options)),
  );
