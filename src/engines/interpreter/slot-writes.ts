/** Which nodes of a block write a slot. One object serves all blocks in turn, and allocates nothing. */
import { SLOT_COUNT } from "../../arch/index.js";
import {
  FLAG_NAMES,
  flagSlots,
  kindOf,
  NODE,
  opOf,
  writesAll,
  type OtherNode,
} from "../../ir/index.js";

/** Stands for all slots: nodes that hand control to the machine. */
const ALL = SLOT_COUNT;

export class SlotWrites {
  /** Per slot: its last entry below, of the block that has the number beside it. */
  readonly #last = new Int32Array(SLOT_COUNT + 1);
  readonly #block = new Float64Array(SLOT_COUNT + 1);
  #current = 0;
  /** Entries: a node, and the slot's entry before it or -1. */
  #node = new Int32Array(1024);
  #before = new Int32Array(1024);
  #count = 0;

  /** Forgets all, for another block. */
  begin(): void {
    this.#current++;
    this.#count = 0;
  }
  /** Adds what node `index`, packed at `p`, writes. Nodes come in order. */
  add(words: Int32Array, p: number, others: readonly OtherNode[], index: number): void {
    const head = words[p]!;
    const kind = kindOf(head);
    // Most nodes write nothing or one slot.
    if (kind === NODE.put) this.#add(words[p + 2]!, index);
    else if (kind === NODE.flags) for (const slot of flagSlots(FLAG_NAMES[opOf(head)]!)) this.#add(slot, index);
    else if (writesAll(kind, kind === NODE.other ? others[words[p + 1]!] : undefined)) this.#add(ALL, index);
  }
  #add(slot: number, index: number): void {
    if (this.#count === this.#node.length) this.#grow();
    const entry = this.#count++;
    this.#node[entry] = index;
    this.#before[entry] = this.#lastOf(slot);
    this.#last[slot] = entry;
    this.#block[slot] = this.#current;
  }
  #grow(): void {
    const [node, before] = [this.#node, this.#before];
    this.#node = new Int32Array(node.length * 2);
    this.#before = new Int32Array(node.length * 2);
    this.#node.set(node);
    this.#before.set(before);
  }
  #lastOf(slot: number): number {
    return this.#block[slot] === this.#current ? this.#last[slot]! : -1;
  }

  /** Is a slot written strictly between two nodes? */
  between(slot: number, from: number, to: number): boolean {
    return this.#between(slot, from, to) || this.#between(ALL, from, to);
  }
  #between(slot: number, from: number, to: number): boolean {
    // The last ones are asked for most.
    for (let entry = this.#lastOf(slot); entry >= 0; entry = this.#before[entry]!) {
      const index = this.#node[entry]!;
      if (index <= from) return false;
      if (index < to) return true;
    }
    return false;
  }
}
