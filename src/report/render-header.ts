/** The ABI's numbers for C and assembly. */
import {
  HVC_STUB_ERR,
  LINUX_STUBS,
  contractNamed,
  type Call,
  type Contract,
} from "../contract/index.js";
import { number, outcomeOf } from "./wording.js";

/** Contract whose names the header gives without a prefix: what was merged, all calls. */
const MERGED = "linux-c";
/** Text that cannot end a comment of C. */
const comment = (s: string): string => s.replaceAll("*/", "* /").replace(/\s+/g, " ");
const define = (name: string, value: string): string => `#define ${name.padEnd(40)} ${value}`;
const named = (c: Contract): readonly (Call & { selector: { kind: "value"; value: number } })[] =>
  c.calls.filter(
    (x): x is Call & { selector: { kind: "value"; value: number } } =>
      x.selector.kind === "value" && x.name.startsWith("HVC_"),
  );

const callLines = (call: Call & { selector: { value: number } }): string[] => [
  "/*",
  ` * ${comment(call.summary)}`,
  ` *   r0: ${number(call.selector.value)}`,
  ...call.inputs.map((i) => ` *   r${i.register}: ${comment(i.meaning)}`),
  ` *   outcome: ${comment(outcomeOf(call))}`,
  ` *   may be changed: ${call.mayClobber.length === 0 ? "not said" : call.mayClobber.join(", ")}`,
  " */",
  define(call.name, number(call.selector.value)),
];
/** A header that C and GNU as (through cpp) both take: defines alone. */
export const renderHeader = (): string => {
  const merged = contractNamed(MERGED)!;
  return [
    "/* SPDX-License-Identifier: Apache-2.0 */",
    `/* ${comment(merged.title)}: ${comment(merged.summary)} Made by hyplab docs; do not edit. */`,
    "#ifndef HYPLAB_HYP_ABI_H",
    "#define HYPLAB_HYP_ABI_H",
    "",
    ...named(merged).flatMap((c) => [...callLines(c), ""]),
    "/* r0 after a call that is refused. */",
    define("HVC_STUB_ERR", `0x${HVC_STUB_ERR.toString(16).padStart(8, "0")}`),
    "",
    "/* The numbers of each generation: the same name has not the same number in all of them. */",
    ...LINUX_STUBS.flatMap((c) => {
      const calls = named(c);
      const prefix = c.id.toUpperCase().replaceAll("-", "_");
      return calls.length === 0
        ? []
        : [
            "",
            `/* ${comment(c.title)}, ${comment(c.releases)} */`,
            ...calls.map((x) => define(`${prefix}_${x.name}`, number(x.selector.value))),
          ];
    }),
    "",
    "#endif /* HYPLAB_HYP_ABI_H */",
    "",
  ].join("\n");
};
