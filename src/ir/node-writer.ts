/**
 * Writes the words of a packed block. A writer serves many blocks in turn, and its words are those of the last.
 */
import type { Node, Value } from "./block.js";
import { GO_BY, Recording } from "./recording.js";
import {
  entriesIn,
  entryWords,
  HEAD_WORDS,
  outcomeIn,
  type NodeTemplates,
} from "./node-templates.js";
import {
  headOf,
  MARK_WORDS,
  NODE,
  NODE_WORDS,
  nodeAt,
  operandCount,
  PackedBlock,
  sizeAndIt,
  type OtherNode,
} from "./packed-block.js";

const CONST = headOf(NODE.const);
const EXIT_GOTO = headOf(NODE.exitGoto);
const GUARD = headOf(NODE.guard, 1);
const NONE: readonly OtherNode[] = Object.freeze([]);

const grown = (words: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
  const larger = new Int32Array(words.length * 2);
  larger.set(words);
  return larger;
};

export class NodeWriter {
  #pc = 0;
  #nodes = new Int32Array(128 * NODE_WORDS);
  #length = 0;
  #marks = new Int32Array(64 * MARK_WORDS);
  #marksLength = 0;
  #others: OtherNode[] | undefined;
  /** Nodes of constants that hold in the whole block. They are few: looking through them is quicker than a map. */
  #constants = new Int32Array(64);
  #constantCount = 0;
  /** The block that lies in the words. */
  #made: PackedBlock | undefined;

  readonly #recording = new Recording();
  /** While a template is written: what each of its entries became. */
  #became = new Int32Array(256);
  /** While a template is written: guards that are open, and the entries that end them. */
  readonly #open: { guard: Value; end: number }[] = [];

  begin(pc: number): void {
    this.#made?.settle();
    this.#made = undefined;
    this.#recording.drop();
    this.#pc = pc;
    this.#length = 0;
    this.#marksLength = 0;
    this.#others = undefined;
    this.#constantCount = 0;
  }

  push(head: number, a: number, b: number, c: number): Value {
    const p = this.#length;
    if (p === this.#nodes.length) this.#nodes = grown(this.#nodes);
    const nodes = this.#nodes;
    nodes[p] = head;
    nodes[p + 1] = a;
    nodes[p + 2] = b;
    nodes[p + 3] = c;
    this.#length = p + NODE_WORDS;
    const made = (p / NODE_WORDS) as Value;
    if (this.#recording.on) this.#recording.node(made, head, a, b, c);
    return made;
  }
  pushOther(node: OtherNode): void {
    this.#recording.drop();
    const others = (this.#others ??= []);
    this.push(headOf(NODE.other), others.push(node) - 1, 0, 0);
  }
  /** exitGoto to the bits of `mask` of `pc` plus an offset. */
  goBy(pc: number, offset: number, mask: number): void {
    const { on } = this.#recording;
    this.#recording.on = false;
    this.push(EXIT_GOTO, (pc + offset) & mask, 0, 0);
    this.#recording.on = on;
    if (on) this.#recording.goBy(offset, mask);
  }
  /** The node of a constant, which is kept for the rest of the block when `keep` says so. */
  constant(word: number, keep: boolean): Value {
    const nodes = this.#nodes;
    const constants = this.#constants;
    const count = this.#constantCount;
    for (let n = 0; n < count; n++) {
      const v = constants[n]!;
      if (nodes[v * NODE_WORDS + 1] !== word) continue;
      if (this.#recording.on) this.#recording.constant(v, word, !keep);
      return v as Value;
    }
    const made = this.push(CONST, word, 0, 0);
    if (keep) {
      if (count === constants.length) this.#constants = grown(constants);
      this.#constants[count] = made;
      this.#constantCount = count + 1;
    }
    return made;
  }
  isConstant(v: Value): boolean {
    return this.#nodes[v * NODE_WORDS] === CONST;
  }
  constantOf(v: Value): number | undefined {
    const nodes = this.#nodes;
    return nodes[v * NODE_WORDS] === CONST ? nodes[v * NODE_WORDS + 1] : undefined;
  }
  node(v: Value): Node {
    return nodeAt({ words: this.#nodes, others: this.#others ?? NONE }, v);
  }
  /** The guard's body ends before the next node. */
  endGuard(guard: Value): void {
    this.#nodes[guard * NODE_WORDS + 3] = this.#length / NODE_WORDS;
    if (this.#recording.on) this.#recording.endGuard();
  }

  /** From now on what is written is recorded as a template too. */
  record(templates: NodeTemplates): void {
    this.#recording.begin(templates, this.#length / NODE_WORDS);
  }
  /** What is written depends on more than its template can know: it is not recorded. */
  dropRecord(): void {
    this.#recording.drop();
  }
  /** Ends the recording: where the template is, or -1 where there is none. */
  endRecord(outcome: number): number {
    return this.#recording.finish(outcome, this.#marks[this.#marksLength - MARK_WORDS + 2]!);
  }
  /** Writes the nodes of a template for the last mark's instruction. Gives the template's outcome. */
  replay(templates: NodeTemplates, template: number): number {
    const pc = this.#marks[this.#marksLength - MARK_WORDS + 1]!;
    const words = templates.wordsOf(template);
    const from = templates.offsetOf(template);
    const first = words[from]!;
    const count = entriesIn(first);
    if (count > this.#became.length) this.#became = new Int32Array(count * 2);
    const became = this.#became;
    const open = this.#open;
    for (let e = 0, p = from + HEAD_WORDS; e < count; e++) {
      while (open.length > 0 && open.at(-1)!.end === e) this.endGuard(open.pop()!.guard);
      const head = words[p]!;
      let a = words[p + 1]!;
      let b = words[p + 2]!;
      let c = words[p + 3]!;
      p += entryWords(head);
      if (head === CONST) {
        became[e] = this.constant(a, open.length === 0);
        continue;
      }
      if (head === GO_BY) {
        became[e] = this.push(EXIT_GOTO, (pc + a) & b, 0, 0);
        continue;
      }
      const operands = operandCount(head);
      if (operands > 0) {
        a = became[a]!;
        if (operands > 1) b = became[b]!;
        if (operands > 2) c = became[c]!;
      }
      const made = this.push(head, a, b, c);
      became[e] = made;
      if (head === GUARD) open.push({ guard: made, end: c });
    }
    while (open.length > 0) this.endGuard(open.pop()!.guard);
    this.syndrome(words[from + 1]!);
    return outcomeIn(first);
  }

  /** The nodes that follow belong to the instruction at `pc`. */
  mark(pc: number, size: number, it: number): void {
    const p = this.#marksLength;
    if (p === this.#marks.length) this.#marks = grown(this.#marks);
    const marks = this.#marks;
    marks[p] = this.#length / NODE_WORDS;
    marks[p + 1] = pc;
    marks[p + 2] = 0;
    marks[p + 3] = sizeAndIt(size, it);
    this.#marksLength = p + MARK_WORDS;
  }
  /** Sets the last mark's syndrome. */
  syndrome(word: number): void {
    this.#marks[this.#marksLength - MARK_WORDS + 2] = word;
  }

  /** The block, which is finished. */
  finish(): PackedBlock {
    return (this.#made ??= new PackedBlock({
      pc: this.#pc,
      words: this.#nodes,
      count: this.#length / NODE_WORDS,
      marks: this.#marks,
      markCount: this.#marksLength / MARK_WORDS,
      others: this.#others ?? NONE,
    }));
  }
}
