/**
 * The decision order: variables in a binary heap by activity (VSIDS as in MiniSat). Bumps grow by a factor per
 * conflict, which makes old ones fade.
 */
export class DecisionOrder {
  readonly #heap: Int32Array;
  readonly #place: Int32Array;
  readonly #activity: Float64Array;
  #length = 0;
  #increment = 1;

  constructor(variables: number) {
    this.#heap = new Int32Array(variables);
    this.#place = new Int32Array(variables).fill(-1);
    this.#activity = new Float64Array(variables);
    for (let v = 0; v < variables; v++) this.put(v);
  }

  put(v: number): void {
    if (this.#place[v]! >= 0) return;
    this.#place[v] = this.#length;
    this.#heap[this.#length] = v;
    this.#up(this.#length++);
  }

  /** Takes the most active variable out; -1 if there is none. */
  take(): number {
    if (this.#length === 0) return -1;
    const top = this.#heap[0]!;
    this.#place[top] = -1;
    const last = this.#heap[--this.#length]!;
    if (this.#length > 0) {
      this.#heap[0] = last;
      this.#place[last] = 0;
      this.#down(0);
    }
    return top;
  }

  bump(v: number): void {
    this.#activity[v]! += this.#increment;
    if (this.#activity[v]! > 1e100) {
      for (let i = 0; i < this.#activity.length; i++) this.#activity[i]! *= 1e-100;
      this.#increment *= 1e-100;
    }
    if (this.#place[v]! >= 0) this.#up(this.#place[v]!);
  }

  decay(): void {
    this.#increment /= 0.95;
  }

  #up(from: number): void {
    const v = this.#heap[from]!;
    const weight = this.#activity[v]!;
    let i = from;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const w = this.#heap[parent]!;
      if (this.#activity[w]! >= weight) break;
      this.#heap[i] = w;
      this.#place[w] = i;
      i = parent;
    }
    this.#heap[i] = v;
    this.#place[v] = i;
  }

  #down(from: number): void {
    const v = this.#heap[from]!;
    const weight = this.#activity[v]!;
    let i = from;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= this.#length) break;
      if (
        child + 1 < this.#length &&
        this.#activity[this.#heap[child + 1]!]! > this.#activity[this.#heap[child]!]!
      )
        child++;
      const w = this.#heap[child]!;
      if (this.#activity[w]! <= weight) break;
      this.#heap[i] = w;
      this.#place[w] = i;
      i = child;
    }
    this.#heap[i] = v;
    this.#place[v] = i;
  }
}
