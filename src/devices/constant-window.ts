/** A stretch of addresses where nothing sits and reads still succeed. */
import type { Device, DeviceState } from "../machine/index.js";
import type { AccessSize } from "./register-block.js";

/**
 * Reads give the same bytes, writes are ignored. All ones is what a PCI host gives for ports that
 * nobody has.
 */
export class ConstantWindow implements Device {
  readonly name: string;
  readonly base: number;
  readonly size: number;
  readonly #byte: number;

  constructor(name: string, base: number, size: number, byte: number) {
    this.name = name;
    this.base = base;
    this.size = size;
    this.#byte = byte & 0xff;
  }
  read(_offset: number, size: AccessSize): number {
    return ((0x01010101 * this.#byte) >>> (32 - 8 * size)) >>> 0;
  }
  write(): void {}
  reset(): void {}
  save(): DeviceState {
    return [];
  }
  restore(): void {}
}
