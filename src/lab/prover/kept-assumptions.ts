/** Whether a counterexample of the checker's is a case that a proof speaks of. */
import { slotNamed } from "../../arch/index.js";
import { MAPS_OWN_PAGES } from "../../machine/index.js";
import type { CallSite } from "../call-site.js";
import type { Counterexample, ProofVerdict } from "../verdict.js";

const HSCTLR = slotNamed("HSCTLR")!;
const PAGE = 4096;

/**
 * The assumption of a proof that a case does not keep, or undefined. Of those that proofs make, cases can break
 * one: tables that the call itself puts in place. They are looked at where the case ends.
 */
export const assumptionBroken = (
  proof: ProofVerdict,
  { registers, flags, system }: Pick<Counterexample, "registers" | "flags" | "system">,
  site: CallSite,
): string | undefined => {
  if (proof.kind !== "proved" || !proof.assumptions.includes(MAPS_OWN_PAGES)) return undefined;
  site.call(registers, flags, system);
  const { cpu } = site.machine;
  if ((cpu.state[HSCTLR]! & 1) === 0) return undefined;
  for (const { from, to } of site.options.code)
    for (let page = from - (from % PAGE); page < to; page += PAGE) {
      const { fault, address } = cpu.mmu.translate(page, "execute", 2, 1);
      if (fault !== "none" || address !== page) return MAPS_OWN_PAGES;
    }
  return undefined;
};
