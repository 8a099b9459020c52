/**
 * The loop of a batch, for the predicates of one call: puts a case's image into the frame, runs the call's code,
 * holds the frame against the predicates, notes which bits changed, and puts written pages back. It comes back
 * for a case that the machine has to run and for a predicate that is broken for the first time.
 */
import { type FunctionBody, OP } from "../../module/encoder.js";
import { BatchCode, LT_U, memoryCopy, SIMD, simd } from "./batch-code.js";
import {
  BROKEN,
  CELL,
  CHANGED,
  COUNTS,
  DIRTY,
  FRAME_BYTES,
  IMAGES,
  KNOWN,
  LEFT,
  NO_TAG,
  OWN,
  PAGE_ENTRY,
  PROBE_ENTRIES,
  STATE,
  WRITE_PROBE,
} from "./batch-layout.js";
import { RUN_TYPE } from "./function-types.js";
import { endWord, type Predicate, type WordSource, type WordTest } from "./word-test.js";

const PAGE = 4096;
const LOOP_TYPE = 2,
  RESTORE_TYPE = 3,
  DIFFER_TYPE = 4;
/** Numbers of functions: the import comes first. */
const RUN = 0,
  RESTORE = 2,
  DIFFER = 3;
/** Cases are frames; `swept`: the word of a frame that is the case's own number. */
export interface LoopShape {
  readonly predicates: readonly Predicate[];
  readonly swept: number | undefined;
  readonly budget: number;
  /** Whether to note which bits changed in any case. */
  readonly notesChanges: boolean;
}

/** For each written page: what `body` does with its entry. */
const forDirty = (code: BatchCode, entry: number, n: number, body: () => void): void => {
  const { f } = code;
  f.const(0);
  f.set(n);
  code.open(OP.block, "done");
  code.open(OP.loop, "page");
  f.get(n);
  code.word(CELL.dirtyCount);
  f.byte(OP.eq);
  code.branch("done", OP.brIf);
  f.get(n);
  f.const(2);
  f.byte(OP.shl);
  f.memory(OP.load, 2, DIRTY);
  f.set(entry);
  body();
  f.get(n);
  f.const(1);
  f.byte(OP.add);
  f.set(n);
  code.branch("page");
  code.close();
  code.close();
};

/** Puts all written pages back. */
const restoreCode = (): FunctionBody => {
  const code = new BatchCode(RESTORE_TYPE, 0, 2);
  const { f } = code;
  const [entry, n] = [0, 1];
  forDirty(code, entry, n, () => {
    f.get(entry);
    f.memory(OP.load, 2, PAGE_ENTRY.current);
    f.get(entry);
    f.memory(OP.load, 2, PAGE_ENTRY.base);
    f.const(PAGE);
    memoryCopy(f);
    f.get(entry);
    f.const(0);
    f.memory(OP.store, 2, PAGE_ENTRY.dirty);
    f.get(entry);
    f.memory(OP.load, 2, PAGE_ENTRY.tag);
    f.const(12);
    f.byte(OP.shrU);
    f.const(PROBE_ENTRIES - 1);
    f.byte(OP.and);
    f.const(3);
    f.byte(OP.shl);
    f.const(NO_TAG);
    f.memory(OP.store, 2, WRITE_PROBE);
  });
  code.setWord(CELL.dirtyCount, { constant: 0 });
  return f;
};

/** 1 when a written page that is not the occupant's own differs from what it was. */
const differCode = (): FunctionBody => {
  const code = new BatchCode(DIFFER_TYPE, 0, 4);
  const { f } = code;
  const [entry, n, at, end] = [0, 1, 2, 3];
  forDirty(code, entry, n, () => {
    f.get(entry);
    f.memory(OP.load, 2, PAGE_ENTRY.flags);
    f.const(OWN);
    f.byte(OP.and);
    f.byte(OP.eqz);
    code.when(() => {
      f.const(0);
      f.set(at);
      f.const(PAGE);
      f.set(end);
      code.open(OP.loop, "quad");
      for (const half of [PAGE_ENTRY.current, PAGE_ENTRY.base]) {
        f.get(entry);
        f.memory(OP.load, 2, half);
        f.get(at);
        f.byte(OP.add);
        simd(f, SIMD.load, 0);
      }
      simd(f, SIMD.xor);
      simd(f, SIMD.anyTrue);
      code.when(() => {
        f.const(1);
        f.byte(OP.return);
      });
      f.get(at);
      f.const(16);
      f.byte(OP.add);
      f.tee(at);
      f.get(end);
      f.byte(LT_U);
      code.branch("quad", OP.brIf);
      code.close();
    });
  });
  f.const(0);
  return f;
};

// ---- the loop -----------------------------------------------------------------------------------------

/** Parameters: the first case, how many, mask from a case's number to that of its image. */
const L = { at: 0, left: 1, imageMask: 2, image: 3, wrong: 4, any: 5, news: 6 };

class LoopCompiler {
  readonly #code = new BatchCode(LOOP_TYPE, 3, 4);
  readonly #shape: LoopShape;

  constructor(shape: LoopShape) {
    this.#shape = shape;
  }
  compile(): FunctionBody {
    const code = this.#code;
    const { f } = code;
    const { swept, budget, notesChanges } = this.#shape;
    code.open(OP.block, "end");
    code.open(OP.loop, "case");
    f.get(L.left);
    f.byte(OP.eqz);
    code.branch("end", OP.brIf);
    f.get(L.at);
    f.get(L.imageMask);
    f.byte(OP.and);
    f.const(FRAME_BYTES);
    f.byte(0x6c);
    f.const(IMAGES);
    f.byte(OP.add);
    f.set(L.image);
    if (swept !== undefined) {
      f.get(L.image);
      f.get(L.at);
      f.memory(OP.store, 2, swept * 4);
    }
    f.const(STATE);
    f.get(L.image);
    f.const(FRAME_BYTES);
    memoryCopy(f);
    f.const(budget);
    f.call(RUN);
    f.tee(L.wrong);
    code.when(() => {
      f.call(RESTORE);
      code.setWord(CELL.next, { local: L.at });
      f.get(L.wrong);
      f.byte(OP.return);
    });
    code.word(CELL.dirtyCount);
    code.when(() => {
      f.const(0);
      f.call(DIFFER);
      f.memory(OP.store, 2, STATE + endWord("memory") * 4);
      f.call(RESTORE);
    });
    if (notesChanges) this.#noteChanges();
    this.#judge();
    this.#step();
    code.branch("case");
    code.close();
    code.close();
    code.setWord(CELL.next, { local: L.at });
    f.const(0);
    return f;
  }
  #step(): void {
    const { f } = this.#code;
    for (const [local, by] of [
      [L.at, 1],
      [L.left, -1],
    ] as const) {
      f.get(local);
      f.const(by);
      f.byte(OP.add);
      f.set(local);
    }
  }
  /** changed |= after ^ before, for the whole frame. */
  #noteChanges(): void {
    const { f } = this.#code;
    for (let at = 0; at < FRAME_BYTES; at += 16) {
      f.const(0);
      f.const(0);
      simd(f, SIMD.load, STATE + at);
      f.get(L.image);
      simd(f, SIMD.load, at);
      simd(f, SIMD.xor);
      f.const(0);
      simd(f, SIMD.load, CHANGED + at);
      simd(f, SIMD.or);
      simd(f, SIMD.store, CHANGED + at);
    }
  }

  #judge(): void {
    const code = this.#code;
    const { f } = code;
    const { predicates } = this.#shape;
    f.const(0);
    f.set(L.any);
    for (let first = 0; first < predicates.length; first += 32) {
      f.const(0);
      f.set(L.wrong);
      predicates.slice(first, first + 32).forEach((predicate, bit) => {
        code.freeTemporaries();
        this.#broken(predicate);
        f.const(bit);
        f.byte(OP.shl);
        f.get(L.wrong);
        f.byte(OP.or);
        f.set(L.wrong);
      });
      code.setWord(BROKEN + first / 8, { local: L.wrong });
      f.get(L.wrong);
      f.get(L.any);
      f.byte(OP.or);
      f.set(L.any);
    }
    f.get(L.any);
    code.when(() => this.#tell());
  }
  /** Counts what is broken, and comes back when a part of it is news. */
  #tell(): void {
    const code = this.#code;
    const { f } = code;
    const { predicates } = this.#shape;
    f.const(0);
    f.set(L.news);
    for (let first = 0; first < predicates.length; first += 32) {
      code.word(BROKEN + first / 8);
      code.word(KNOWN + first / 8);
      f.const(-1);
      f.byte(0x73);
      f.byte(OP.and);
      f.get(L.news);
      f.byte(OP.or);
      f.set(L.news);
      for (let bit = 0; bit < 32 && first + bit < predicates.length; bit++) {
        const count = COUNTS + (first + bit) * 4;
        f.const(0);
        code.word(count);
        code.word(BROKEN + first / 8);
        f.const(bit);
        f.byte(OP.shrU);
        f.const(1);
        f.byte(OP.and);
        f.byte(OP.add);
        f.memory(OP.store, 2, count);
      }
    }
    f.get(L.news);
    code.when(() => {
      this.#step();
      code.setWord(CELL.next, { local: L.at });
      f.const(LEFT.broken);
      f.byte(OP.return);
    });
  }
  /** Pushes 1 when no alternative holds. */
  #broken(predicate: Predicate): void {
    const { f } = this.#code;
    predicate.forEach((tests, n) => {
      tests.forEach((test, i) => {
        this.#differs(test);
        if (i > 0) f.byte(OP.or);
      });
      if (tests.length === 0) f.const(0);
      f.const(0);
      f.byte(OP.ne);
      if (n > 0) f.byte(OP.and);
    });
  }
  /** Pushes the bits in which a word is not what it has to be. */
  #differs({ word, mask, source }: WordTest): void {
    const { f } = this.#code;
    this.#code.word(STATE + word * 4);
    this.#source(source);
    f.byte(0x73);
    if (mask !== -1) {
      f.const(mask);
      f.byte(OP.and);
    }
  }
  #source(source: WordSource): void {
    const { f } = this.#code;
    if ("constant" in source) return f.const(source.constant);
    const { down = 0, field = -1, shift = 0, or = 0, add = 0, clear = 0 } = source;
    f.get(L.image);
    f.memory(OP.load, 2, source.before * 4);
    const step = (value: number, none: number, op: number): void => {
      if (value === none) return;
      f.const(value);
      f.byte(op);
    };
    step(down, 0, OP.shrU);
    step(field, -1, OP.and);
    step(shift, 0, OP.shl);
    step(or, 0, OP.or);
    step(add, 0, OP.add);
    step(~clear, -1, OP.and);
  }
}

/** Functions of the loop's module, which imports the call's function: the first is the loop. */
export const compileLoop = (shape: LoopShape): FunctionBody[] => [
  new LoopCompiler(shape).compile(),
  restoreCode(),
  differCode(),
];
export const LOOP_IMPORTS = [{ name: "call", type: RUN_TYPE }] as const;
