/** Path rules in a number of cases: each call is run again instruction by instruction. */
import { MODE, SLOT, SLOT_NAMES, slotNamed, type Slot } from "../arch/index.js";
import type { PathRule } from "../contract/index.js";
import { CALL_BUDGET, type CallSite } from "./call-site.js";
import type { Case } from "./cases.js";
import { stateValue } from "./expectation.js";
import {
  brokenBySteps,
  stepAt,
  unpredictableWith,
  type PathStep,
  type StepPlace,
} from "./path-rules.js";
import { hypSecrets } from "./system-settings.js";

/** Instructions of a call that are looked at; a call that takes more is judged as far as that. */
const LIMIT = 256;
type Call = Pick<Case, "registers" | "flags" | "system">;

interface WalkedPath {
  readonly steps: readonly PathStep[];
  /** The first thing that was UNPREDICTABLE for the values at hand. */
  readonly unpredictable: string | undefined;
}
/**
 * Calls of a site that were stepped. All rules about a case read one walk, and all walks share the steps: they
 * differ in few instructions. It holds as long as the site's code stays what it is.
 */
export class PathWalks {
  readonly #site: CallSite;
  readonly #byCase = new WeakMap<Call, WalkedPath>();
  readonly #steps = new Map<string, PathStep>();

  constructor(site: CallSite) {
    this.#site = site;
  }
  of(call: Call): WalkedPath {
    let walked = this.#byCase.get(call);
    if (walked === undefined)
      this.#byCase.set(call, (walked = walk(this.#site, call, (place) => this.#step(place))));
    return walked;
  }
  #step(place: StepPlace): PathStep {
    const { address, thumb, it, bigEndian, mode, fetch } = place;
    const key = [address, thumb, it, bigEndian, mode, fetch(address), fetch(address + 2)].join();
    let step = this.#steps.get(key);
    if (step === undefined) this.#steps.set(key, (step = stepAt(place)));
    return step;
  }
}
/** Steps a call; those steps count that HYP mode executes before control is handed over. */
const walk = (site: CallSite, call: Call, step: (place: StepPlace) => PathStep): WalkedPath => {
  site.begin(call.registers, call.flags, call.system);
  const { machine } = site;
  const { cpu, memory } = machine;
  const s = cpu.state;
  const steps: PathStep[] = [];
  let unpredictable: string | undefined;
  let ran = 0;
  const fetch = (address: number): number => {
    const at = address >>> 0;
    return memory.offsetOf(at) < 0 ? -1 : (memory.read32(at & ~3) >>> ((at & 2) * 8)) & 0xffff;
  };
  let wasHyp = false;
  while (ran < LIMIT && cpu.stopped === undefined) {
    const hyp = s[SLOT.M] === MODE.hyp.encoding;
    const address = s[SLOT.PC]! >>> 0;
    if (wasHyp && !hyp) break;
    wasHyp = hyp;
    if (hyp) {
      // The laboratory's own code at a place where control was sent is the end of the path.
      if (site.isMarker(address)) break;
      const thumb = s[SLOT.T] === 1;
      if (fetch(address) < 0 || (address & (thumb ? 1 : 3)) !== 0)
        // Nothing can be executed there; that control went there is what counts.
        steps.push({ address, thumb, nodes: [], name: undefined });
      else {
        const taken = step({
          address,
          thumb,
          it: s[SLOT.IT]!,
          bigEndian: s[SLOT.E] === 1,
          cpu: cpu.options.model,
          mode: s[SLOT.M]!,
          fetch,
        });
        steps.push(taken);
        unpredictable ??= unpredictableWith(taken, s);
      }
    }
    ran += machine.run(1);
    if (s[SLOT.PC]! >>> 0 === address) break;
  }
  if (unpredictable !== undefined) return { steps, unpredictable };
  if (cpu.stopped === undefined) ran += machine.run(CALL_BUDGET);
  const { outcome } = site.finish(ran);
  return outcome.kind === "stopped" && outcome.reason === "unpredictable"
    ? { steps, unpredictable: outcome.what }
    : { steps, unpredictable };
};

/** State that the caller sees after a call that returned. */
const VISIBLE = SLOT_NAMES.filter((name) =>
  /^(?:R\d+|R\d+_fiq|(?:SP|LR)_(?:usr|fiq|irq|svc|abt|und)|SPSR_(?:fiq|irq|svc|abt|und)|[NZCVQ]|GE)$/.test(
    name,
  ),
);
export const VISIBLE_SLOTS: readonly Slot[] = VISIBLE.map((name) => slotNamed(name)!);
/** Two runs that differ in HYP mode's own registers alone; what the caller sees must be the same. */
const leak = (site: CallSite, call: Call): string | undefined => {
  const secrets = hypSecrets(site);
  const with_ = (pick: (word: number, mask: number) => number): Record<string, number> => ({
    ...call.system,
    ...Object.fromEntries(secrets.map(({ name, mask, fixed }, n) => [name, fixed | pick(n, mask)])),
  });
  const first = site.call(
    call.registers,
    call.flags,
    with_(() => 0),
  );
  if (first.outcome.kind !== "returned") return undefined;
  const before = VISIBLE.map((name) => stateValue(first.after, name));
  const second = site.call(
    call.registers,
    call.flags,
    with_((n, mask) => (0x5eed_1001 + n * 0x0101_0111) & mask),
  );
  const at = VISIBLE.findIndex((name, i) => stateValue(second.after, name) !== before[i]);
  return at < 0
    ? undefined
    : `${VISIBLE[at]!} is 0x${(before[at]! >>> 0).toString(16)} or 0x${(stateValue(second.after, VISIBLE[at]!) >>> 0).toString(16)}, as HYP mode's own registers are`;
};

/** What breaks a path rule in a case, or undefined. */
export const pathViolation = (
  rule: PathRule,
  site: CallSite,
  call: Call,
  walks: PathWalks,
): string | undefined => {
  if (rule === "leaks-nothing") return leak(site, call);
  const { steps, unpredictable } = walks.of(call);
  const found = brokenBySteps(rule, steps, { code: site.options.code });
  return found !== undefined || rule !== "predictable" ? found : unpredictable;
};
