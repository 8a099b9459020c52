/** RAM of tests with rings in it, read and written by number. */
import { FakeMemory } from "../../testing/fakes.js";

export const RAM_BASE = 0x40000000;

export class RingMemory extends FakeMemory {
  /** Accesses outside of RAM: each is a fault of the device, which must ask first. */
  outside = 0;
  readonly #view: DataView;

  constructor(size: number) {
    super(RAM_BASE, size);
    this.#view = new DataView(this.bytes.buffer);
  }
  override read(address: number, size: number): Uint8Array {
    if (!this.holds(address, size)) this.outside++;
    return super.read(address, size);
  }
  override write(address: number, data: Uint8Array): void {
    if (!this.holds(address, data.length)) this.outside++;
    super.write(address, data);
  }
  get16(address: number): number {
    return this.#view.getUint16(address - RAM_BASE, true);
  }
  get32(address: number): number {
    return this.#view.getUint32(address - RAM_BASE, true);
  }
  put16(address: number, value: number): void {
    this.#view.setUint16(address - RAM_BASE, value, true);
  }
  put32(address: number, value: number): void {
    this.#view.setUint32(address - RAM_BASE, value, true);
  }
}
