/**
 * The optimiser: rules by name, each of which can be switched off. What a block does to the machine, and at
 * which of its instructions it faults or leaves, is the same with any set of them.
 */
import type { Block } from "../block.js";
import { liveNodes } from "../liveness.js";
import { applyIdentities, foldConstants, joinSums, recogniseComparisons } from "./pure-rules.js";
import { Rewriter, type PureRule, type Rewritten, type Surroundings } from "./rewriter.js";

export { baseAndOffset, shareProbes, widen, type ProbeGroup } from "./shared-probes.js";
export type { Rewritten, Surroundings } from "./rewriter.js";

/** The rules and what they do. `probe-sharing`, `dead-flags` and `lazy-flags` are engines' to apply, of what is found here. */
export const OPTIMISATIONS = {
  constants: "ops of constants are constants",
  identities: "x + 0, x AND -1, shifts by 0, select of a constant",
  sums: "sums with constants become one sum",
  comparisons: "conditions after a compare become comparisons",
  forwarding: "a register that was read or written in the block is not read again",
  flags: "a flag that was set in the block is worked out where it is asked for",
  "common-subexpressions": "an op of the same values is done once",
  selects: "short conditional instructions select in place of jumping",
  literals: "words of the page that holds the code are read at translation",
  "dead-stores": "what the block overwrites before anything sees it is not written",
  "dead-flags": "registers and flags that no block of a region reads are not worked out",
  "lazy-flags": "flags that only a way out of a region reads are worked out there",
  "probe-sharing": "accesses beside each other share a probe of the TLB",
} as const;
export type Optimisation = keyof typeof OPTIMISATIONS;
export const OPTIMISATION_NAMES = Object.keys(OPTIMISATIONS) as readonly Optimisation[];
export const ALL_OPTIMISATIONS: ReadonlySet<Optimisation> = new Set(OPTIMISATION_NAMES);

const PURE_RULES: Readonly<Partial<Record<Optimisation, PureRule>>> = {
  constants: foldConstants,
  identities: applyIdentities,
  sums: joinSums,
  comparisons: recogniseComparisons,
};

/** Rewrites a block by the rules that are on. */
export const optimise = (
  block: Block,
  on: ReadonlySet<Optimisation>,
  surroundings: Surroundings,
): Rewritten => {
  const rules = Object.entries(PURE_RULES)
    .filter(([name]) => on.has(name as Optimisation))
    .map(([, rule]) => rule);
  const rewriter = new Rewriter(
    rules,
    {
      forwarding: on.has("forwarding"),
      flagForwarding: on.has("flags"),
      commonSubexpressions: on.has("common-subexpressions"),
      selects: on.has("selects"),
      literals: on.has("literals"),
    },
    surroundings,
  );
  const made = rewriter.rewrite(block);
  return on.has("dead-stores") ? withoutDead(made) : made;
};

/** Dead puts become constants that nobody uses: no node changes its place. */
const withoutDead = (made: Rewritten): Rewritten => {
  const live = liveNodes(made.block);
  const nodes = made.block.nodes.map((node, i) =>
    node.kind === "put" && !live[i] ? { kind: "const" as const, value: 0 } : node,
  );
  return { block: { ...made.block, nodes }, origin: made.origin };
};
