/**
 * Where a boot loader puts a kernel, its initial RAM disk and its device tree, and with which registers the
 * kernel is entered: as the reference emulator does for the board `virt`, so that the same images run on both.
 */
import {
  cells,
  type DeviceTree,
  type DeviceTreeNode,
  deviceTreeNode,
  doubleCells,
  readCell,
  type RegRange,
  strings,
} from "./device-tree.js";
import { writeDtb } from "./dtb.js";
import { ImageError } from "./image-error.js";
import { linkAddress, readKallsyms } from "./kallsyms.js";
import type { ElfSegment } from "./elf.js";
import { alignUp, u32 } from "./little-endian.js";
import type { LoadedImage } from "./load-image.js";
import { unpackZImage, type ZImage } from "./zimage.js";

/** A program that a hypervisor starts: it finds it in /chosen (Multiboot on Arm, as Xen reads it). */
export interface BootModule {
  readonly kind: "kernel" | "ramdisk";
  readonly address: number;
  readonly bytes: Uint8Array;
  /** The module's command line. */
  readonly bootArguments?: string;
}

/** What is to be booted, and on what. */
export interface BootRequest {
  readonly image: LoadedImage;
  readonly ram: RegRange;
  /** The machine's tree; /chosen is completed, and /memory where it has none. */
  readonly tree: DeviceTree;
  readonly initrd?: Uint8Array;
  readonly bootArguments?: string;
  readonly modules?: readonly BootModule[];
  /** Enter the kernel inside a Linux zImage, as its decompressor would place it. */
  readonly payload?: boolean;
  /** Where a flat image goes, instead of the boot loader's usual place. */
  readonly loadAddress?: number;
  /** A flash bank that the board has filled with what `flashContents` gave. */
  readonly flash?: RegRange;
}

/** Bytes to be put into memory. */
export interface BootPiece {
  readonly what: string;
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** A boot, ready to be carried out. */
export interface BootLayout {
  readonly pieces: readonly BootPiece[];
  readonly entry: number;
  readonly thumb: boolean;
  /** r0, r1 and r2 (Documentation/arch/arm/booting.rst): 0, no machine number, the device tree. */
  readonly registers: readonly [number, number, number];
  readonly initrd: RegRange | undefined;
  readonly dtb: RegRange;
  /** What was done with the image, in words. */
  readonly how: string;
}

/** Offsets from the start of RAM: of zImages and flat images, and of a raw kernel that does not tell its own. */
const FLAT_OFFSET = 0x10000;
const TEXT_OFFSET = 0x208000;
const INITRD_LIMIT = 128 * 1024 * 1024;
const PAGE = 4096;
const PT_LOAD = 1;
/** Stack and tables of a decompressor. */
const DECOMPRESSOR_ROOM = 0x10000;

interface Placed {
  readonly pieces: readonly BootPiece[];
  readonly entry: number;
  readonly thumb: boolean;
  /** First and last address of what the program takes, its zeroed memory included. */
  readonly low: number;
  readonly end: number;
  readonly how: string;
  /** A Linux-like image: the device tree goes behind the RAM disk; else before the program. */
  readonly linux: boolean;
}

const hex = (n: number): string => `0x${n.toString(16)}`;
const noRoom = (what: string, from: number, size: number, ram: RegRange): ImageError =>
  new ImageError("too-large", {
    expected: `room for ${what} in RAM from ${hex(ram.address)} to ${hex(ram.address + ram.size)}`,
    found: `${size} bytes to go to ${hex(from)}`,
    advice: "give the machine more memory (--memory) or another load address",
  });

/** The text offset of a raw kernel: what it was linked at, within its 256 MiB. */
const textOffsetOf = (bytes: Uint8Array): number => {
  const { symbols } = readKallsyms(bytes);
  const link = symbols === undefined ? undefined : linkAddress(symbols, TEXT_OFFSET);
  return link === undefined ? TEXT_OFFSET : link & 0x0fffffff;
};

const flat = (
  what: string,
  address: number,
  bytes: Uint8Array,
  end: number,
  thumb: boolean,
): Placed => ({
  pieces: [{ what, address, bytes }],
  entry: address,
  thumb,
  low: address,
  end,
  how: `${what} of ${bytes.length} bytes at ${hex(address)}`,
  linux: true,
});

/** Where memory ends that a zImage takes while it unpacks: the kernel, and behind it the zImage moved away. */
const zImageEnd = (
  { bytes, memorySize, table }: ZImage,
  address: number,
  ram: RegRange,
): number => {
  const loaded = address + Math.max(memorySize, bytes.length);
  if (table === undefined) return loaded;
  const kernel = u32(bytes, table.sizeWordOffset) + table.bssSize;
  const moved = bytes.length + (table.mallocSize ?? DECOMPRESSOR_ROOM) + DECOMPRESSOR_ROOM;
  return Math.max(loaded, ram.address + (table.textOffset ?? TEXT_OFFSET) + kernel + moved);
};

/** Where an image that was loaded at an address begins. */
const entryOf = ({ placement }: LoadedImage, address: number): number =>
  placement === undefined ? address : (address + placement.entry - placement.load) >>> 0;

const requireRoom = (what: string, address: number, size: number, ram: RegRange): void => {
  if (address < ram.address || address + size > ram.address + ram.size)
    throw noRoom(what, address, size, ram);
};

const place = ({ image, ram, payload, loadAddress, flash }: BootRequest): Placed => {
  const { bytes } = image;
  switch (image.kind) {
    case "zImage": {
      if (payload === true) {
        const kernel = unpackZImage(image.zImage);
        const address = ram.address + kernel.textOffset;
        const end = address + kernel.bytes.length + (kernel.bssSize ?? 0);
        const placed = flat("kernel out of the zImage", address, kernel.bytes, end, false);
        return { ...placed, how: `${placed.how} (text offset ${hex(kernel.textOffset)})` };
      }
      const address = loadAddress ?? image.placement?.load ?? ram.address + FLAT_OFFSET;
      const placed = flat("zImage", address, bytes, zImageEnd(image.zImage, address, ram), false);
      return { ...placed, entry: entryOf(image, address) };
    }
    case "raw-image": {
      const offset = image.linux ? textOffsetOf(bytes) : FLAT_OFFSET;
      const address = loadAddress ?? image.placement?.load ?? ram.address + offset;
      const what = image.linux ? "raw kernel" : "flat image";
      const end = address + bytes.length;
      const placed = flat(what, address, bytes, end, image.instructionSet === "T32");
      return { ...placed, entry: entryOf(image, address) };
    }
    case "elf": {
      const load = loaded(image);
      if (load.length === 0) {
        throw new ImageError("unsupported", {
          expected: "an ELF program with segments to load",
          found: "none",
          advice: "give the linked program",
        });
      }
      // RAM may hold anything at a cold start: what the program wants as zeros is given as zeros.
      const inRam = load.filter(
        (s) => flash === undefined || !within(s.physicalAddress, s.memorySize, flash),
      );
      const pieces = inRam.map((s): BootPiece => {
        // Before room is made for it: a program may ask for 4 GiB.
        requireRoom("ELF segment", s.physicalAddress, s.memorySize, ram);
        const filled = new Uint8Array(s.memorySize);
        filled.set(s.bytes);
        return { what: "ELF segment", address: s.physicalAddress, bytes: filled };
      });
      const { entry } = image.elf;
      const inside = load.find(
        (s) => entry >= s.virtualAddress && entry - s.virtualAddress < s.memorySize,
      );
      // A program linked at virtual addresses starts with the MMU off: at the physical one.
      const start =
        inside === undefined ? entry : entry - inside.virtualAddress + inside.physicalAddress;
      return {
        pieces,
        entry: start & ~1,
        thumb: (entry & 1) === 1,
        low: Math.min(ram.address + ram.size, ...pieces.map((p) => p.address)),
        end: Math.max(ram.address, ...pieces.map((p) => p.address + p.bytes.length)),
        how: `ELF program of ${load.length} segments, entry ${hex(start >>> 0)}`,
        linux: false,
      };
    }
  }
};

/** An ELF program's segments that take memory. */
const loaded = (image: LoadedImage): readonly ElfSegment[] =>
  image.kind === "elf"
    ? image.elf.segments.filter((s) => s.type === PT_LOAD && s.memorySize > 0)
    : [];
const within = (address: number, size: number, range: RegRange): boolean =>
  address >= range.address && address + size <= range.address + range.size;

/** What an ELF program wants in a flash bank, from its start on; undefined where it wants nothing there. */
export const flashContents = (image: LoadedImage, flash: RegRange): Uint8Array | undefined => {
  const there = loaded(image).filter((s) => within(s.physicalAddress, s.memorySize, flash));
  if (there.length === 0) return undefined;
  const end = Math.max(...there.map((s) => s.physicalAddress + s.memorySize));
  const contents = new Uint8Array(end - flash.address);
  for (const s of there) contents.set(s.bytes, s.physicalAddress - flash.address);
  return contents;
};

/** The tree's /chosen, made when it is not there. */
const chosenOf = (root: DeviceTreeNode): DeviceTreeNode => {
  const there = root.children.find((child) => child.name === "chosen");
  if (there !== undefined) return there;
  const made = deviceTreeNode("chosen");
  root.children.push(made);
  return made;
};
const moduleNode = (module: BootModule): DeviceTreeNode =>
  deviceTreeNode(`module@${hex(module.address)}`, {
    compatible: strings("multiboot,module", `multiboot,${module.kind}`),
    reg: doubleCells(module.address, module.bytes.length),
    ...(module.bootArguments === undefined ? {} : { bootargs: strings(module.bootArguments) }),
  });

/** A deep copy: the tree that was given stays as it is. */
const copyNode = (node: DeviceTreeNode): DeviceTreeNode => ({
  name: node.name,
  properties: new Map(node.properties),
  children: node.children.map((child) => copyNode(child)),
});

const completeTree = (
  { tree, ram, bootArguments, modules }: BootRequest,
  initrd: RegRange | undefined,
): DeviceTree => {
  const root = copyNode(tree.root);
  const wide = (readCell(root, "#address-cells") ?? 2) === 2;
  const sizes = (readCell(root, "#size-cells") ?? 1) === 2;
  const number = (value: number, two: boolean): number[] => (two ? [0, value] : [value]);
  const memory = root.children.find((child) => child.name.split("@")[0] === "memory");
  // A tree out of a file often leaves the memory to the boot loader.
  if (memory === undefined || memory.properties.get("reg")?.every((byte) => byte === 0) === true) {
    const node = memory ?? deviceTreeNode(`memory@${ram.address.toString(16)}`);
    node.properties.set("device_type", strings("memory"));
    node.properties.set("reg", cells(...number(ram.address, wide), ...number(ram.size, sizes)));
    if (memory === undefined) root.children.push(node);
  }
  const chosen = chosenOf(root);
  if (bootArguments !== undefined) chosen.properties.set("bootargs", strings(bootArguments));
  if (initrd !== undefined) {
    const cell = (value: number): Uint8Array => cells(...number(value, wide));
    chosen.properties.set("linux,initrd-start", cell(initrd.address));
    chosen.properties.set("linux,initrd-end", cell(initrd.address + initrd.size));
  }
  if (modules !== undefined && modules.length > 0) {
    chosen.properties.set("#address-cells", cells(2));
    chosen.properties.set("#size-cells", cells(2));
    chosen.children.push(...modules.map((module) => moduleNode(module)));
  }
  return { ...tree, root };
};

/**
 * Lays a boot out. A zImage or flat image goes to 64 KiB behind the start of RAM, a raw kernel to its text
 * offset, an ELF program where it asks; the RAM disk to the middle of RAM but at most 128 MiB from its start;
 * the device tree behind it on a page, or to the start of RAM before an ELF program that leaves room there.
 * Errors: `too-large` when something does not fit, and those of `unpackZImage`.
 */
export const bootLayout = (request: BootRequest): BootLayout => {
  const { ram, modules = [] } = request;
  const placed = place(request);
  const fits = (what: string, address: number, size: number): void =>
    requireRoom(what, address, size, ram);
  for (const piece of placed.pieces) fits(piece.what, piece.address, piece.bytes.length);
  for (const module of modules)
    fits(`the module ${module.kind}`, module.address, module.bytes.length);

  const middle = ram.address + Math.min(ram.size / 2, INITRD_LIMIT);
  const initrdAt = alignUp(Math.max(middle, placed.low < middle ? placed.end : 0), PAGE);
  const initrd =
    request.initrd === undefined ? undefined : { address: initrdAt, size: request.initrd.length };
  if (initrd !== undefined) fits("the initial RAM disk", initrd.address, initrd.size);
  const dtbBytes = writeDtb(completeTree(request, initrd));
  const before = !placed.linux && placed.low - ram.address >= dtbBytes.length;
  const dtb = {
    address: before ? ram.address : alignUp(initrdAt + (initrd?.size ?? 0), PAGE),
    size: dtbBytes.length,
  };
  fits("the device tree", dtb.address, dtb.size);

  const pieces: BootPiece[] = [...placed.pieces];
  if (initrd !== undefined)
    pieces.push({ what: "initial RAM disk", address: initrd.address, bytes: request.initrd! });
  for (const module of modules)
    pieces.push({ what: `module ${module.kind}`, address: module.address, bytes: module.bytes });
  pieces.push({ what: "device tree", address: dtb.address, bytes: dtbBytes });
  checkDisjoint(pieces);
  return {
    pieces,
    entry: placed.entry,
    thumb: placed.thumb,
    registers: [0, 0xffffffff, dtb.address],
    initrd,
    dtb,
    how: placed.how,
  };
};

const checkDisjoint = (pieces: readonly BootPiece[]): void => {
  const sorted = pieces.toSorted((a, b) => a.address - b.address);
  for (let i = 1; i < sorted.length; i++) {
    const [a, b] = [sorted[i - 1]!, sorted[i]!];
    if (a.address + a.bytes.length <= b.address) continue;
    throw new ImageError("too-large", {
      expected: `${a.what} at ${hex(a.address)} to end before ${b.what} at ${hex(b.address)}`,
      found: `${a.bytes.length} bytes`,
      advice: "give the machine more memory (--memory) or another load address",
    });
  }
};

/** Where the reference emulator's recipe for Xen puts its modules. */
export const XEN_MODULE_ADDRESS = { kernel: 0x50000000, ramdisk: 0x54000000 } as const;
