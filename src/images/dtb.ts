import type { DeviceTree, DeviceTreeNode } from "./device-tree.js";
import { corrupt, ImageError, truncated } from "./image-error.js";
import { alignUp, u32Big } from "./little-endian.js";

const MAGIC = 0xd00dfeed;
const HEADER = 40;
const VERSION = 17;
const LAST_COMPATIBLE = 16;
const BEGIN_NODE = 1;
const END_NODE = 2;
const PROPERTY = 3;
const NOP = 4;
const END = 9;
/** As deep as the kernel reads. */
const MAX_DEPTH = 64;

/**
 * Reads a flattened device tree (Devicetree Specification 0.4, chapter 5), versions 16 and 17. What
 * follows the blob is left alone. Errors: `truncated`, `corrupt`, `unsupported`.
 */
export const readDtb = (bytes: Uint8Array): DeviceTree => {
  if (bytes.length < HEADER) throw truncated("a DTB header of 40 bytes", `${bytes.length} bytes`);
  if (u32Big(bytes, 0) !== MAGIC) throw corrupt("a device tree blob (d0 0d fe ed)", "other bytes");
  const size = u32Big(bytes, 4);
  if (size < HEADER) throw corrupt("a device tree blob's size", `${size}`);
  if (size > bytes.length) {
    throw truncated(`a device tree blob of ${size} bytes`, `${bytes.length} bytes`);
  }
  const version = u32Big(bytes, 20);
  if (version < LAST_COMPATIBLE || u32Big(bytes, 24) > VERSION) {
    throw new ImageError("unsupported", {
      expected: "a device tree blob of version 16 or 17",
      found: `version ${version}`,
      advice: "compile the tree again with dtc",
    });
  }
  const blob = bytes.subarray(0, size);
  const structAt = u32Big(blob, 8);
  const structSize = version >= 17 ? u32Big(blob, 36) : size - structAt;
  const stringsAt = u32Big(blob, 12);
  const stringsSize = u32Big(blob, 32);
  if (structAt % 4 !== 0 || structAt + structSize > size || stringsAt + stringsSize > size) {
    throw corrupt("DTB blocks inside the blob", "blocks outside it");
  }
  const names = blob.subarray(stringsAt, stringsAt + stringsSize);
  return {
    root: new StructReader(blob.subarray(structAt, structAt + structSize), names).read(),
    reservations: readReservations(blob),
    bootCpu: u32Big(blob, 28),
  };
};

const readReservations = (blob: Uint8Array): DeviceTree["reservations"] => {
  const reservations: { address: bigint; size: bigint }[] = [];
  const view = new DataView(blob.buffer, blob.byteOffset, blob.length);
  for (let at = u32Big(blob, 16); ; at += 16) {
    if (at + 16 > blob.length) throw corrupt("the end of the DTB's memory reservations", "none");
    const address = view.getBigUint64(at);
    const size = view.getBigUint64(at + 8);
    if (address === 0n && size === 0n) return reservations;
    reservations.push({ address, size });
  }
};

class StructReader {
  private readonly bytes: Uint8Array;
  private readonly names: Uint8Array;
  private readonly text = new TextDecoder();
  private readonly nameCache = new Map<number, string>();
  private at = 0;

  constructor(bytes: Uint8Array, names: Uint8Array) {
    this.bytes = bytes;
    this.names = names;
  }

  read(): DeviceTreeNode {
    const open: DeviceTreeNode[] = [];
    let root: DeviceTreeNode | undefined;
    for (;;) {
      const token = this.word("a token");
      const current = open.at(-1);
      if (token === BEGIN_NODE) {
        if (open.length === MAX_DEPTH)
          throw corrupt(`a tree at most ${MAX_DEPTH} deep`, "a deeper one");
        if (current === undefined && root !== undefined) throw corrupt("one root node", "two");
        const node = { name: this.nodeName(), properties: new Map(), children: [] };
        current?.children.push(node);
        root ??= node;
        open.push(node);
      } else if (token === END_NODE) {
        if (open.pop() === undefined) throw corrupt("an open node to end", "none");
      } else if (token === PROPERTY) {
        if (current === undefined) throw corrupt("properties inside nodes", "one outside");
        const length = this.word("a property's length");
        const name = this.propertyName(this.word("a property's name"));
        if (this.at + length > this.bytes.length) throw corrupt(`the property ${name}`, "its end");
        current.properties.set(name, this.bytes.slice(this.at, this.at + length));
        this.at = alignUp(this.at + length, 4);
      } else if (token === END) {
        if (root === undefined || open.length > 0)
          throw corrupt("a whole device tree", "open nodes");
        return root;
      } else if (token !== NOP) {
        throw corrupt("a device tree token", `0x${token.toString(16)}`);
      }
    }
  }

  private word(what: string): number {
    if (this.at + 4 > this.bytes.length) throw corrupt(`${what} in the device tree`, "its end");
    const value = u32Big(this.bytes, this.at);
    this.at += 4;
    return value;
  }

  private nodeName(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) throw corrupt("a device tree node's name", "its end");
    const name = this.text.decode(this.bytes.subarray(this.at, end));
    this.at = alignUp(end + 1, 4);
    return name;
  }

  private propertyName(at: number): string {
    const known = this.nameCache.get(at);
    if (known !== undefined) return known;
    const end = at < this.names.length ? this.names.indexOf(0, at) : -1;
    if (end < 0) throw corrupt("a property's name in the DTB's strings", `offset ${at}`);
    const name = this.text.decode(this.names.subarray(at, end));
    this.nameCache.set(at, name);
    return name;
  }
}

/** Writes a flattened device tree, version 17. The same tree gives the same bytes. */
export const writeDtb = (tree: DeviceTree): Uint8Array => {
  const writer = new StructWriter();
  writer.node(tree.root, true);
  writer.word(END);
  const reservationsSize = (tree.reservations.length + 1) * 16;
  const structAt = HEADER + reservationsSize;
  const stringsAt = structAt + writer.length;
  const total = alignUp(stringsAt + writer.names.length, 4);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  [
    MAGIC,
    total,
    structAt,
    stringsAt,
    HEADER,
    VERSION,
    LAST_COMPATIBLE,
    tree.bootCpu,
    writer.names.length,
    writer.length,
  ].forEach((value, index) => view.setUint32(index * 4, value));
  tree.reservations.forEach(({ address, size }, index) => {
    view.setBigUint64(HEADER + index * 16, address);
    view.setBigUint64(HEADER + index * 16 + 8, size);
  });
  bytes.set(writer.bytes.subarray(0, writer.length), structAt);
  bytes.set(writer.names, stringsAt);
  return bytes;
};

class StructWriter {
  bytes = new Uint8Array(4096);
  length = 0;
  private view = new DataView(this.bytes.buffer);
  private readonly nameOffsets = new Map<string, number>();
  private readonly nameBytes: number[] = [];
  private readonly encoder = new TextEncoder();

  get names(): Uint8Array {
    return Uint8Array.from(this.nameBytes);
  }

  node(node: DeviceTreeNode, isRoot: boolean): void {
    this.word(BEGIN_NODE);
    this.append(this.encoder.encode(`${isRoot ? "" : node.name}\0`));
    for (const [name, value] of node.properties) {
      this.word(PROPERTY);
      this.word(value.length);
      this.word(this.nameOffset(name));
      this.append(value);
    }
    for (const child of node.children) this.node(child, false);
    this.word(END_NODE);
  }

  word(value: number): void {
    this.reserve(4);
    this.view.setUint32(this.length, value);
    this.length += 4;
  }

  /** Appends bytes and zeros up to the next word. */
  private append(value: Uint8Array): void {
    const padded = alignUp(value.length, 4);
    this.reserve(padded);
    this.bytes.set(value, this.length);
    this.length += padded;
  }

  private reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    grown.set(this.bytes);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  private nameOffset(name: string): number {
    const known = this.nameOffsets.get(name);
    if (known !== undefined) return known;
    const offset = this.nameBytes.length;
    this.nameOffsets.set(name, offset);
    this.nameBytes.push(...this.encoder.encode(`${name}\0`));
    return offset;
  }
}
