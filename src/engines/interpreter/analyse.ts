/**
 * What a block's nodes let a lowering do: values that are computed straight into the slot that they are put into,
 * and addresses that their accesses add up. Works on the packed form.
 */
import { extract } from "../../arch/index.js";
import {
  ACCESS_BITS,
  kindOf,
  NODE,
  NODE_WORDS,
  operandCount,
  opOf,
  PURE_NAMES,
  usesOf,
  type Packed,
} from "../../ir/index.js";

/** Roles that are no node. */
export const ROLE = {
  none: -1,
  /** Of a sum: the access that it is the address of makes it. */
  sum: -2,
} as const;

/** By node; valid until the next block is analysed. */
export interface Analysis {
  /** 1 for nodes that have to be executed. */
  readonly live: Uint8Array;
  /** Index of the last node that uses a value. */
  readonly lastUse: Int32Array;
  /** Of a get or put: the next node that writes its slot. */
  readonly nextWrite: Int32Array;
  /**
   * Of a value: the put that it is computed into the slot of (a pure value at the put, others where they stand),
   * or a ROLE. Of a put: the pure value that is computed there, or ROLE.none.
   */
  readonly role: Int32Array;
}

/** What no value is. */
const NO_VALUE = -1;
const ADD = PURE_NAMES.indexOf("add");

/** Analyses one block after the other. */
export class Analyser implements Analysis {
  live: Uint8Array = new Uint8Array(0);
  lastUse: Int32Array = new Int32Array(0);
  nextWrite: Int32Array = new Int32Array(0);
  role = new Int32Array(1024);
  #firstUse: Int32Array = new Int32Array(0);
  /** The guard that a node stands in, plus one; 0 outside of all. */
  #region = new Int32Array(1024);
  /** Guards that are open: ends, and the regions that they stand in. */
  #ends = new Int32Array(16);
  #outer = new Int32Array(16);
  #words: Int32Array = new Int32Array(0);

  analyse(block: Packed): Analysis {
    const { words, count } = block;
    const { live, first, last, nextWrite } = usesOf(block);
    this.live = live;
    this.lastUse = last;
    this.nextWrite = nextWrite;
    this.#firstUse = first;
    this.#words = words;
    if (this.role.length < count) {
      this.role = new Int32Array(count * 2);
      this.#region = new Int32Array(count * 2);
    }
    const { role } = this;
    const region = this.#region;
    let depth = 0;
    let current = 0;
    for (let j = 0, p = 0; j < count; j++, p += NODE_WORDS) {
      while (depth > 0 && this.#ends[depth - 1]! <= j) current = this.#outer[--depth]!;
      role[j] = ROLE.none;
      region[j] = current;
      if (live[j] === 0) continue;
      switch (kindOf(words[p]!)) {
        case NODE.put:
          this.#sink(words[p + 1]!, words[p + 2]!, j);
          break;
        case NODE.load:
          this.#sumAddress(words[p + 1]!, NO_VALUE, words[p + 2]!, j);
          break;
        case NODE.store:
          this.#sumAddress(words[p + 1]!, words[p + 2]!, words[p + 3]!, j);
          break;
        case NODE.guard:
          if (depth === this.#ends.length) this.#deepen();
          this.#ends[depth] = words[p + 3]!;
          this.#outer[depth++] = current;
          current = j + 1;
      }
    }
    return this;
  }
  #deepen(): void {
    const [ends, outer] = [this.#ends, this.#outer];
    this.#ends = new Int32Array(ends.length * 2);
    this.#outer = new Int32Array(ends.length * 2);
    this.#ends.set(ends);
    this.#outer.set(outer);
  }

  /** A value that is put at `j` and that nothing used before is made in the slot, where that changes nothing else. */
  #sink(v: number, slot: number, j: number): void {
    const { lastUse, role } = this;
    const region = this.#region;
    if (this.#firstUse[v] !== j || region[v] !== region[j]) return;
    // Later readers of the value would read the slot; it must not change before they have.
    if (this.nextWrite[j]! < lastUse[v]!) return;
    const made = v * NODE_WORDS;
    switch (kindOf(this.#words[made]!)) {
      case NODE.pure:
        if (!this.#operandsHold(made, v, j)) return;
        this.#useOperands(made, j);
        role[v] = j;
        role[j] = v;
        return;
      case NODE.load:
      case NODE.readCpsr:
      case NODE.sysRead:
        if (this.#slotUntouched(slot, v, j)) role[v] = j;
    }
  }
  /** An address that is a sum, and that nothing else uses, is added up by its access. */
  #sumAddress(v: number, stored: number, access: number, at: number): void {
    const made = v * NODE_WORDS;
    const head = this.#words[made]!;
    if (kindOf(head) !== NODE.pure || opOf(head) !== ADD) return;
    const region = this.#region;
    if (this.#firstUse[v] !== at || this.lastUse[v] !== at || region[v] !== region[at]) return;
    if (stored === v || extract(access, ACCESS_BITS.alignment) > 2) return;
    if (!this.#operandsHold(made, v, at)) return;
    this.#useOperands(made, at);
    this.role[v] = ROLE.sum;
  }
  /** The operands of the node at `p` are used at node `at`, too. */
  #useOperands(p: number, at: number): void {
    const words = this.#words;
    const { lastUse } = this;
    for (let n = operandCount(words[p]!); n > 0; n--) {
      const arg = words[p + n]!;
      if (lastUse[arg]! < at) lastUse[arg] = at;
    }
  }
  /** Are the operands of node `v`, at `p`, still where they are at a later node? */
  #operandsHold(p: number, v: number, later: number): boolean {
    const words = this.#words;
    const { role, nextWrite } = this;
    for (let n = operandCount(words[p]!); n > 0; n--) {
      const arg = words[p + n]!;
      // The operand lives in a state slot when it is read from there or was computed into it. Where the slot was
      // written before the node already, the operand does not live there but in a word of its own.
      const home = role[arg]!;
      const holder = home < 0 ? arg : home;
      const kind = kindOf(words[holder * NODE_WORDS]!);
      if (kind !== NODE.get && kind !== NODE.put) continue;
      const written = nextWrite[holder]!;
      if (written > v && written < later) return false;
    }
    return true;
  }
  /** Does nothing between a load and its put read or write the slot, fault or branch? */
  #slotUntouched(slot: number, from: number, to: number): boolean {
    const words = this.#words;
    const { live, lastUse } = this;
    for (let i = from + 1, p = i * NODE_WORDS; i < to; i++, p += NODE_WORDS) {
      if (live[i] === 0) continue;
      const kind = kindOf(words[p]!);
      if (kind === NODE.pure || kind === NODE.const) continue;
      if (kind === NODE.put && words[p + 2] !== slot) continue;
      if (kind !== NODE.get || words[p + 1] === slot) return false;
    }
    // An alias of the slot made earlier and used after the load would see the new value too soon.
    const get = NODE.get;
    for (let i = 0, p = 0; i < from; i++, p += NODE_WORDS) {
      if (
        words[p] === get &&
        words[p + 1] === slot &&
        live[i] === 1 &&
        lastUse[i]! > from &&
        lastUse[i]! <= to
      )
        return false;
    }
    return true;
  }
}
