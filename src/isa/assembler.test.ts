import { expect, test } from "vitest";
import { assemble } from "./index.js";

const words = (bytes: Uint8Array): string[] =>
  Array.from({ length: bytes.length / 4 }, (_, i) =>
    new DataView(bytes.buffer).getUint32(i * 4, true).toString(16),
  );

test("labels, literals and expressions are resolved in A32", () => {
  const { bytes, symbols } = assemble(
    `start: ldr r0, =value + 4
     loop: subs r1, r1, #1
     bne loop
     b start
     value: .word start, 0x12345678`,
    { base: 0x8000 },
  );
  expect(symbols.get("value")).toBe(0x8010);
  expect(words(bytes)).toEqual([
    "e59f0010",
    "e2511001",
    "1afffffd",
    "eafffffb",
    "8000",
    "12345678",
    "8014",
  ]);
});

test("an IT block gives its instructions their conditions in T32", () => {
  const { bytes } = assemble("cmp r0, #3\nite eq\nmoveq r0, #1\nmovne r0, #2\nbx lr", {
    thumb: true,
  });
  expect([...bytes].map((b) => b.toString(16).padStart(2, "0")).join("")).toBe(
    "03280cbf012002207047",
  );
});

test("a line that is no instruction is named with its number", () => {
  expect(() => assemble("nop\nfrobnicate r0")).toThrow(/line 2: .*frobnicate/);
});

test("a big-endian program has its data big-endian and its instructions little-endian", () => {
  const { bytes } = assemble("ldr r0, =0x11223344\n.short 0x5566\n.byte 0x77\n.align 4", {
    bigEndian: true,
  });
  expect([...bytes]).toEqual([
    ...[0x00, 0x00, 0x9f, 0xe5],
    ...[0x55, 0x66, 0x77, 0x00],
    ...[0x11, 0x22, 0x33, 0x44],
  ]);
});
