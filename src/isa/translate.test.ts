import { expect, test } from "vitest";
import { MODE } from "../arch/index.js";
import { DECODER, translateBlock } from "./index.js";

const halfwords = (...code: number[]): ((address: number) => number) => {
  return (address) => code[(address - 0x8000) >> 1] ?? -1;
};
const lastNode = (it: number, fetch: (address: number) => number): string =>
  translateBlock(
    0x8000,
    { thumb: true, it, bigEndian: false, mode: MODE.svc },
    { decoder: DECODER, cpu: "cortex-a15", policy: "cortex-a15", fetch, limit: 48 },
  ).nodes.at(-1)!.kind;

// NOP; NOP; ITEE GT; SEV, which ends the block; NOP
const ENDS_IN_IT = halfwords(0xbf00, 0xbf00, 0xbfce, 0xbf40, 0xbf00);

test("a block that ends in an IT block goes on with ITSTATE, be it the one that it began with", () => {
  // From outside of an IT block, and from one whose ITSTATE is that behind the SEV.
  expect(lastNode(0, ENDS_IN_IT)).toBe("exitDispatch");
  expect(lastNode(0xdc, ENDS_IN_IT)).toBe("exitDispatch");
});

test("a block outside of IT blocks goes on directly", () => {
  expect(lastNode(0, halfwords(0xbf00, 0xbf40, 0xbf00))).toBe("exitGoto");
});
