/**
 * fw_cfg over MMIO: how the reference emulator hands blobs to firmware (QEMU's specification fw_cfg,
 * "ARM register locations" and "DMA interface"). All numbers of the interface are big-endian.
 */
import { type DeviceState, type GuestMemory, MachineError } from "../machine/index.js";
import { stateFields, stateInteger } from "./device-state.js";
import { type AccessSize, registerBlock } from "./register-block.js";
import { RegisterDevice } from "./register-device.js";

export const FW_CFG = registerBlock(
  "fw_cfg",
  "QEMU fw_cfg specification",
  {
    /** Next bytes of the selected item, in the order of memory. */
    DATA: { at: 0x00, window: 8 },
    SELECTOR: { at: 0x08, window: 2, access: [2] },
    /** Address of an FWCfgDmaAccess; writing the low half starts it. */
    DMA: { at: 0x10, window: 8, access: [4] },
  },
  { size: 0x18 },
);

/** Keys of items that are no files. */
export const FW_CFG_KEY = {
  signature: 0x00,
  id: 0x01,
  cpus: 0x05,
  kernelSize: 0x08,
  initrdSize: 0x0b,
  maxCpus: 0x0f,
  kernelData: 0x11,
  initrdData: 0x12,
  commandLineSize: 0x14,
  commandLineData: 0x15,
  fileDirectory: 0x19,
  firstFile: 0x20,
} as const;

/** FWCfgDmaAccess.control. */
const DMA = { error: 1, read: 2, skip: 4, select: 8, write: 16 } as const;
/** What a read of the DMA register gives: the interface is there. */
const DMA_SIGNATURE = "QEMU CFG";
/** Item numbers go up to here; the bits above are flags that nothing here uses. */
const KEY_MASK = 0x3fff;
const NAME_BYTES = 56;
/** Bytes that one turn of a transfer moves: keeps the host's memory use small whatever the guest asks. */
const CHUNK = 65536;

const little = (value: number, bytes: 2 | 4): Uint8Array => {
  const data = new Uint8Array(bytes);
  const view = new DataView(data.buffer);
  if (bytes === 2) view.setUint16(0, value, true);
  else view.setUint32(0, value, true);
  return data;
};
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const swap32 = (value: number): number =>
  ((value >>> 24) | ((value >>> 8) & 0xff00) | ((value & 0xff00) << 8) | (value << 24)) >>> 0;

export interface FwCfgOptions {
  readonly name?: string;
  readonly base: number;
  readonly memory: GuestMemory;
  readonly cpus: number;
  /** What `-kernel`, `-initrd` and `-append` hand to firmware. */
  readonly kernel?: Uint8Array;
  readonly initrd?: Uint8Array;
  readonly commandLine?: string;
  /** Further files, by name (at most 55 characters). */
  readonly files?: ReadonlyMap<string, Uint8Array>;
}

/** Items are read-only: a guest cannot change them. */
export class FwCfg extends RegisterDevice<typeof FW_CFG.rows> {
  readonly #memory: GuestMemory;
  readonly #items = new Map<number, Uint8Array>();
  #key = 0;
  #at = 0;
  #addressHigh = 0;

  constructor(options: FwCfgOptions) {
    super(FW_CFG, options);
    this.#memory = options.memory;
    this.#fill(options);
    this.on({
      DATA: {
        read: (_offset, size) => this.#next(size),
        // Writing items is no longer part of the interface: ignored, by the specification.
        write: () => undefined,
      },
      SELECTOR: {
        read: () => 0,
        write: (_offset, _size, value) => this.#select(((value & 0xff) << 8) | (value >>> 8)),
      },
      DMA: {
        read: (offset) => {
          let value = 0;
          for (let i = 3; i >= 0; i--) value = (value << 8) | DMA_SIGNATURE.charCodeAt(offset + i);
          return value;
        },
        write: (offset, _size, value) => {
          if (offset === 0) this.#addressHigh = swap32(value);
          else {
            const address = this.#addressHigh * 2 ** 32 + swap32(value);
            this.#addressHigh = 0;
            this.#transfer(address);
          }
        },
      },
    });
  }

  #fill(options: FwCfgOptions): void {
    const items = this.#items;
    const K = FW_CFG_KEY;
    items.set(K.signature, ascii("QEMU"));
    // Bit 0: selector and data registers; bit 1: DMA.
    items.set(K.id, little(3, 4));
    items.set(K.cpus, little(options.cpus, 2));
    items.set(K.maxCpus, little(options.cpus, 2));
    const blob = (size: number, data: number, bytes: Uint8Array | undefined): void => {
      items.set(size, little(bytes?.length ?? 0, 4));
      if (bytes !== undefined) items.set(data, bytes);
    };
    blob(K.kernelSize, K.kernelData, options.kernel);
    blob(K.initrdSize, K.initrdData, options.initrd);
    const line = options.commandLine === undefined ? undefined : ascii(`${options.commandLine}\0`);
    blob(K.commandLineSize, K.commandLineData, line);

    // Sorted by name, as firmware may expect.
    const files = [...(options.files ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
    const directory = new Uint8Array(4 + files.length * (8 + NAME_BYTES));
    const view = new DataView(directory.buffer);
    view.setUint32(0, files.length);
    files.forEach(([name, bytes], index) => {
      const at = 4 + index * (8 + NAME_BYTES);
      const text = ascii(name);
      if (text.length >= NAME_BYTES) {
        throw new MachineError(
          "machine/configuration",
          `fw_cfg file name ${name}: ${text.length} bytes; at most ${NAME_BYTES - 1}`,
        );
      }
      view.setUint32(at, bytes.length);
      view.setUint16(at + 4, K.firstFile + index);
      directory.set(text, at + 8);
      items.set(K.firstFile + index, bytes);
    });
    items.set(K.fileDirectory, directory);
  }

  #select(key: number): void {
    this.#key = key & KEY_MASK;
    this.#at = 0;
  }
  /** Bytes from the selected item, zeros beyond its end. */
  #next(size: AccessSize): number {
    const item = this.#items.get(this.#key);
    let value = 0;
    for (let i = 0; i < size; i++) {
      const byte = item !== undefined && this.#at < item.length ? item[this.#at]! : 0;
      value |= byte << (8 * i);
      this.#advance(1);
    }
    return value;
  }
  /** The place in an item stops at its end, so that no guest can run it up. */
  #advance(bytes: number): void {
    const length = this.#items.get(this.#key)?.length ?? 0;
    this.#at = Math.min(length, this.#at + bytes);
  }

  #transfer(address: number): void {
    // A request outside of RAM cannot even be answered.
    if (!this.#memory.holds(address, 16)) {
      this.unmodelled.note("DMA", 0x14, 4, true, address % 2 ** 32);
      return;
    }
    const request = this.#memory.read(address, 16);
    const view = new DataView(request.buffer, request.byteOffset, 16);
    const control = view.getUint32(0);
    const length = view.getUint32(4);
    const target = view.getUint32(8) * 2 ** 32 + view.getUint32(12);
    if ((control & DMA.select) !== 0) this.#select(control >>> 16);
    let ok = true;
    if ((control & DMA.read) !== 0) ok = this.#readTo(target, length);
    else if ((control & DMA.write) !== 0) ok = false;
    else if ((control & DMA.skip) !== 0) this.#advance(length);
    this.#memory.write(address, new Uint8Array([0, 0, 0, ok ? 0 : DMA.error]));
  }
  #readTo(target: number, length: number): boolean {
    if (length === 0) return true;
    if (!this.#memory.holds(target, length)) return false;
    const item = this.#items.get(this.#key);
    for (let done = 0; done < length; done += CHUNK) {
      const chunk = new Uint8Array(Math.min(CHUNK, length - done));
      if (item !== undefined) chunk.set(item.subarray(this.#at, this.#at + chunk.length));
      this.#memory.write(target + done, chunk);
      this.#advance(chunk.length);
    }
    return true;
  }

  override reset(): void {
    super.reset();
    this.#select(0);
    this.#addressHigh = 0;
  }
  override save(): DeviceState {
    return { key: this.#key, at: this.#at, addressHigh: this.#addressHigh };
  }
  override restore(state: DeviceState): void {
    const { key, at, addressHigh } = stateFields(state, this.name);
    this.#key = stateInteger(key, `${this.name} key`, 0, KEY_MASK);
    this.#at = stateInteger(at, `${this.name} place`);
    this.#addressHigh = stateInteger(addressHigh, `${this.name} address`, 0, 2 ** 32 - 1);
    this.#advance(0);
  }
}
