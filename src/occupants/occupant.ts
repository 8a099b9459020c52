/** Occupants: programs of ours that sit at HVBAR, one for each generation of the facts, in A32 and T32. */
import { assemble, type AssembledProgram } from "../isa/index.js";

/** What kind of code an occupant is; the report groups by it. */
export type OccupantFamily = "stub" | "kvm" | "kvm-init" | "guest-of" | "reference";

export interface Occupant {
  readonly id: string;
  readonly title: string;
  readonly family: OccupantFamily;
  /** Contract that it implements (an id of contract/). */
  readonly contract: string;
  /** Documentation that it keeps besides that of its contract's day. */
  readonly alsoKeeps?: readonly string[];
  /** One or two sentences: what it does with a call. */
  readonly summary: string;
  /** Needs a HYP stack: the lab sets SP_hyp to the top of a page. */
  readonly needsStack: boolean;
  /** Sits in front of the stub `id` that a reset goes back to. */
  readonly resetsTo?: string;
  /** Assembly text. `vectors` must be defined and 32-byte aligned. */
  readonly source: (build: Build) => string;
}
/** How the occupant, and the kernel that it belongs to, was built. */
export interface Build {
  readonly thumb: boolean;
}

/** Eight 4-byte branches; only slot 0x14 leads anywhere. */
export const vectorTable = (handler: string): string =>
  [
    ".align 32",
    "vectors:",
    ...["reset", "undefined", "hyp_call", "prefetch_abort", "data_abort"].map(
      (slot) => `vector_${slot}: b.w vector_${slot}`,
    ),
    `vector_hyp_trap: b.w ${handler}`,
    ...["irq", "fiq"].map((slot) => `vector_${slot}: b.w vector_${slot}`),
  ].join("\n");

/** The whole text of an occupant in an instruction set. */
export const assemblyOf = (occupant: Pick<Occupant, "source">, build: Build): string => {
  // `.w` asks for the wide T32 branch and means nothing in A32.
  const text = build.thumb
    ? occupant.source(build)
    : occupant.source(build).replace(/^(\w+:\s*)?b\.w /gm, "$1b ");
  return `${build.thumb ? ".thumb" : ".arm"}\n${text}`;
};

const cache = new Map<string, AssembledProgram>();

/** Assembles an occupant at an address; `symbols` adds names such as the address of the stub it resets to. */
export const assembleOccupant = (
  occupant: Occupant,
  build: Build,
  base: number,
  symbols: Readonly<Record<string, number>> = {},
): AssembledProgram => {
  const key = JSON.stringify([occupant.id, build, base, symbols]);
  let made = cache.get(key);
  if (made === undefined) {
    made = assemble(assemblyOf(occupant, build), { base, thumb: build.thumb, symbols });
    cache.set(key, made);
  }
  return made;
};
