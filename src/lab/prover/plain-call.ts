/**
 * A call's paths in terms as they are: what is built from them for a certificate is written down, not decided by the
 * word-level rules, and the solver answers. The paths' own terms are those that the exploration made.
 */
import { subterms, Terms, type Term } from "../../engines/index.js";
import type { CallPath, SymbolicCall, SymbolicOutcome } from "../symbolic/symbolic-call.js";

/** The same call over a factory that applies no rules. */
export const plainCall = (call: SymbolicCall): SymbolicCall => {
  const terms = new Terms({ simplify: false });
  const made = new Map<Term, Term>();
  const plain = (root: Term): Term => {
    for (const t of made.has(root) ? [] : subterms([root]))
      if (!made.has(t))
        made.set(
          t,
          terms.apply(
            t,
            t.args.map((a) => made.get(a)!),
          ),
        );
    return made.get(root)!;
  };
  const outcome = (o: SymbolicOutcome): SymbolicOutcome => {
    switch (o.kind) {
      case "entered":
      case "ran-away":
        return { ...o, address: plain(o.address) };
      case "exception-in-hyp":
        return { ...o, hsr: plain(o.hsr), address: plain(o.address), target: plain(o.target) };
      default:
        return o;
    }
  };
  const path = (p: CallPath): CallPath => ({
    ...p,
    outcome: outcome(p.outcome),
    condition: p.condition.map(plain),
    after: p.after.map(plain),
    writes: p.writes.map((w) => ({ ...w, address: plain(w.address), value: plain(w.value) })),
    hypEntries: p.hypEntries.map((e) => ({
      ...e,
      hsr: plain(e.hsr),
      returnAddress: plain(e.returnAddress),
      dataFault: plain(e.dataFault),
      fetchFault: plain(e.fetchFault),
      thumb: plain(e.thumb),
    })),
    cpuOn:
      p.cpuOn === undefined ? undefined : { cpu: plain(p.cpuOn.cpu), entry: plain(p.cpuOn.entry) },
  });
  return { terms, before: call.before.map(plain), paths: call.paths.map(path) };
};
