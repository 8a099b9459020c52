/** The calls of a site in batches: images of cases, and loops that hold clauses against them. */
import {
  ConcreteState,
  MODE,
  registerSlot,
  SLOT_COUNT,
  slotNamed,
  writeCpsrBytes,
} from "../../arch/index.js";
import type { Clause } from "../../contract/index.js";
import { CaseBatch, FRAME_WORDS, type CaseLoop } from "../../engines/index.js";
import type { CallSite } from "../call-site.js";
import type { Case, CaseSink } from "../cases.js";
import { isAboutEnd, predicateOf } from "../predicate.js";
import { planOf, SiteHost, whyNotInBatches } from "./site-host.js";

/** Images that a batch has room for, a power of two. */
export const IMAGE_CAPACITY = 256;

export class FastCalls {
  readonly site: CallSite;
  readonly batch: CaseBatch;
  readonly #saved: Int32Array;
  readonly #state: ConcreteState;
  readonly #sink: CaseSink;

  private constructor(site: CallSite) {
    this.site = site;
    this.batch = new CaseBatch(planOf(site), new SiteHost(site), IMAGE_CAPACITY);
    this.#saved = site.machine.savedState(0).subarray(0, SLOT_COUNT);
    const state = new ConcreteState(this.batch.images);
    this.#state = state;
    const { words } = state;
    const svc = Array.from({ length: 15 }, (_, n) => registerSlot(n, MODE.svc));
    this.#sink = {
      register: (n, value) => (words[state.base + svc[n]!] = value),
      // The flags and GE, as the site's own call writes them.
      flags: (value) => writeCpsrBytes(state, value, 12, true),
      setting: (slot, _name, value) => (words[state.base + slot] = value),
    };
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

  /** Takes the cases that are told as image `n`. */
  image(n: number): CaseSink {
    const { images } = this.batch;
    const at = n * FRAME_WORDS;
    images.set(this.#saved, at);
    images.fill(0, at + SLOT_COUNT, at + FRAME_WORDS);
    this.#state.base = at;
    return this.#sink;
  }
  /** Puts a case's records into image `n`. */
  setImage(n: number, { registers, flags, system }: Omit<Case, "call">): void {
    const sink = this.image(n);
    for (const name in system) sink.setting(slotNamed(name)!, name, system[name]!);
    for (const r in registers) sink.register(Number(r), registers[r]!);
    sink.flags(flags);
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
