/** Small images of every kind, made without outside tools. */
import { crc32 } from "../checksums.js";
import { gzipSync } from "fflate";
import { cells, deviceTreeNode, strings } from "../device-tree.js";
import { writeDtb } from "../dtb.js";
import { alignUp } from "../little-endian.js";

const words = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** A raw Image as far as its head goes: CPSR_c written, MIDR read, then `body`. */
export const makeRawImage = (body: Uint8Array): Uint8Array => {
  const image = new Uint8Array(0x100 + body.length);
  const view = words(image);
  for (let at = 0; at < 0x100; at += 4) view.setUint32(at, 0xe1a00000, true);
  view.setUint32(0x10, 0xe121f009, true);
  view.setUint32(0x14, 0xee109f10, true);
  image.set(body, 0x100);
  return image;
};

/** How a zImage differs from the plain one. */
export interface ZImageShape {
  /** The compressed stream; default gzip of the kernel. */
  readonly stream?: Uint8Array;
  /** Whether the stream holds the size itself, as gzip does. */
  readonly sizeInStream?: boolean;
  readonly table?: boolean;
  readonly appended?: Uint8Array;
}

/** A zImage with `kernel` inside: header, some words of code, the payload, its size. */
export const makeZImage = (kernel: Uint8Array, shape: ZImageShape = {}): Uint8Array => {
  const stream: Uint8Array = shape.stream ?? gzipSync(kernel, { level: 6, mtime: 0 });
  const sizeInStream = shape.sizeInStream ?? shape.stream === undefined;
  const streamAt = 0x203;
  const sizeAt = streamAt + stream.length - (sizeInStream ? 4 : 0);
  const size = alignUp(sizeAt + 4, 8);
  const image = new Uint8Array(size + (shape.appended?.length ?? 0));
  const view = words(image);
  for (let at = 0; at < 0x24; at += 4) view.setUint32(at, 0xe1a00000, true);
  view.setUint32(0x24, 0x016f2818, true);
  view.setUint32(0x2c, size, true);
  view.setUint32(0x30, 0x04030201, true);
  if (shape.table ?? true) {
    view.setUint32(0x34, 0x45454545, true);
    view.setUint32(0x38, 0x100, true);
    [6, 0x5a534c4b, sizeAt, 0x1234, 0x208000, 0x10000, 0].forEach((value, index) =>
      view.setUint32(0x100 + index * 4, value, true),
    );
  }
  image.set(stream, streamAt);
  view.setUint32(sizeAt, kernel.length, true);
  if (shape.appended !== undefined) image.set(shape.appended, size);
  return image;
};

/** An ELF program for ARM with one segment, a symbol table and the usual three string tables. */
export const makeElf = (code: Uint8Array): Uint8Array => {
  const names = new TextEncoder().encode("\0.text\0.symtab\0.strtab\0.shstrtab\0");
  const symbolNames = new TextEncoder().encode("\0_start\0");
  const codeAt = 0x80;
  const symbolsAt = alignUp(codeAt + code.length, 4);
  const symbolNamesAt = symbolsAt + 32;
  const namesAt = symbolNamesAt + symbolNames.length;
  const sectionsAt = alignUp(namesAt + names.length, 4);
  const elf = new Uint8Array(sectionsAt + 5 * 40);
  const view = words(elf);
  elf.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  const half = (at: number, value: number): void => view.setUint16(at, value, true);
  const put = (at: number, ...values: number[]): void =>
    values.forEach((value, index) => view.setUint32(at + index * 4, value, true));
  half(16, 2);
  half(18, 40);
  put(20, 1, 0x8000, 52, sectionsAt, 0x05000000);
  half(40, 52);
  half(42, 32);
  half(44, 1);
  half(46, 40);
  half(48, 5);
  half(50, 4);
  put(52, 1, codeAt, 0x8000, 0x8000, code.length, code.length + 16, 5, 4);
  elf.set(code, codeAt);
  put(symbolsAt + 16, 1, 0x8000, 4);
  view.setUint8(symbolsAt + 28, 0x12);
  half(symbolsAt + 30, 1);
  elf.set(symbolNames, symbolNamesAt);
  elf.set(names, namesAt);
  put(sectionsAt + 40, 1, 1, 6, 0x8000, codeAt, code.length, 0, 0, 4, 0);
  put(sectionsAt + 80, 7, 2, 0, 0, symbolsAt, 32, 3, 1, 4, 16);
  put(sectionsAt + 120, 15, 3, 0, 0, symbolNamesAt, symbolNames.length, 0, 0, 1, 0);
  put(sectionsAt + 160, 23, 3, 0, 0, namesAt, names.length, 0, 0, 1, 0);
  return elf;
};

/** One file of a tar archive, as a ustar header and its blocks. */
const tarFile = (name: string, bytes: Uint8Array, type = "0"): Uint8Array => {
  const entry = new Uint8Array(512 + alignUp(bytes.length, 512));
  const put = (at: number, text: string): void => entry.set(new TextEncoder().encode(text), at);
  put(0, name);
  put(100, "0000644\0");
  put(124, `${bytes.length.toString(8).padStart(11, "0")}\0`);
  put(136, "00000000000\0");
  put(148, "        ");
  put(156, type);
  put(257, "ustar\x0000");
  const sum = entry.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  entry.set(bytes, 512);
  return entry;
};

const join = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

/** A tar archive of files, with its two closing blocks. */
export const makeTar = (files: Readonly<Record<string, Uint8Array>>): Uint8Array =>
  join([
    ...Object.entries(files).map(([name, bytes]) => tarFile(name, bytes)),
    new Uint8Array(1024),
  ]);

/** An ar archive. */
export const makeAr = (members: Readonly<Record<string, Uint8Array>>): Uint8Array => {
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [encoder.encode("!<arch>\n")];
  for (const [name, bytes] of Object.entries(members)) {
    const header = `${name.padEnd(16)}${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"100644".padEnd(8)}`;
    parts.push(encoder.encode(`${header}${String(bytes.length).padEnd(10)}\`\n`), bytes);
    if (bytes.length % 2 === 1) parts.push(encoder.encode("\n"));
  }
  return join(parts);
};

/** A Debian package with gzip members. */
export const makeDeb = (
  files: Readonly<Record<string, Uint8Array>>,
  architecture = "armhf",
): Uint8Array => {
  const text = `Package: linux-image-test\nVersion: 1.0-1\nArchitecture: ${architecture}\nDescription: a kernel\n for tests\n`;
  const control = makeTar({ "./control": new TextEncoder().encode(text) });
  return makeAr({
    "debian-binary": new TextEncoder().encode("2.0\n"),
    "control.tar.gz": gzipSync(control, { mtime: 0 }),
    "data.tar.gz": gzipSync(makeTar(files), { mtime: 0 }),
  });
};

/** A small device tree blob. */
export const makeDtb = (): Uint8Array =>
  writeDtb({
    root: deviceTreeNode("", { "#address-cells": cells(1), compatible: strings("a,b", "c") }, [
      deviceTreeNode("memory@80000000", { reg: cells(0x80000000, 0x1000000) }),
      deviceTreeNode("cpus", {}, [deviceTreeNode("cpu@0", { reg: cells(0) })]),
    ]),
    reservations: [{ address: 0x80000000n, size: 0x1000n }],
    bootCpu: 0,
  });

/** A legacy uImage of a kernel, not compressed unless told (the number of the compression). */
export const makeUImage = (
  contents: Uint8Array,
  place: {
    readonly load: number;
    readonly entry: number;
    readonly os?: number;
    readonly packed?: number;
  },
): Uint8Array => {
  const file = new Uint8Array(64 + contents.length);
  const view = new DataView(file.buffer);
  const word = (at: number, value: number): void => view.setUint32(at, value);
  word(0, 0x27051956);
  word(12, contents.length);
  word(16, place.load);
  word(20, place.entry);
  word(24, crc32(contents));
  file.set([place.os ?? 5, 2, 2, place.packed ?? 0], 28);
  word(4, crc32(file.subarray(0, 64)));
  file.set(contents, 64);
  return file;
};
