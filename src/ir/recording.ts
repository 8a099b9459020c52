/** Records what is written of an instruction as a template. */
import type { NodeTemplates } from "./node-templates.js";
import { headOf, kindOf, NODE, operandCount } from "./packed-block.js";

const CONST = headOf(NODE.const);
/**
 * Head of an entry that stands in templates alone: an exitGoto to the bits of word 2 of the instruction's address
 * plus word 1.
 */
export const GO_BY = headOf(NODE.exitGoto, 0, 1);
/** Earlier constants that one instruction uses at most; it has no template where it uses more. */
const MOST_EARLIER = 64;

export class Recording {
  /** False where nothing is recorded. */
  on = false;
  #templates!: NodeTemplates;
  /** The instruction's first node. */
  #first = 0;
  /** Entry of each node from the first on. */
  #entry = new Int32Array(256);
  /** Constants that stood in the block before the instruction: their nodes and entries, and 1 for those asked for inside a guard. */
  readonly #earlier = new Int32Array(MOST_EARLIER);
  readonly #earlierEntry = new Int32Array(MOST_EARLIER);
  readonly #guarded = new Uint8Array(MOST_EARLIER);
  #earlierCount = 0;
  /** Entries of guards that are open. */
  readonly #guards: number[] = [];

  begin(templates: NodeTemplates, first: number): void {
    templates.begin();
    this.#templates = templates;
    this.#first = first;
    this.#earlierCount = 0;
    if (this.#guards.length > 0) this.#guards.length = 0;
    this.on = true;
  }
  drop(): void {
    this.on = false;
  }
  /** Where the template is, or -1 where it was dropped. */
  finish(outcome: number, syndrome: number): number {
    if (!this.on) return -1;
    this.on = false;
    return this.#templates.finish(outcome, syndrome);
  }

  node(made: number, head: number, a: number, b: number, c: number): void {
    const at = made - this.#first;
    if (this.#templates.full || at >= this.#entry.length) return this.drop();
    const operands = operandCount(head);
    if (kindOf(head) === NODE.guard) this.#guards.push(this.#templates.next);
    this.#entry[at] = this.#templates.push(
      head,
      operands > 0 ? this.#entryOf(a) : a,
      operands > 1 ? this.#entryOf(b) : b,
      operands > 2 ? this.#entryOf(c) : c,
    );
  }
  #entryOf(v: number): number {
    if (v >= this.#first) return this.#entry[v - this.#first]!;
    for (let n = 0; n < this.#earlierCount; n++)
      if (this.#earlier[n] === v) return this.#earlierEntry[n]!;
    throw new Error(
      `recording: node ${v} of an earlier instruction is no constant that was asked for`,
    );
  }
  /** A constant of which there was a node already was asked for. */
  constant(v: number, word: number, inGuard: boolean): void {
    if (v >= this.#first) return;
    const count = this.#earlierCount;
    for (let n = 0; n < count; n++) {
      if (this.#earlier[n] !== v) continue;
      // Where there is no such constant before, each one inside a guard is a node of its own.
      if (this.#guarded[n] === 1) this.drop();
      return;
    }
    if (this.#templates.full || count === MOST_EARLIER) return this.drop();
    this.#earlier[count] = v;
    this.#guarded[count] = inGuard ? 1 : 0;
    this.#earlierEntry[count] = this.#templates.push(CONST, word, 0, 0);
    this.#earlierCount = count + 1;
  }
  /** An exitGoto to the bits of `mask` of the instruction's own address plus an offset. */
  goBy(offset: number, mask: number): void {
    if (this.#templates.full) return this.drop();
    this.#templates.push(GO_BY, offset, mask, 0);
  }
  /** The innermost guard ends. */
  endGuard(): void {
    this.#templates.endGuard(this.#guards.pop()!);
  }
}
