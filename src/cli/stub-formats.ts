/** The reference stub for other people's projects. */
import { contractNamed, HVC_STUB_ERR } from "../contract/index.js";
import { assembleOccupant, type Occupant } from "../occupants/index.js";

export const STUB_FORMATS = ["bin", "asm", "c", "rust"] as const;
export type StubFormat = (typeof STUB_FORMATS)[number];

/** Call numbers as the contract has them: the header and the code come out of the same record. */
const callNumbers = (occupant: Occupant): readonly [string, number][] =>
  contractNamed(occupant.contract)!.calls.flatMap((c) =>
    c.selector.kind === "value" ? [[c.name, c.selector.value] as [string, number]] : [],
  );

const rows = (bytes: Uint8Array, perLine: number, one: (b: number) => string): string =>
  Array.from(
    { length: Math.ceil(bytes.length / perLine) },
    (_, i) => `    ${[...bytes.subarray(i * perLine, (i + 1) * perLine)].map(one).join(", ")},`,
  ).join("\n");
const hexByte = (b: number): string => `0x${b.toString(16).padStart(2, "0")}`;

/** The stub in a format. The code is position-independent; put it on a 32-byte boundary, load HVBAR with it. */
export const emitStub = (
  occupant: Occupant,
  format: StubFormat,
  thumb: boolean,
): string | Uint8Array => {
  const { bytes } = assembleOccupant(occupant, { thumb }, 0);
  const about = [
    `${occupant.title}: ${occupant.summary}`,
    "Apache-2.0. Position-independent; place it on a 32-byte boundary and load its physical address into HVBAR,",
    `with the HYP MMU off or the page mapped flat${thumb ? ", and HSCTLR.TE set" : ""}. HVC #0, call number in r0; r0 is 0 or HVC_STUB_ERR afterwards.`,
  ];
  const calls = callNumbers(occupant);
  switch (format) {
    case "bin":
      return bytes;
    case "asm":
      return [
        ...about.map((l) => `@ ${l}`),
        ".syntax unified",
        thumb ? ".thumb" : ".arm",
        ".arch armv7ve",
        ".balign 32",
        ...calls.map(([n, v]) => `.equ ${n}, ${v}`),
        gnuSyntax(occupant, thumb),
      ].join("\n");
    case "c":
      return [
        "/*",
        ...about.map((l) => ` * ${l}`),
        " */",
        "#ifndef HYP_REFERENCE_STUB_H",
        "#define HYP_REFERENCE_STUB_H",
        "",
        ...calls.map(([n, v]) => `#define ${n.padEnd(20)} ${v}u`),
        `#define ${"HVC_STUB_ERR".padEnd(20)} 0x${HVC_STUB_ERR.toString(16)}u`,
        "",
        "#ifndef __ASSEMBLER__",
        `static const unsigned char hyp_reference_stub[${bytes.length}] __attribute__((aligned(32))) = {`,
        rows(bytes, 12, hexByte),
        "};",
        "#endif",
        "#endif",
        "",
      ].join("\n");
    case "rust":
      return [
        ...about.map((l) => `//! ${l}`),
        "",
        ...calls.map(([n, v]) => `pub const ${n}: u32 = ${v};`),
        `pub const HVC_STUB_ERR: u32 = 0x${HVC_STUB_ERR.toString(16)};`,
        "",
        "#[repr(C, align(32))]",
        `pub struct Stub(pub [u8; ${bytes.length}]);`,
        "#[used]",
        "pub static HYP_REFERENCE_STUB: Stub = Stub([",
        rows(bytes, 12, hexByte),
        "]);",
        "",
      ].join("\n");
  }
};
/** Our assembler's source as GNU as takes it. */
const gnuSyntax = (occupant: Occupant, thumb: boolean): string => {
  const source = occupant.source({ thumb }).replace(/^\.align (\d+)$/gm, ".balign $1");
  return `${thumb ? source : source.replace(/\bb\.w /g, "b ")}\n`;
};
