/** Data accesses over terms: alignment, translation, memory. The order of the checks is ../data-access.ts's. */
import { extract, privilegeOf, systemSlot } from "../../arch/index.js";
import { constantOf, type Term, type Terms } from "../../engines/index.js";
import { accessSize, ACCESS_BITS, PAGE_SHIFT } from "../../ir/index.js";
import type { UnpredictablePolicy } from "../../isa/index.js";
import { MEMORY } from "../mmu/walk.js";
import {
  bitSet,
  branch,
  faults,
  goesOn,
  modeBits,
  stops,
  type MachineContinuation,
  type MachinePath,
} from "./machine-path.js";
import type { Piece, SymbolicTranslation } from "./translation.js";

const SCTLR = systemSlot("SCTLR"),
  HSCTLR = systemSlot("HSCTLR");
const SCTLR_A = 1;
/** Words of a region that an address that the input decides may be looked up in. */
const LOOKUP_WORDS = 4096;

interface Access {
  readonly address: Term;
  readonly size: 1 | 2 | 4;
  /** What a store writes; undefined for a load. */
  readonly value: Term | undefined;
}

export class SymbolicDataAccess {
  readonly #terms: Terms;
  readonly #policy: UnpredictablePolicy;
  readonly #translation: SymbolicTranslation;

  constructor(terms: Terms, policy: UnpredictablePolicy, translation: SymbolicTranslation) {
    this.#terms = terms;
    this.#policy = policy;
    this.#translation = translation;
  }
  load(path: MachinePath, address: Term, access: number): MachineContinuation[] {
    return this.#access(path, { address, size: accessSize(access), value: undefined }, access);
  }
  store(path: MachinePath, address: Term, value: Term, access: number): MachineContinuation[] {
    return this.#access(path, { address, size: accessSize(access), value }, access);
  }
  #lowBitsZero(address: Term, below: number): Term {
    if (below === 1) return this.#terms.true;
    const bits = Math.log2(below);
    return this.#terms.eq(this.#terms.extract(bits - 1, 0, address), this.#terms.const(0, bits));
  }
  #access(path: MachinePath, a: Access, access: number): MachineContinuation[] {
    const level = privilegeOf(modeBits(path));
    // An access of PL1 as if from PL0 differs by its translation alone, which is followed only where it is off.
    const demanded = 1 << extract(access, ACCESS_BITS.alignment);
    const strict =
      extract(access, ACCESS_BITS.aligned) === 1 || extract(access, ACCESS_BITS.exclusive) === 1;
    const elements = extract(access, ACCESS_BITS.elements);
    const natural = elements === 0 ? a.size : elements;
    const terms = this.#terms;
    const checked = terms.or(
      terms.bool(strict),
      bitSet(path, level === 2 ? HSCTLR : SCTLR, SCTLR_A),
    );
    const misaligned = terms.or(
      terms.not(this.#lowBitsZero(a.address, demanded)),
      terms.and(checked, terms.not(this.#lowBitsZero(a.address, natural))),
    );
    return branch(
      path,
      misaligned,
      (p) => [this.#alignmentFault(p, a)],
      (p) => this.#translated(p, a),
    );
  }
  #alignmentFault(path: MachinePath, a: Access): MachineContinuation {
    return faults(path, {
      kind: "dataAbort",
      fault: "alignment",
      level: 0,
      write: a.value !== undefined,
      address: a.address,
    });
  }
  #translated(path: MachinePath, a: Access): MachineContinuation[] {
    return this.#translation.withPieces(
      path,
      a.value === undefined ? "read" : "write",
      (p, pieces) => {
        if (pieces === undefined)
          return [stops(p, "unmodelled", "a data access through the tables of PL1&0 or stage 2")];
        return branch(
          p,
          this.#lowBitsZero(a.address, a.size),
          (q) =>
            this.#translation.atAddress(q, a.address, pieces, (r, piece) =>
              this.#aligned(r, a, piece),
            ),
          (q) =>
            a.value === undefined
              ? this.#loadBytes(q, a, pieces, 0, this.#terms.const(0, 32))
              : this.#storeUnaligned(q, a, pieces),
        );
      },
    );
  }
  #aligned(path: MachinePath, a: Access, piece: Piece): MachineContinuation[] {
    switch (piece.kind) {
      case "fault":
        return [this.#fault(path, a, piece)];
      case "memory":
        return [this.#inMemory(path, a, piece)];
      case "unknown":
        return this.#unknown(path, a, (p) => [this.#inMemory(p, a, piece)]);
    }
  }
  #fault(
    path: MachinePath,
    a: Access,
    piece: Extract<Piece, { kind: "fault" }>,
  ): MachineContinuation {
    return faults(path, {
      kind: "dataAbort",
      fault: piece.fault,
      level: piece.level,
      write: a.value !== undefined,
      address: a.address,
    });
  }
  /** Tables that are not known map an address or do not. */
  #unknown(
    path: MachinePath,
    a: Access,
    mapped: (p: MachinePath) => MachineContinuation[],
  ): MachineContinuation[] {
    const number = path.local.fresh++;
    return branch(
      path,
      this.#terms.var(`hyp-tables-map-${number}`, 0),
      (p) => {
        this.#translation.assumeElsewhere(p);
        return mapped(p);
      },
      (p) => [
        faults(p, {
          kind: "dataAbort",
          fault: "translation",
          level: 1,
          write: a.value !== undefined,
          address: a.address,
          status: this.#terms.var(`hyp-tables-fault-${number}`, 6),
        }),
      ],
    );
  }
  #physical(address: Term, piece: Piece): Term {
    return this.#terms.bvadd(address, this.#terms.const(piece.delta, 32));
  }
  /** The word that an access lies in; a whole word's address is aligned on its path. */
  #wordAddress(physical: Term, size: 1 | 2 | 4): Term {
    if (size === 4) return physical;
    return this.#terms.concat(this.#terms.extract(31, 2, physical), this.#terms.const(0, 2));
  }
  #regionOf(piece: Piece): Extract<Piece, { kind: "memory" }>["region"] {
    return piece.kind === "memory" ? piece.region : undefined;
  }
  /** An access that lies within a word. */
  #inMemory(path: MachinePath, a: Access, piece: Piece): MachineContinuation {
    const physical = this.#physical(a.address, piece);
    const region = this.#regionOf(piece);
    const constant = constantOf(physical) !== undefined;
    if (!constant && region !== undefined) {
      if (a.value !== undefined)
        return stops(path, "unmodelled", "a store that may change the occupant's own code or data");
      if (region.to - region.from > LOOKUP_WORDS * 4)
        return stops(
          path,
          "unmodelled",
          "a load out of the image at an address that the input decides",
        );
    }
    if (piece.delta > 0xffffffff || piece.delta < -0xffffffff)
      return stops(path, "unmodelled", "a physical address above 4 GiB");
    if (a.value === undefined) return goesOn(path, this.#loadPart(path, physical, a.size, region));
    if (region !== undefined) path.local.imageWritten = true;
    this.#storePart(path, physical, a.size, a.value, region);
    return goesOn(path);
  }
  /** Bit offset of an address within its word, 32 bits. */
  #shift(physical: Term): Term {
    const terms = this.#terms;
    return terms.zeroExtend(27, terms.concat(terms.extract(1, 0, physical), terms.const(0, 3)));
  }
  #loadPart(
    path: MachinePath,
    physical: Term,
    size: 1 | 2 | 4,
    region: Extract<Piece, { kind: "memory" }>["region"],
  ): Term {
    const terms = this.#terms;
    const word = path.memory.read(this.#wordAddress(physical, size), region);
    if (size === 4) return word;
    const moved = terms.bvlshr(word, this.#shift(physical));
    return terms.zeroExtend(32 - size * 8, terms.extract(size * 8 - 1, 0, moved));
  }
  #storePart(
    path: MachinePath,
    physical: Term,
    size: 1 | 2 | 4,
    value: Term,
    region: Extract<Piece, { kind: "memory" }>["region"],
  ): void {
    const terms = this.#terms;
    const at = this.#wordAddress(physical, size);
    if (size === 4) return path.memory.write(at, value, region);
    const ones = size === 1 ? 0xff : 0xffff;
    const shift = this.#shift(physical);
    const mask = terms.bvshl(terms.const(ones, 32), shift);
    const old = path.memory.read(at, region);
    const part = terms.bvshl(terms.bvand(value, terms.const(ones, 32)), shift);
    path.memory.write(at, terms.bvor(terms.bvand(old, terms.bvnot(mask)), part), region);
  }
  /** Bytes are accessed one after the other where an access is not aligned to its size. */
  #loadBytes(
    path: MachinePath,
    a: Access,
    pieces: readonly Piece[],
    i: number,
    value: Term,
  ): MachineContinuation[] {
    if (i === a.size) return [goesOn(path, value)];
    const terms = this.#terms;
    const byte: Access = this.#byte(a, i);
    const load = (p: MachinePath, piece: Piece): MachineContinuation[] => {
      const part = this.#inMemory(p, byte, piece);
      if (part.value === undefined) return [part];
      const moved = terms.bvshl(part.value, terms.const(8 * i, 32));
      return this.#loadBytes(p, a, pieces, i + 1, terms.bvor(value, moved));
    };
    return this.#translation.atAddress(path, byte.address, pieces, (p, piece) => {
      const refused = this.#refusal(p, a, byte, piece);
      if (refused !== undefined) return [refused];
      if (piece.kind === "fault") return [this.#fault(p, byte, piece)];
      if (piece.kind === "unknown") return this.#unknown(p, byte, (q) => load(q, piece));
      return load(p, piece);
    });
  }
  #byte(a: Access, i: number): Access {
    const terms = this.#terms;
    return {
      address: terms.bvadd(a.address, terms.const(i, 32)),
      size: 1,
      value: a.value === undefined ? undefined : terms.bvlshr(a.value, terms.const(8 * i, 32)),
    };
  }
  /** The fault of translation or alignment of a byte of an unaligned access, which come before an external abort. */
  #refusal(
    path: MachinePath,
    a: Access,
    byte: Access,
    piece: Piece,
  ): MachineContinuation | undefined {
    if (piece.kind === "fault" && piece.fault !== "external") return this.#fault(path, byte, piece);
    const memory = piece.kind === "unknown" ? MEMORY.normal : piece.memory;
    if (memory !== MEMORY.normal && this.#policy !== "reference-emulator")
      return this.#alignmentFault(path, a);
    return undefined;
  }
  /** Both pages are checked before anything is written. */
  #storeUnaligned(path: MachinePath, a: Access, pieces: readonly Piece[]): MachineContinuation[] {
    const terms = this.#terms;
    const last = terms.bvadd(a.address, terms.const(a.size - 1, 32));
    const page = (address: Term): Term => terms.extract(31, PAGE_SHIFT, address);
    const check = (
      p: MachinePath,
      at: Term,
      then: (q: MachinePath) => MachineContinuation[],
    ): MachineContinuation[] => {
      const byte: Access = { address: at, size: 1, value: a.value };
      return this.#translation.atAddress(p, at, pieces, (q, piece) => {
        const refused = this.#refusal(q, a, byte, piece);
        if (refused !== undefined) return [refused];
        return piece.kind === "unknown" ? this.#unknown(q, byte, then) : then(q);
      });
    };
    return check(path, a.address, (p) =>
      branch(
        p,
        terms.eq(page(a.address), page(last)),
        (q) => check(q, last, (r) => this.#storeBytes(r, a, pieces, 0)),
        // Of the second page the first byte is named in the fault.
        (q) =>
          check(q, terms.concat(page(last), terms.const(0, PAGE_SHIFT)), (r) =>
            this.#storeBytes(r, a, pieces, 0),
          ),
      ),
    );
  }
  #storeBytes(
    path: MachinePath,
    a: Access,
    pieces: readonly Piece[],
    i: number,
  ): MachineContinuation[] {
    if (i === a.size) return [goesOn(path)];
    const byte = this.#byte(a, i);
    return this.#translation.atAddress(path, byte.address, pieces, (p, piece) => {
      if (piece.kind === "fault") return [this.#fault(p, byte, piece)];
      const part = this.#inMemory(p, byte, piece);
      return part.faulted ? [part] : this.#storeBytes(p, a, pieces, i + 1);
    });
  }
}
