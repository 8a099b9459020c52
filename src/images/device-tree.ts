import { ImageError } from "./image-error.js";
import { u32Big } from "./little-endian.js";

/** A node of a device tree. Properties and children keep their order. */
export interface DeviceTreeNode {
  /** With the unit address ("memory@40000000"); the root's is empty. */
  readonly name: string;
  readonly properties: Map<string, Uint8Array>;
  readonly children: DeviceTreeNode[];
}

/** A device tree with what a DTB holds beside the nodes. */
export interface DeviceTree {
  readonly root: DeviceTreeNode;
  /** Memory that the kernel must not touch. */
  readonly reservations: readonly { readonly address: bigint; readonly size: bigint }[];
  /** The boot CPU's `reg` value. */
  readonly bootCpu: number;
}

/** An address range of a `reg` property. */
export interface RegRange {
  readonly address: number;
  readonly size: number;
}

const malformed = (name: string, expected: string, found: string): ImageError =>
  new ImageError("corrupt", {
    expected: `${expected} in the device tree property ${name}`,
    found,
    advice: "correct the device tree",
  });

/** A new node. */
export const deviceTreeNode = (
  name: string,
  properties: Readonly<Record<string, Uint8Array>> = {},
  children: readonly DeviceTreeNode[] = [],
): DeviceTreeNode => ({
  name,
  properties: new Map(Object.entries(properties)),
  children: [...children],
});

/** A property of 32-bit cells. */
export const cells = (...values: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => view.setUint32(index * 4, value));
  return bytes;
};

/** A property of strings, each with its closing zero. */
export const strings = (...values: readonly string[]): Uint8Array =>
  new TextEncoder().encode(values.map((value) => `${value}\0`).join(""));

/** A property of 64-bit values, two cells each. */
export const doubleCells = (...values: readonly (number | bigint)[]): Uint8Array => {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => view.setBigUint64(index * 8, BigInt(value)));
  return bytes;
};

/** A property that says something by being there. */
export const flag = (): Uint8Array => new Uint8Array(0);

/**
 * The node at `path` ("/cpus/cpu@0"), or undefined. A part without unit address finds the first node
 * of that name with any.
 */
export const findNode = (tree: DeviceTree, path: string): DeviceTreeNode | undefined => {
  let node: DeviceTreeNode | undefined = tree.root;
  for (const part of path.split("/")) {
    if (part === "") continue;
    node = node.children.find(
      (child) => child.name === part || (!part.includes("@") && child.name.split("@")[0] === part),
    );
    if (node === undefined) return undefined;
  }
  return node;
};

/** Every node of the tree, parents first, with its path. */
export function* walkNodes(
  node: DeviceTreeNode,
  path = "",
): Generator<{ readonly path: string; readonly node: DeviceTreeNode }> {
  yield { path: path === "" ? "/" : path, node };
  for (const child of node.children) yield* walkNodes(child, `${path}/${child.name}`);
}

/** The strings of a property, undefined when it is absent. Errors: `corrupt`. */
export const readStrings = (node: DeviceTreeNode, name: string): string[] | undefined => {
  const value = node.properties.get(name);
  if (value === undefined) return undefined;
  if (value.length === 0) return [];
  if (value.at(-1) !== 0) throw malformed(name, "strings closed by zeros", "an open end");
  return new TextDecoder().decode(value.subarray(0, -1)).split("\0");
};

/** The first string of a property, undefined when it is absent. Errors: `corrupt`. */
export const readString = (node: DeviceTreeNode, name: string): string | undefined =>
  readStrings(node, name)?.[0];

/** The cells of a property, undefined when it is absent. Errors: `corrupt`. */
export const readCells = (node: DeviceTreeNode, name: string): number[] | undefined => {
  const value = node.properties.get(name);
  if (value === undefined) return undefined;
  if (value.length % 4 !== 0) throw malformed(name, "whole cells", `${value.length} bytes`);
  return Array.from({ length: value.length / 4 }, (_, index) => u32Big(value, index * 4));
};

/** A property of one cell, undefined when it is absent. Errors: `corrupt`. */
export const readCell = (node: DeviceTreeNode, name: string): number | undefined => {
  const values = readCells(node, name);
  if (values === undefined) return undefined;
  if (values.length !== 1) throw malformed(name, "one cell", `${values.length}`);
  return values[0];
};

/** A property of 64 bits, undefined when it is absent. Errors: `corrupt`. */
export const readU64 = (node: DeviceTreeNode, name: string): bigint | undefined => {
  const value = node.properties.get(name);
  if (value === undefined) return undefined;
  if (value.length !== 8) throw malformed(name, "two cells", `${value.length} bytes`);
  return (BigInt(u32Big(value, 0)) << 32n) | BigInt(u32Big(value, 4));
};

/** Joins `count` cells; addresses above 2^53 do not occur on a 40-bit bus. */
const join = (values: readonly number[], at: number, count: number, name: string): number => {
  let joined = 0;
  for (let index = 0; index < count; index++) joined = joined * 2 ** 32 + values[at + index]!;
  if (!Number.isSafeInteger(joined)) throw malformed(name, "an address below 2^53", `${joined}`);
  return joined;
};

/**
 * The ranges of `reg` as the parent's `#address-cells` and `#size-cells` lay them out (2 and 1 when it
 * has none: Devicetree Specification, 2.3.5). Undefined when the property is absent. Errors: `corrupt`.
 */
export const readReg = (node: DeviceTreeNode, parent: DeviceTreeNode): RegRange[] | undefined => {
  const values = readCells(node, "reg");
  if (values === undefined) return undefined;
  const addressCells = readCell(parent, "#address-cells") ?? 2;
  const sizeCells = readCell(parent, "#size-cells") ?? 1;
  const each = addressCells + sizeCells;
  if (each === 0 || each > 8 || values.length % each !== 0) {
    throw malformed("reg", `groups of ${each} cells`, `${values.length} cells`);
  }
  const ranges: RegRange[] = [];
  for (let at = 0; at < values.length; at += each) {
    ranges.push({
      address: join(values, at, addressCells, "reg"),
      size: join(values, at + addressCells, sizeCells, "reg"),
    });
  }
  return ranges;
};
