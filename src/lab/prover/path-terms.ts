/** Rules about every instruction, held against a path's trace. */
import { MODE } from "../../arch/index.js";
import type { PathRule } from "../../contract/index.js";
import type { CallSite } from "../call-site.js";
import { UndecidedError } from "./violation-terms.js";
import { brokenBySteps, stepAt, type PathStep } from "../path-rules.js";
import type { CallPath } from "../symbolic/symbolic-call.js";

/** The instructions that HYP mode executes on a path: all but the caller's own and the laboratory's markers. */
const stepsOf = (path: CallPath, site: CallSite): PathStep[] => {
  const { memory, cpu } = site.machine;
  const fetch = (address: number): number => {
    const at = address >>> 0;
    return memory.offsetOf(at) < 0 ? -1 : (memory.read32(at & ~3) >>> ((at & 2) * 8)) & 0xffff;
  };
  return path.trace
    .filter(({ pc }) => !site.isHostCode(pc) && !site.isMarker(pc))
    .map(({ pc, thumb }) =>
      fetch(pc) < 0
        ? { address: pc, thumb, nodes: [], name: undefined }
        : stepAt({
            address: pc,
            thumb,
            it: 0,
            bigEndian: false,
            cpu: cpu.options.model,
            mode: MODE.hyp.encoding,
            fetch,
          }),
    );
};

/**
 * What breaks a rule on a path, whatever the state that takes it; undefined where nothing does. `handsOver`: the
 * call is to send control elsewhere.
 */
export const brokenOnPath = (
  rule: PathRule,
  path: CallPath,
  site: CallSite,
  handsOver: boolean,
): string | undefined => {
  if (rule === "leaks-nothing")
    throw new RangeError("a leak is a matter of two states, not of one path");
  const { outcome } = path;
  if (outcome.kind === "unknown") throw new UndecidedError(outcome.what);
  if (rule === "predictable" && outcome.kind === "stopped") return outcome.what;
  if (rule === "inside") {
    if (outcome.kind === "ran-away" && outcome.mode === "hyp") return outcome.what;
    if (outcome.kind === "entered" && !outcome.marked && !handsOver)
      return "HYP mode branches to an address that the caller's state decides";
  }
  return brokenBySteps(rule, stepsOf(path, site), { code: site.options.code });
};
