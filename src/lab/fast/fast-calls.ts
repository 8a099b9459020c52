/** The calls of a site in batches: images of cases, and loops that hold clauses against them. */
import { SLOT_COUNT } from "../../arch/index.js";
import type { Clause } from "../../contract/index.js";
import { CaseBatch, FRAME_WORDS, type CaseLoop } from "../../engines/index.js";
import type { CallSite, Registers } from "../call-site.js";
import { isAboutEnd, predicateOf } from "../predicate.js";
import type { SystemState } from "../system-settings.js";
import { planOf, SiteHost, whyNotInBatches } from "./site-host.js";

/** Images that a batch has room for, a power of two. */
export const IMAGE_CAPACITY = 256;

export class FastCalls {
  readonly site: CallSite;
  readonly batch: CaseBatch;

  private constructor(site: CallSite) {
    this.site = site;
    this.batch = new CaseBatch(planOf(site), new SiteHost(site), IMAGE_CAPACITY);
  }
  static readonly #made = new WeakMap<CallSite, FastCalls>();
  /** The fast calls of a site, or why there are none. */
  static at(site: CallSite): FastCalls | string {
    let made = FastCalls.#made.get(site);
    if (made === undefined) {
      const why = whyNotInBatches(site);
      if (why !== undefined) return why;
      FastCalls.#made.set(site, (made = new FastCalls(site)));
    }
    return made;
  }

  /** A case as image `n`. */
  setImage(n: number, registers: Registers, flags?: number, system?: SystemState): void {
    this.site.begin(registers, flags, system);
    const { images } = this.batch;
    images.fill(0, n * FRAME_WORDS, (n + 1) * FRAME_WORDS);
    images.set(this.site.machine.cpu.state.subarray(0, SLOT_COUNT), n * FRAME_WORDS);
  }
  /** A loop that holds clauses about the call against cases. Throws RangeError for a clause that is not about it. */
  loop(clauses: readonly Clause[], swept?: number): CaseLoop {
    const predicates = clauses.map(({ id, expect }) => {
      if (!isAboutEnd(expect)) throw new RangeError(`${id} is not about what comes of a call`);
      return predicateOf(expect, this.site.options);
    });
    return this.batch.loop(predicates, swept);
  }
}
