/**
 * Batches of cases in WebAssembly: a memory of their own with the frame, images of cases and copies of the pages
 * that calls touch, and code for the blocks that they run. What is not known yet is learnt from the host when a
 * case meets it; what the machine has to do itself is handed back.
 */
import { KEY, PAGE_SHIFT, PAGE_SIZE } from "../../../ir/index.js";
import { encodeModule } from "../../module/encoder.js";
import {
  BROKEN,
  CELL,
  CHANGED,
  COUNTS,
  FETCHES,
  FRAME_BYTES,
  IMAGES,
  jumpEntry,
  KEY_CONTEXT,
  KNOWN,
  LEARNED,
  LEARNED_BYTES,
  LEFT,
  MOST_CLAUSES,
  MOST_LEARNED,
  NO_TAG,
  OWN,
  PAGE_ENTRY,
  PROBE_ENTRIES,
  READ_PROBE,
  STATE,
  SYNDROMES,
  TAG_CONTEXT,
  WRITABLE,
} from "./batch-layout.js";
import { contextOf, placeOf, type CallBlock } from "./call-block.js";
import { compileCall } from "./call-compiler.js";
import { compileLoop, LOOP_IMPORTS } from "./case-loop.js";
import { BATCH_TYPES } from "./function-types.js";
import { CONTEXT, type BatchHost, type BatchPlan, type Context } from "./host.js";
import { FRAME_WORDS, type Predicate } from "./word-test.js";

const WASM_PAGE = 65536;
/** V8 puts better code in place of a function at its next call alone: the loop is called this often. */
const STRETCH = 1 << 16;
/** Most blocks in a call's function. */
const MOST_BLOCKS = 256;

/** What a loop tells of. Both get the number of the case. */
export interface LoopEvents {
  /** The machine has to run this case. */
  machine(at: number): void;
  /** Predicates by number that are broken and were not known to be: they are known from now on. */
  broken(at: number, predicates: readonly number[]): void;
}

export class CaseBatch {
  /** Frames of cases, FRAME_WORDS each: images that the cases begin with. */
  readonly images: Int32Array;
  readonly capacity: number;
  readonly #plan: BatchPlan;
  readonly #host: BatchHost;
  readonly #memory: WebAssembly.Memory;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #blocks: CallBlock[] = [];
  readonly #known = new Set<string>();
  /** Code places and pages that are the machine's. */
  readonly #refused = new Set<string>();
  /** Physical pages that code lies on: no case may write them. */
  readonly #codePages = new Map<number, Uint8Array>();
  /** By physical page: offset of its copy in the memory, with the base behind it. */
  readonly #copies = new Map<number, number>();
  readonly #written = new Set<number>();
  readonly #syndromes: number[] = [];
  #nextCopy: number;
  #call: WebAssembly.ExportValue | undefined;
  /** Raised when the code changes: loops have to take the new one. */
  generation = 0;

  /** `capacity`: images of cases. */
  constructor(plan: BatchPlan, host: BatchHost, capacity: number) {
    this.#plan = plan;
    this.#host = host;
    this.capacity = capacity;
    const pages = (IMAGES + capacity * FRAME_BYTES + PAGE_SIZE - 1) & -PAGE_SIZE;
    this.#nextCopy = pages;
    const size = Math.ceil((pages + MOST_LEARNED * PAGE_SIZE * 2) / WASM_PAGE);
    this.#memory = new WebAssembly.Memory({ initial: size, maximum: size });
    this.#words = new Int32Array(this.#memory.buffer);
    this.#bytes = new Uint8Array(this.#memory.buffer);
    this.images = new Int32Array(this.#memory.buffer, IMAGES, capacity * FRAME_WORDS);
    for (let n = 0; n < PROBE_ENTRIES * 2; n++) this.#words[(READ_PROBE >> 2) + n * 2] = NO_TAG;
    this.#learnCode(plan.pc | 0, plan.key | (CONTEXT.pl1 << KEY_CONTEXT));
  }
  /** Blocks that are compiled. */
  get blocks(): number {
    return this.#blocks.length;
  }
  /** Bits of each word of the frame that some case changed since the last `forget`. */
  get changed(): Int32Array {
    return this.#words.subarray(CHANGED >> 2, (CHANGED >> 2) + FRAME_WORDS);
  }
  /** The frame of the case that ran last. */
  get frame(): Int32Array {
    return this.#words.subarray(STATE >> 2, (STATE >> 2) + FRAME_WORDS);
  }
  /** Forgets what loops noted: changes, broken predicates and their counts. */
  forget(): void {
    this.changed.fill(0);
    this.#words.fill(0, BROKEN >> 2, (COUNTS >> 2) + MOST_CLAUSES);
  }
  /** How many cases broke a predicate since this was last asked. */
  takeCount(predicate: number): number {
    const at = (COUNTS >> 2) + predicate;
    const count = this.#words[at]! >>> 0;
    this.#words[at] = 0;
    return count;
  }
  /** A loop over cases for some predicates, MOST_CLAUSES at most. */
  loop(predicates: readonly Predicate[], swept?: number, notesChanges = true): CaseLoop {
    if (predicates.length > MOST_CLAUSES)
      throw new RangeError(`${predicates.length} predicates; a loop takes ${MOST_CLAUSES}`);
    const bytes = this.#encode(
      compileLoop({ predicates, swept, budget: this.#plan.budget, notesChanges }),
      LOOP_IMPORTS,
    );
    return new CaseLoop(this, new WebAssembly.Module(bytes), this.#memory, this.#words);
  }
  #encode(
    functions: ReturnType<typeof compileCall>,
    imports: readonly { name: string; type: number }[],
  ): Uint8Array<ArrayBuffer> {
    return encodeModule({
      types: BATCH_TYPES,
      imports,
      table: false,
      functions,
      memoryPages: this.#memory.buffer.byteLength / WASM_PAGE,
    });
  }
  /** The call's function as it is now. */
  get call(): WebAssembly.ExportValue {
    if (this.#call === undefined) {
      const bytes = this.#encode(compileCall(this.#blocks, this.#plan, this.#host), []);
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
        host: { memory: this.#memory },
      });
      this.#call = exports["f0"]!;
    }
    return this.#call;
  }

  // ---- learning -------------------------------------------------------------------------------------

  /** Learns what a case was left for; false when the machine has to run it. */
  learn(reason: number): boolean {
    const first = this.#words[CELL.first >> 2]!;
    const second = this.#words[CELL.second >> 2]!;
    if (reason === LEFT.code) return this.#learnCode(first, second);
    if (reason === LEFT.page)
      return this.#learnPage(first, (second & 3) as Context, (second & 0x100) !== 0);
    if (reason === LEFT.fetch) return this.#learnFetch(first, second as Context);
    return false;
  }
  /** Code at (pc, key), and what it goes on to without asking. */
  #learnCode(pc: number, key: number): boolean {
    const wanted = [{ pc, key }];
    const before = this.#blocks.length;
    for (const place of wanted) {
      const name = placeOf(place.pc, place.key);
      if (this.#known.has(name) || this.#refused.has(name)) continue;
      const made = this.#addBlock(place.pc, place.key);
      if (made === undefined) {
        this.#refused.add(name);
        continue;
      }
      for (const node of made.block.nodes)
        if (node.kind === "exitGoto")
          wanted.push({ pc: node.target | 0, key: place.key & ~(0xff << KEY.it.lsb) });
    }
    if (this.#blocks.length === before) return false;
    this.#call = undefined;
    this.generation++;
    return this.#known.has(placeOf(pc, key));
  }
  #addBlock(pc: number, key: number): CallBlock | undefined {
    if (this.#blocks.length === MOST_BLOCKS) return undefined;
    const entry = [jumpEntry(pc, key), jumpEntry(pc, key) + 16].find(
      (at) => this.#words[(at + 4) >> 2] === 0,
    );
    if (entry === undefined) return undefined;
    const found = this.#host.block(pc >>> 0, key & ((1 << KEY_CONTEXT) - 1), contextOf(key));
    if (found === undefined || this.#written.has(found.physical)) return undefined;
    let page = this.#codePages.get(found.physical);
    if (page === undefined) this.#codePages.set(found.physical, (page = found.page.slice()));
    const made: CallBlock = { pc, key, block: found.block, page };
    this.#words[entry >> 2] = pc;
    this.#words[(entry + 4) >> 2] = key;
    this.#words[(entry + 8) >> 2] = this.#blocks.length;
    this.#blocks.push(made);
    this.#known.add(placeOf(pc, key));
    return made;
  }
  #learnFetch(pc: number, context: Context): boolean {
    const found = this.#host.fetch(pc >>> 0, context);
    if (found === undefined) return false;
    let number = 1;
    if (found !== "memory") {
      number = this.#syndromes.indexOf(found.syndrome) + 2;
      if (number === 1) {
        if (this.#syndromes.length === 250) return false;
        this.#syndromes.push(found.syndrome);
        number = this.#syndromes.length + 1;
        this.#words[(SYNDROMES >> 2) + number] = found.syndrome;
      }
    }
    this.#bytes[FETCHES + ((context - CONTEXT.hyp) << 20) + (pc >>> PAGE_SHIFT)] = number;
    return true;
  }
  #learnPage(address: number, context: Context, write: boolean): boolean {
    const name = `${address >>> PAGE_SHIFT}/${context}/${write ? "w" : "r"}`;
    const tag = (address & ~(PAGE_SIZE - 1)) | (context << TAG_CONTEXT);
    const words = this.#words;
    const count = words[CELL.learnedCount >> 2]!;
    let at = LEARNED >> 2;
    let known = false;
    for (let n = 0; n < count && !known; n++) {
      known = words[at + (PAGE_ENTRY.tag >> 2)] === tag;
      if (!known) at += LEARNED_BYTES >> 2;
    }
    // A known page that does not serve: an unaligned address, or one that may not be written.
    if (known && (!write || (words[at + (PAGE_ENTRY.flags >> 2)]! & WRITABLE) !== 0)) return false;
    if (this.#refused.has(name) || (!known && count === MOST_LEARNED)) return false;
    const page = this.#host.page(address >>> 0, write, context);
    if (page === undefined || (write && this.#codePages.has(page.physical))) {
      this.#refused.add(name);
      return false;
    }
    const copy = this.#copyOf(page.physical, page.bytes);
    words[at + (PAGE_ENTRY.tag >> 2)] = tag;
    words[at + (PAGE_ENTRY.addend >> 2)] = copy - (address & ~(PAGE_SIZE - 1));
    words[at + (PAGE_ENTRY.current >> 2)] = copy;
    words[at + (PAGE_ENTRY.base >> 2)] = copy + PAGE_SIZE;
    if (write) {
      this.#written.add(page.physical);
      words[at + (PAGE_ENTRY.flags >> 2)] = WRITABLE | (page.own ? OWN : 0);
    }
    if (!known) words[CELL.learnedCount >> 2] = count + 1;
    return true;
  }
  #copyOf(physical: number, bytes: Uint8Array): number {
    let copy = this.#copies.get(physical);
    if (copy === undefined) {
      copy = this.#nextCopy;
      this.#nextCopy += PAGE_SIZE * 2;
      this.#bytes.set(bytes, copy);
      this.#bytes.set(bytes, copy + PAGE_SIZE);
      this.#copies.set(physical, copy);
    }
    return copy;
  }
}

type LoopFunction = (first: number, count: number, imageMask: number) => number;

/** A loop over cases: makes itself anew when the batch has learnt code. */
export class CaseLoop {
  readonly #batch: CaseBatch;
  readonly #module: WebAssembly.Module;
  readonly #memory: WebAssembly.Memory;
  readonly #words: Int32Array;
  #generation = -1;
  #run!: LoopFunction;

  constructor(
    batch: CaseBatch,
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    words: Int32Array,
  ) {
    this.#batch = batch;
    this.#module = module;
    this.#memory = memory;
    this.#words = words;
  }
  /**
   * Runs cases `first` to `first + count - 1`; case n begins with image n & imageMask. `first` and the sum are
   * at most 2 to the power of 32.
   */
  run(first: number, count: number, imageMask: number, events: LoopEvents): void {
    const end = first + count;
    for (let at = first; at < end;) {
      if (this.#generation !== this.#batch.generation) this.#link();
      const left = this.#run(at | 0, Math.min(STRETCH, end - at), imageMask);
      const next = this.#words[CELL.next >> 2]! >>> 0;
      if (left === 0) {
        at = Math.min(end, at + STRETCH);
        continue;
      }
      // The case after the last one is number 0.
      at = left === LEFT.broken && next === 0 ? 2 ** 32 : next;
      if (left === LEFT.broken) events.broken(at - 1, this.#news());
      else if (!this.#batch.learn(left)) events.machine(at++);
    }
  }
  #link(): void {
    const { exports } = new WebAssembly.Instance(this.#module, {
      host: { memory: this.#memory, call: this.#batch.call },
    });
    this.#run = exports["f0"] as LoopFunction;
    this.#generation = this.#batch.generation;
  }
  /** Predicates that are broken and were not known to be. */
  #news(): number[] {
    const found: number[] = [];
    for (let n = 0; n < MOST_CLAUSES; n++) {
      const word = n >> 5;
      const bit = 1 << (n & 31);
      if ((this.#words[(BROKEN >> 2) + word]! & bit) === 0) continue;
      if ((this.#words[(KNOWN >> 2) + word]! & bit) !== 0) continue;
      this.#words[(KNOWN >> 2) + word]! |= bit;
      found.push(n);
    }
    return found;
  }
}
