/**
 * Flags that only a way out of the region reads: what they come from is kept, and they are worked out on the way
 * out. A flag op that writes all four leaves its operands and its number, one that writes N and Z its result.
 */
import { SLOT } from "../../arch/index.js";
import {
  FLAG_OPS,
  type Apply,
  type FlagName,
  type FlagOpName,
  type PureOpName,
} from "../../ir/index.js";
import { OP, VOID, type FunctionBody } from "../module/encoder.js";

/** Flag ops that may be lazy. */
export const LAZY_FLAG_OPS: readonly FlagOpName[] = ["flagsSub", "flagsAdd", "flagsNZ"];
/** Names of the locals, in their order: operands and number (0: none) of the op, result and whether it counts. */
export const LAZY_LOCALS = ["flagsA", "flagsB", "flagsOp", "flagsResult", "flagsNZ"] as const;
const [A, B, OF, RESULT, COUNTS] = [0, 1, 2, 3, 4];

type Operand = { readonly constant: number } | { readonly local: number };
/** What the frame lends. */
interface Surroundings {
  readonly f: FunctionBody;
  pure(op: PureOpName, args: readonly Operand[]): void;
  push(operand: Operand): void;
  temporary(): number;
  /** Stores a value into a word of the CPU's region. */
  keep(word: number, operand: Operand): void;
}

export class LazyFlags {
  readonly #around: Surroundings;
  readonly #first: number;
  /** Ops of the region that are lazy. */
  readonly #ops: ReadonlySet<FlagOpName>;

  /** `first`: number of the first of the locals. */
  constructor(around: Surroundings, first: number, ops: ReadonlySet<FlagOpName>) {
    this.#around = around;
    this.#first = first;
    this.#ops = ops;
  }
  /** Keeps what a flag op's flags come from. */
  put(op: FlagOpName, args: readonly Operand[]): void {
    const wide = FLAG_OPS[op].writes.length === 4;
    const places = wide ? [A, B] : [RESULT];
    places.forEach((place, n) => this.#set(place!, args[n]!));
    this.#set(wide ? OF : COUNTS, { constant: LAZY_FLAG_OPS.indexOf(op) + 1 });
    if (wide && this.#ops.has("flagsNZ")) this.#set(COUNTS, { constant: 0 });
  }
  /** A flag op has put its flags where flags are. */
  forget(op: FlagOpName): void {
    const wide = FLAG_OPS[op].writes.length === 4;
    if (wide && this.#wide.length > 0) this.#set(OF, { constant: 0 });
    if (this.#ops.has("flagsNZ")) this.#set(COUNTS, { constant: 0 });
  }
  /** Stores the flags that are kept over those that are stored already. */
  writeBack(): void {
    const { f } = this.#around;
    for (const op of this.#wide) {
      f.get(this.#first + OF);
      f.const(LAZY_FLAG_OPS.indexOf(op) + 1);
      f.byte(OP.eq);
      this.#storeIf(op, [A, B]);
    }
    if (!this.#ops.has("flagsNZ")) return;
    f.get(this.#first + COUNTS);
    this.#storeIf("flagsNZ", [RESULT]);
  }
  get #wide(): readonly FlagOpName[] {
    return LAZY_FLAG_OPS.filter((op) => this.#ops.has(op) && FLAG_OPS[op].writes.length === 4);
  }
  #set(local: number, operand: Operand): void {
    this.#around.push(operand);
    this.#around.f.set(this.#first + local);
  }
  #storeIf(op: FlagOpName, args: readonly number[]): void {
    const { f } = this.#around;
    f.byte(OP.if);
    f.byte(VOID);
    const apply: Apply<Operand> = (name, ...operands) => {
      this.#around.pure(name, operands);
      const local = this.#around.temporary();
      f.set(local);
      return { local };
    };
    const values = FLAG_OPS[op].expand<Operand>(
      apply,
      (constant) => ({ constant }),
      ...args.map((n) => ({ local: this.#first + n })),
    );
    for (const [flag, value] of Object.entries(values))
      this.#around.keep(SLOT[flag as FlagName], value);
    f.byte(OP.end);
  }
}
