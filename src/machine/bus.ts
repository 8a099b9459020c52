/** Physical address space outside of RAM: devices that answer in a range. */
export interface BusDevice {
  readonly name: string;
  readonly base: number;
  readonly size: number;
  /** Little-endian read of 1, 2 or 4 bytes at an offset from `base`. */
  read(offset: number, size: 1 | 2 | 4): number;
  write(offset: number, size: 1 | 2 | 4, value: number): void;
}

/** State of a device as plain data, for snapshots and hashes. */
export type DeviceState =
  | number
  | string
  | boolean
  | Uint8Array
  | readonly DeviceState[]
  | { readonly [field: string]: DeviceState };

/** What every device of a board can do besides answering. */
export interface Device extends BusDevice {
  /** Cold reset. */
  reset(): void;
  save(): DeviceState;
  /** Takes what `save` of the same version gave. */
  restore(state: DeviceState): void;
}

/** RAM as a device that masters the bus sees it. Nothing outside of RAM can be reached. */
export interface GuestMemory {
  /** True when all bytes are RAM. */
  holds(address: number, size: number): boolean;
  /** A copy of `size` bytes. Call `holds` first: it throws outside of RAM. */
  read(address: number, size: number): Uint8Array;
  /** Logged as dirty; code made from it is dropped. Throws outside of RAM. */
  write(address: number, data: Uint8Array): void;
}

export class Bus {
  /** Number of the CPU whose access a device answers: what selects banked registers. */
  current = 0;
  readonly #devices: BusDevice[] = [];
  /** Found last: accesses come in runs to one device. */
  #last: BusDevice | undefined;

  attach(device: BusDevice): void {
    const clash = this.#devices.find(
      (d) => device.base < d.base + d.size && d.base < device.base + device.size,
    );
    if (clash !== undefined) {
      throw new RangeError(`device ${device.name} overlaps ${clash.name} on the bus`);
    }
    this.#devices.push(device);
  }
  /** The device that answers at a physical address, or undefined: a synchronous external abort. */
  find(address: number): BusDevice | undefined {
    const last = this.#last;
    if (last !== undefined && address >= last.base && address < last.base + last.size) return last;
    for (const d of this.#devices) {
      if (address >= d.base && address < d.base + d.size) {
        this.#last = d;
        return d;
      }
    }
    return undefined;
  }
}
