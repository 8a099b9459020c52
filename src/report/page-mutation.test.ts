import { expect, test } from "vitest";
import type { MutationResult } from "../lab/index.js";
import { renderMarkdown } from "./render-markdown.js";
import { mutationDocument } from "./page-mutation.js";

const mutant = (offset: number, bit: number, kind: "equivalent" | "allowed") => ({
  flip: { address: 0x1000 + offset, bit },
  offset,
  verdict: { kind },
});

test("the page of flips has the score of each occupant and says where the contract leaves things open", () => {
  const result: MutationResult = {
    occupant: "stub-c",
    thumb: true,
    bytes: 1,
    mutants: [
      mutant(0, 0, "equivalent"),
      mutant(0, 1, "allowed"),
      mutant(0, 2, "allowed"),
      { flip: { address: 0x1004, bit: 3 }, offset: 4, verdict: { kind: "undecided", why: "time" } },
    ],
  };
  const text = renderMarkdown(mutationDocument([result]));
  expect(text).toContain("| T32 | 4 | 0 | 0 | 1 | 2 |");
  expect(text).toContain("bits 1, 2");
  expect(text).toContain("bit 3: time");
});
