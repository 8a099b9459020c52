import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { readElf } from "./elf.js";
import { makeElf } from "./testing/make-images.js";
import { toolTest, withFolder } from "./testing/tools.js";

const PREFIX = "arm-linux-gnueabihf-";
const SOURCE = `
  .syntax unified
  .arch armv7ve
  .text
  .arm
  .globl _start
  .type _start, %function
_start:
  hvc #0
  bx lr
  .size _start, . - _start
  .thumb
  .thumb_func
  .type helper, %function
helper:
  bx lr
  .size helper, . - helper
  .data
  .globl table
  .type table, %object
table:
  .word 1, 2, 3
  .size table, 12
  .bss
  .space 100
  .weak elsewhere
`;

/** The fields of each line of a readelf listing that `pattern` matches. */
const lines = (text: string, pattern: RegExp): RegExpMatchArray[] =>
  text.split("\n").flatMap((line) => {
    const match = pattern.exec(line);
    return match === null ? [] : [match];
  });

const change = (...changes: readonly (readonly [number, number])[]): Uint8Array => {
  const elf = makeElf(new Uint8Array(4));
  for (const [at, value] of changes) elf[at] = value;
  return elf;
};

const typed = (code: string) => expect.objectContaining({ name: "ImageError", code });

describe("ELF", () => {
  test("reads header, segment, sections and symbols of a file made by hand", () => {
    const elf = readElf(makeElf(Uint8Array.of(0x70, 0, 0x40, 0xe1)));
    expect(elf).toMatchObject({ type: 2, entry: 0x8000, flags: 0x05000000 });
    expect(elf.segments).toHaveLength(1);
    expect(elf.segments[0]).toMatchObject({ virtualAddress: 0x8000, fileSize: 4, memorySize: 20 });
    expect([...elf.segments[0]!.bytes]).toEqual([0x70, 0, 0x40, 0xe1]);
    expect(elf.sections.map((section) => section.name)).toEqual([
      "",
      ".text",
      ".symtab",
      ".strtab",
      ".shstrtab",
    ]);
    expect(elf.symbols).toEqual([
      { name: "_start", value: 0x8000, size: 4, type: "function", binding: "global", section: 1 },
    ]);
  });

  toolTest(
    [`${PREFIX}as`, `${PREFIX}ld`, `${PREFIX}readelf`],
    "agrees with readelf on a linked program",
    () =>
      withFolder((folder) => {
        const file = (name: string): string => path.join(folder, name);
        writeFileSync(file("a.s"), SOURCE);
        execFileSync(`${PREFIX}as`, ["-o", file("a.o"), file("a.s")]);
        execFileSync(`${PREFIX}ld`, ["-o", file("a"), file("a.o")]);
        for (const name of ["a", "a.o"]) {
          const elf = readElf(readFileSync(file(name)));
          const listing = execFileSync(`${PREFIX}readelf`, ["-hlSsW", file(name)], {
            encoding: "utf8",
          });
          const entry = /Entry point address:\s+0x([0-9a-f]+)/.exec(listing)![1]!;
          expect(elf.entry.toString(16)).toBe(entry);

          const sections = lines(
            listing,
            /^ {2}\[ *(\d+)\] (\S*)\s+\S+\s+([0-9a-f]{8}) ([0-9a-f]{6}) ([0-9a-f]{6}) /,
          );
          expect(
            elf.sections
              .slice(1)
              .map((section) => [section.name, section.address, section.offset, section.size]),
          ).toEqual(
            sections
              .filter((match) => match[1] !== "0")
              .map((match) => [
                match[2],
                ...[match[3], match[4], match[5]].map((value) => Number.parseInt(value!, 16)),
              ]),
          );

          const segments = lines(
            listing,
            /^ {2}(?:LOAD|EXIDX|GNU_STACK)\s+0x([0-9a-f]+) 0x([0-9a-f]+) 0x([0-9a-f]+) 0x([0-9a-f]+) 0x([0-9a-f]+)/,
          );
          expect(
            elf.segments.map((segment) => [
              segment.offset,
              segment.virtualAddress,
              segment.physicalAddress,
              segment.fileSize,
              segment.memorySize,
            ]),
          ).toEqual(
            segments.map((match) => match.slice(1, 6).map((value) => Number.parseInt(value, 16))),
          );

          const symbols = lines(
            listing,
            /^ +\d+: ([0-9a-f]{8}) +(\d+) (\S+) +(\S+) +\S+ +(\S+) (\S*)/,
          );
          const words = {
            none: "NOTYPE",
            object: "OBJECT",
            function: "FUNC",
            section: "SECTION",
            file: "FILE",
            other: "",
          };
          expect(
            elf.symbols.map((symbol) => [
              symbol.value,
              symbol.size,
              words[symbol.type],
              symbol.binding.toUpperCase(),
            ]),
          ).toEqual(
            symbols
              .slice(1)
              .map((match) => [
                Number.parseInt(match[1]!, 16),
                Number(match[2]),
                match[3],
                match[4],
              ]),
          );
          const named = symbols
            .slice(1)
            .filter((match) => match[3] !== "SECTION")
            .map((match) => match[6]);
          expect(
            elf.symbols.filter((symbol) => symbol.type !== "section").map((symbol) => symbol.name),
          ).toEqual(named);
        }
      }),
  );

  test("refuses other machines, classes and byte orders by name", () => {
    expect(() => readElf(change([18, 3]))).toThrow(/found a 32-bit ELF file for x86/);
    expect(() => readElf(change([4, 2], [18, 62]))).toThrow(/64-bit ELF file for x86-64/);
    expect(() => readElf(change([4, 2], [18, 183]))).toThrow(typed("wrong-architecture"));
    expect(() => readElf(change([5, 2], [18, 0], [19, 40]))).toThrow(typed("big-endian"));
    expect(() => readElf(change([5, 7]))).toThrow(typed("big-endian"));
  });

  test("refuses every truncation of a small file", () => {
    const elf = makeElf(new Uint8Array(64));
    for (let length = 0; length < elf.length; length++) {
      expect(() => readElf(elf.subarray(0, length)), `${length} bytes`).toThrow(
        expect.objectContaining({ name: "ImageError" }),
      );
    }
  });
});
