/** Which words hold which constants: an open-addressing table from a constant to its number. */

const FIRST_SLOTS = 1024;

export class ConstantTable {
  /** Numbers of constants plus one, by hash; 0 is empty. A power of two, at least half of them empty. */
  #slots = new Int32Array(FIRST_SLOTS);
  #values = new Int32Array(FIRST_SLOTS / 2);
  #count = 0;

  get count(): number {
    return this.#count;
  }
  /** Number of a constant; the next free number, `count` until now, for a new one. */
  number(value: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = hash(value) & mask;
    for (; slots[at] !== 0; at = (at + 1) & mask) {
      const known = slots[at]! - 1;
      if (this.#values[known] === value) return known;
    }
    const made = this.#count++;
    this.#values[made] = value;
    slots[at] = made + 1;
    if (this.#count === this.#values.length) this.#grow();
    return made;
  }
  /** Takes the constants of an empty table, each of them once. */
  fill(values: Int32Array): void {
    while (this.#values.length <= values.length) this.#grow();
    this.#values.set(values);
    this.#count = values.length;
    this.#enterAll(this.#slots, values);
  }
  /** The constants by number. */
  values(): Int32Array {
    return this.#values.slice(0, this.#count);
  }
  #grow(): void {
    const values = new Int32Array(this.#values.length * 2);
    values.set(this.#values);
    const slots = new Int32Array(this.#slots.length * 2);
    this.#enterAll(slots, values.subarray(0, this.#count));
    this.#values = values;
    this.#slots = slots;
  }
  #enterAll(slots: Int32Array, values: Int32Array): void {
    const mask = slots.length - 1;
    for (let n = 0; n < values.length; n++) {
      let at = hash(values[n]!) & mask;
      while (slots[at] !== 0) at = (at + 1) & mask;
      slots[at] = n + 1;
    }
  }
  clear(): void {
    this.#slots.fill(0);
    this.#count = 0;
  }
}
/** Constants are mostly small numbers and addresses: their low bits and high bits differ most. */
const hash = (value: number): number => {
  const mixed = Math.imul(value, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
};
