import { encoding, instruction, unpredictable } from "../instruction.js";
import { CONDITIONS, conditionNamed, type Element } from "../syntax/element.js";

/** The t/e letters of an IT block and its first condition: fields firstcond and mask. */
const itBlock: Element = {
  print(f) {
    const mask = f["mask"]!;
    const first = f["firstcond"]!;
    let letters = "";
    for (let bit = 3; bit > 0 && (mask & ((1 << bit) - 1)) !== 0; bit--) {
      letters += ((mask >>> bit) & 1) === (first & 1) ? "t" : "e";
    }
    return `${letters} ${first === 14 ? "al" : CONDITIONS[first]!}`;
  },
  parse(text, at) {
    const match = /^([te]{0,3})\s+([a-z]{2})\b/i.exec(text.slice(at));
    const first = match === null ? undefined : conditionNamed(match[2]!.toLowerCase());
    if (match === null || first === undefined) return [];
    let mask = 0;
    let bit = 3;
    for (const letter of match[1]!.toLowerCase()) {
      mask |= (letter === "t" ? first & 1 : (first & 1) ^ 1) << bit--;
    }
    return [{ fields: { firstcond: first, mask: mask | (1 << bit) }, end: at + match[0].length }];
  },
};

export const IT = instruction<object>({
  name: "IT",
  ref: "A8.8.54",
  summary: "Makes up to four following T32 instructions conditional.",
  encodings: [
    encoding("T1", "10111111 firstcond:4 mask:4", {
      asm: "it<block>",
      elements: { block: itBlock },
      see: ["NOP", "YIELD", "WFE", "WFI", "SEV", "hint (reserved)"],
      it: "outside",
      unconditional: true,
      unpredictable: [
        unpredictable(
          "firstcond is 1111, or AL with more than one instruction",
          (f) => f.firstcond === 15 || (f.firstcond === 14 && (f.mask & (f.mask - 1)) !== 0),
        ),
      ],
      operands: () => ({}),
    }),
  ],
  // The translator moves ITSTATE on; the instruction itself changes nothing else.
  execute() {},
});
