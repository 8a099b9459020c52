/** One kind of access that the device does not model, and how often it was made. */
export interface UnmodelledAccess {
  /** Name of the register, or undefined where there is none. */
  readonly register: string | undefined;
  readonly offset: number;
  readonly size: number;
  readonly write: boolean;
  /** Of the first such write. */
  readonly value: number;
  count: number;
}

/** Accesses beyond this many different ones are only counted. */
const LIMIT = 64;

/** What a guest did that a device does not model: bounded, for reports. Not part of the state. */
export class UnmodelledLog {
  readonly entries: UnmodelledAccess[] = [];
  /** Accesses that found no room in `entries`. */
  dropped = 0;

  note(
    register: string | undefined,
    offset: number,
    size: number,
    write: boolean,
    value: number,
  ): void {
    for (const entry of this.entries) {
      const same = entry.register === register && entry.offset === offset && entry.size === size;
      if (same && entry.write === write) {
        entry.count++;
        return;
      }
    }
    if (this.entries.length === LIMIT) this.dropped++;
    else this.entries.push({ register, offset, size, write, value: value >>> 0, count: 1 });
  }
  clear(): void {
    this.entries.length = 0;
    this.dropped = 0;
  }
}
