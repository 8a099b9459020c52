/** What `check --exhaustive` sweeps: one setup of an occupant, or each phase of an image. */
import { contractNamed } from "../contract/index.js";
import type { LoadedImage } from "../images/index.js";
import { describeSetup, occupantSite, phasesOf, recogniseGeneration, Sweep } from "../lab/index.js";
import { occupantNamed } from "../occupants/index.js";
import { UsageError } from "./errors.js";

/** All that a sweep depends on: plain data, so that each worker makes the same one. */
export interface SweepOrder {
  /** An occupant's id, or an image and its name. */
  readonly target:
    | { readonly occupant: string }
    | { readonly image: LoadedImage; readonly name: string };
  readonly register: number;
  readonly call?: string;
  readonly seed?: number;
  readonly thumb: boolean;
  readonly hypMmu: boolean;
}
export interface NamedSweep {
  readonly title: string;
  readonly sweep: Sweep;
}

const placesOf = ({ target, thumb, hypMmu }: SweepOrder) => {
  if ("image" in target) {
    return phasesOf(target.image).map(({ title, site, installed }) => ({
      title: `${target.name}, ${title}`,
      site,
      contract: recogniseGeneration(site, { installed }).contract,
    }));
  }
  const occupant = occupantNamed(target.occupant)!;
  const setup = { thumb, hypMmu };
  return [
    {
      title: `${occupant.id}, ${describeSetup(setup)}`,
      site: occupantSite(occupant, setup),
      contract: contractNamed(occupant.contract)!,
    },
  ];
};

/** The sweeps of an order. Throws UsageError for a register or call that there is none of. */
export const sweepsOf = (order: SweepOrder): NamedSweep[] =>
  placesOf(order).map(({ title, site, contract }) => {
    const { register, call, seed } = order;
    try {
      return { title, sweep: new Sweep({ contract, site, register, call, seed }) };
    } catch (error) {
      if (error instanceof RangeError) throw new UsageError(error.message);
      throw error;
    }
  });
