/** The boot that both machines are given: the same bytes at the same places, the same registers. */
import type { CpuModel } from "../../src/arch/index.js";
import {
  loadImage,
  readKallsyms,
  unpackZImage,
  type KernelSymbols,
  type LoadedImage,
} from "../../src/images/index.js";
import { startImage, virtOptionsOf, type Started } from "../../src/lab/index.js";
import type { WatchedFunction } from "./events.js";
import { argumentsOf, lifeRamDisk, RESERVED, type Life } from "./life.js";

export interface SubjectOptions {
  /** A zImage as `loadImage` takes it. */
  readonly image: string;
  readonly cpu: CpuModel;
  /** Bytes of RAM. */
  readonly memory: number;
  readonly hyp: boolean;
  readonly life: Life;
}
export const USUAL_SUBJECT: SubjectOptions = {
  image: "debian:linux-image-armmp-lpae",
  cpu: "cortex-a15",
  memory: 128 * 1024 * 1024,
  hyp: true,
  life: "boot",
};
/** What the RTC begins with, for QEMU; ours begins there by itself (`EPOCH`). */
export const EPOCH_TEXT = "2017-01-09T00:00:00";

export interface Subject {
  readonly options: SubjectOptions;
  readonly image: LoadedImage;
  readonly ramDisk: Uint8Array;
  readonly symbols: KernelSymbols;
  /** The kernel's code by virtual address; undefined outside. */
  readonly word: (address: number) => number | undefined;
}
/** Fetches kernel and busybox. Throws ImageError where they cannot be had. */
export const loadSubject = async (
  options: SubjectOptions,
  progress: (line: string) => void = () => {},
): Promise<Subject> => {
  const image = await loadImage(options.image, { progress });
  if (image.kind !== "zImage")
    throw new TypeError(`${options.image} holds a ${image.kind}, expected a zImage`);
  const kernel = unpackZImage(image.zImage);
  const { symbols, reason } = readKallsyms(kernel.bytes);
  if (symbols === undefined) throw new TypeError(`${options.image}: ${reason}`);
  const begin = symbols.address("_text") ?? PAGE_OFFSET + kernel.textOffset;
  const code = new DataView(kernel.bytes.buffer, kernel.bytes.byteOffset, kernel.bytes.length);
  const ramDisk = await lifeRamDisk(options.life, kernel, progress);
  return {
    options,
    image,
    ramDisk,
    symbols,
    word: (address) => {
      const at = address - begin;
      return at >= 0 && at + 4 <= code.byteLength ? code.getUint32(at, true) : undefined;
    },
  };
};

/** Where the kernel maps the start of RAM (CONFIG_PAGE_OFFSET of Debian's kernels). */
const PAGE_OFFSET = 0xc000_0000;
const HIGH_VECTORS = 0xffff_0000;

/** Our machine, before its first instruction. */
export const startSubject = ({ image, ramDisk, options }: Subject): Started =>
  startImage(
    virtOptionsOf({
      board: "virt",
      cpus: 1,
      memory: options.memory,
      model: options.cpu,
      hyp: options.hyp,
      devices: [],
    }),
    { image, ramDisk, payload: true, bootArguments: argumentsOf(options.life) },
  );

/** Tables of vectors: the kernel's, and those of its HYP stub and of a crash kernel's, with the MMU off. */
export const vectorsOf = ({ symbols, options }: Subject, { session }: Started): number[] => {
  const stub = symbols.address("__hyp_stub_vectors");
  return stub === undefined
    ? [HIGH_VECTORS]
    : [
        HIGH_VECTORS,
        stub - PAGE_OFFSET + session.virt.ram.base,
        ...(options.life === "kdump" ? [stub - PAGE_OFFSET + RESERVED.base] : []),
      ];
};

/**
 * Whether control never comes from a word to the one behind it: B, BX LR, LDM with PC, MOV PC, LR. What
 * runs into a function from above begins a block on one machine and not on the other.
 */
const endsPath = (word: number): boolean =>
  word >>> 24 === 0xea ||
  word === 0xe12fff1e ||
  (word & 0xfe108000) >>> 0 === 0xe8108000 ||
  word === 0xe1a0f00e;

/** Functions that can be watched, by ascending address. */
export const watchable = ({ symbols, word }: Subject): WatchedFunction[] => {
  const found: WatchedFunction[] = [];
  for (const { name, address, type } of symbols.all) {
    if ((type !== "T" && type !== "t") || address % 4 !== 0) continue;
    const before = word(address - 4);
    if (before !== undefined && endsPath(before) && found.at(-1)?.address !== address)
      found.push({ name, address });
  }
  return found;
};
