/** A disk that keeps what is written in memory and leaves the image below it as it is. */
import type { DeviceState } from "../../../machine/index.js";
import { stateBytes, stateFields, stateInteger, stateList } from "../../device-state.js";
import { type BlockBackend, BlockError, SECTOR } from "./block-backend.js";

const PAGE = 4096;
const SECTORS_A_PAGE = PAGE / SECTOR;
/** Bytes of host memory that a guest may fill by writing. */
const LIMIT = 2 ** 31;

export class CopyOnWrite implements BlockBackend {
  readonly size: number;
  readonly readOnly = false;
  readonly #below: BlockBackend;
  readonly #pages = new Map<number, Uint8Array>();
  readonly #limit: number;

  /** `limit`: bytes of written pages to hold; a write beyond is an I/O error. */
  constructor(below: BlockBackend, limit: number = LIMIT) {
    this.#below = below;
    this.size = below.size;
    this.#limit = Math.floor(limit / PAGE);
  }

  /** Pages of 4 KiB that were written. */
  get writtenPages(): number {
    return this.#pages.size;
  }
  read(sector: number, count: number): Uint8Array {
    const out = new Uint8Array(count * SECTOR);
    // Runs that nobody wrote come from below in one piece.
    let from = sector;
    const end = sector + count;
    for (let at = sector; at < end;) {
      const page = Math.floor(at / SECTORS_A_PAGE);
      const next = Math.min((page + 1) * SECTORS_A_PAGE, end);
      const written = this.#pages.get(page);
      if (written !== undefined) {
        this.#copyBelow(out, sector, from, at);
        const start = (at % SECTORS_A_PAGE) * SECTOR;
        out.set(written.subarray(start, start + (next - at) * SECTOR), (at - sector) * SECTOR);
        from = next;
      }
      at = next;
    }
    this.#copyBelow(out, sector, from, end);
    return out;
  }
  #copyBelow(out: Uint8Array, base: number, from: number, to: number): void {
    if (to > from) out.set(this.#below.read(from, to - from), (from - base) * SECTOR);
  }
  write(sector: number, data: Uint8Array): void {
    for (let done = 0; done < data.length;) {
      const at = sector * SECTOR + done;
      const page = Math.floor(at / PAGE);
      const within = at - page * PAGE;
      const length = Math.min(PAGE - within, data.length - done);
      this.#page(page).set(data.subarray(done, done + length), within);
      done += length;
    }
  }
  #page(page: number): Uint8Array {
    let bytes = this.#pages.get(page);
    if (bytes === undefined) {
      if (this.#pages.size >= this.#limit) {
        throw new BlockError(
          `the guest has written ${this.#pages.size * PAGE} bytes, all that the copy on write may hold`,
        );
      }
      bytes = new Uint8Array(PAGE);
      const first = page * SECTORS_A_PAGE;
      const count = Math.min(SECTORS_A_PAGE, this.size / SECTOR - first);
      bytes.set(this.#below.read(first, count));
      this.#pages.set(page, bytes);
    }
    return bytes;
  }
  flush(): void {
    this.#below.flush();
  }

  save(): DeviceState {
    const pages = [...this.#pages].sort(([a], [b]) => a - b);
    return { size: this.size, pages: pages.map(([at, bytes]) => [at, bytes.slice()]) };
  }
  /** The image below must be the one that was there: the snapshot's owner checks it, by its hash. */
  restore(state: DeviceState): void {
    const what = "disk";
    const s = stateFields(state, what);
    stateInteger(s["size"], `${what} size`, this.size, this.size);
    const last = Math.ceil(this.size / PAGE) - 1;
    const pages = new Map<number, Uint8Array>();
    for (const entry of stateList(s["pages"], what, this.#limit)) {
      const [at, bytes] = stateList(entry, what, 2);
      pages.set(stateInteger(at, what, 0, last), stateBytes(bytes, what, PAGE).slice());
    }
    this.#pages.clear();
    for (const [at, bytes] of pages) this.#pages.set(at, bytes);
  }
}
