/** What a flash bank holds, in sectors. */
import type { DeviceState, GuestMemory } from "../machine/index.js";
import { stateBytes, stateInteger, stateList } from "./device-state.js";

export interface FlashContents {
  /** The byte at an offset of the bank. */
  byte(offset: number): number;
  /** Replaces bytes inside one sector. */
  store(offset: number, bytes: Uint8Array): void;
  /** Called when reads of the bank show its contents again (true), or status and identity (false). */
  shown(contents: boolean): void;
  reset(): void;
  save(): DeviceState;
  restore(state: DeviceState): void;
}

/** Keeps only sectors that hold something. Contents survive a reset, as flash does. */
export class SparseContents implements FlashContents {
  readonly #sectorSize: number;
  readonly #sectors = new Map<number, Uint8Array>();
  readonly #size: number;
  /** Value of bytes that were never written. */
  readonly #blank: number;

  constructor(size: number, sectorSize: number, blank: number, image?: Uint8Array) {
    this.#size = size;
    this.#sectorSize = sectorSize;
    this.#blank = blank;
    if (image !== undefined) {
      for (let at = 0; at < image.length; at += sectorSize)
        this.store(at, image.subarray(at, at + sectorSize));
    }
  }
  byte(offset: number): number {
    const sector = this.#sectors.get(Math.floor(offset / this.#sectorSize));
    return sector === undefined ? this.#blank : sector[offset % this.#sectorSize]!;
  }
  store(offset: number, bytes: Uint8Array): void {
    const number = Math.floor(offset / this.#sectorSize);
    let sector = this.#sectors.get(number);
    if (sector === undefined) {
      sector = new Uint8Array(this.#sectorSize).fill(this.#blank);
      this.#sectors.set(number, sector);
    }
    sector.set(bytes, offset % this.#sectorSize);
  }
  shown(): void {}
  reset(): void {}
  save(): DeviceState {
    return [...this.#sectors]
      .sort(([a], [b]) => a - b)
      .map(([number, bytes]) => [number, bytes.slice()]);
  }
  restore(state: DeviceState): void {
    const count = this.#size / this.#sectorSize;
    const sectors = stateList(state, "flash sectors", count).map((entry) => {
      const [number, bytes] = stateList(entry, "flash sector", 2);
      return [
        stateInteger(number, "flash sector", 0, count - 1),
        stateBytes(bytes, "flash sector", this.#sectorSize).slice(),
      ] as const;
    });
    this.#sectors.clear();
    for (const [number, bytes] of sectors) this.#sectors.set(number, bytes);
  }
}

/**
 * Contents in the machine's memory, so that code runs out of them. The machine's snapshots keep the
 * bytes; `onShown` maps and unmaps them.
 */
export class MappedContents implements FlashContents {
  readonly #memory: Pick<GuestMemory, "read" | "write">;
  readonly #base: number;
  readonly #onShown: (contents: boolean) => void;

  constructor(
    memory: Pick<GuestMemory, "read" | "write">,
    base: number,
    onShown: (contents: boolean) => void,
  ) {
    this.#memory = memory;
    this.#base = base;
    this.#onShown = onShown;
  }
  byte(offset: number): number {
    return this.#memory.read(this.#base + offset, 1)[0]!;
  }
  store(offset: number, bytes: Uint8Array): void {
    this.#memory.write(this.#base + offset, bytes);
  }
  shown(contents: boolean): void {
    this.#onShown(contents);
  }
  reset(): void {}
  save(): DeviceState {
    return "in memory";
  }
  restore(): void {}
}
