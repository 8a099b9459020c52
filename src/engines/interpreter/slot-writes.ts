/** Which nodes of a block write a slot. One object serves all blocks in turn, and allocates nothing. */
import { SLOT_COUNT, type Slot } from "../../arch/index.js";
import { slotsWritten, type Node } from "../../ir/index.js";

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
  /** Adds what a node writes. Nodes come in order. */
  add(node: Node, index: number): void {
    // Most nodes write nothing or one slot.
    if (node.kind === "put") return this.#add(node.slot, index);
    const written = slotsWritten(node);
    if (written === "all") this.#add(ALL, index);
    else for (const slot of written) this.#add(slot, index);
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
  between(slot: Slot, from: number, to: number): boolean {
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
