/** Hashes of what a proof is about: of the occupant's bytes, of the instruction records, of the contracts. */
import { MODE } from "../../arch/index.js";
import type { Contract } from "../../contract/index.js";
import { sha256 } from "../../images/index.js";
import { composeWord, DECODER, translateBlock, type BoundEncoding } from "../../isa/index.js";
import type { SubjectPhase } from "../check-subject.js";

const hexOf = (bytes: Uint8Array): string =>
  [...sha256(bytes)].map((b) => b.toString(16).padStart(2, "0")).join("");
const ofText = (text: string): string => hexOf(new TextEncoder().encode(text));

/** Of the occupant's code, range by range and phase by phase. */
export const imageFingerprint = (phases: readonly SubjectPhase[]): string =>
  ofText(
    phases
      .flatMap(({ phase, site }) =>
        site.options.code.map(
          ({ from, to }) => `${phase} ${from} ${hexOf(site.machine.memory.read(from, to - from))}`,
        ),
      )
      .join("\n"),
  );

/** Field values that an encoding is translated with: all zero, and some that can be told apart. */
const SAMPLES: readonly ((n: number, width: number) => number)[] = [
  () => 0,
  (n, width) => (n + 1) % 2 ** width,
  (n, width) => (0x5a5 >>> (n % 5)) % 2 ** width,
];
/** IR that the records make of samples of an encoding: it changes when what the record means does. */
const meaningOf = (e: BoundEncoding): unknown => {
  const nodes = SAMPLES.map((sample) => {
    const fields = Object.fromEntries(
      e.pattern.fields.map((f, n) => [f.name, f.name === "cond" ? 14 : sample(n, f.width)]),
    );
    const word = composeWord(e.pattern, fields);
    const [low, high] = [word & 0xffff, word >>> 16];
    const thumb = e.set !== "a32";
    const halves = e.set === "t16" ? [word] : thumb ? [high, low] : [low, high];
    return translateBlock(
      0,
      { thumb, it: 0, bigEndian: false, mode: MODE.hyp },
      {
        decoder: DECODER,
        cpu: "cortex-a15",
        policy: "cortex-a15",
        fetch: (address) => halves[address >> 1] ?? -1,
        limit: 1,
      },
    ).nodes;
  });
  return [e.id, e.pattern.mask, e.pattern.value, nodes];
};
let instructions: string | undefined;
/** Of every instruction record: its pattern, and what it means on samples of its fields. */
export const instructionFingerprint = (): string =>
  (instructions ??= ofText(JSON.stringify(DECODER.encodings.map(meaningOf))));

export const contractFingerprint = (contracts: readonly Contract[]): string =>
  ofText(JSON.stringify(contracts));
