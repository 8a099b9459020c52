/** What the documentation says: contracts, occupants, generations side by side and the matrix, with evidence. */
import {
  CONTRACTS,
  HVC_STUB_ERR,
  LINUX_STUBS,
  type Call,
  type Contract,
} from "../contract/index.js";
import {
  CALLERS,
  describeCase,
  describeSetup,
  type ClauseVerdict,
  type ContractResult,
  type MatrixCell,
  type SubjectResult,
  type Verdict,
} from "../lab/index.js";
import {
  code,
  heading,
  link,
  paragraph,
  verdict,
  type Block,
  type Inline,
  type Page,
  type Text,
} from "./document.js";

/** All that the documentation is made from. */
export interface Evidence {
  readonly subjects: readonly SubjectResult[];
  readonly matrix: readonly MatrixCell[];
}
export interface OccupantInfo {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly contract: string;
}

const contractPage = (id: string): string => `contract-${id}`;
const occupantPage = (id: string): string => `occupant-${id}`;
const selector = (call: Call): string =>
  call.selector.kind === "other"
    ? "any other value"
    : call.selector.value < 0
      ? `r0 = ${call.selector.value}`
      : `r0 = ${call.selector.value}`;

/** A verdict in one phrase. */
const describeVerdict = (v: Verdict): Inline => {
  switch (v.kind) {
    case "held":
      return verdict("good", `held in ${v.cases} cases`);
    case "violated":
      return verdict("bad", "violated");
    case "not-applicable":
      return verdict("plain", "not applicable");
    case "not-tried":
      return verdict("warn", "not tried");
  }
};
const proofOf = (where: string, v: ClauseVerdict): Text => {
  const { verdict: found } = v;
  const start: Inline[] = [`${where}: `, describeVerdict(found)];
  if (found.kind === "held") return [...start, ` (seed ${found.seed})`];
  if (found.kind === "violated")
    return [
      ...start,
      ", case ",
      code(describeCase(found.counterexample)),
      `: ${found.counterexample.found}`,
    ];
  return [...start, `: ${found.why}`];
};

/** Every place where a contract was asked: implementation or documentation. */
const placesOf = (
  contract: Contract,
  evidence: Evidence,
): { where: string; result: ContractResult }[] =>
  evidence.subjects.flatMap((s) =>
    s.phases.flatMap((p) =>
      [p.implementation, ...p.documentation]
        .filter((r) => r.contract.id === contract.id)
        .map((result) => ({ where: `${s.subject}, ${p.phase}`, result })),
    ),
  );

const contractOf = (contract: Contract, evidence: Evidence): Page => {
  const places = placesOf(contract, evidence);
  const calls: Block = {
    kind: "table",
    head: ["Call", "Selected by", "Takes", "May be changed", "What it does"],
    rows: contract.calls.map((c): Text[] => [
      [code(c.name)],
      [code(selector(c))],
      c.inputs.length === 0
        ? ["nothing"]
        : [c.inputs.map((i) => `r${i.register}: ${i.meaning}`).join("; ")],
      [c.mayClobber.length === 0 ? "not said" : c.mayClobber.join(", ")],
      [c.summary],
    ]),
  };
  const promises = contract.clauses.map((clause): Text[] => {
    const found = places.flatMap(({ where, result }) =>
      result.verdicts.filter((v) => v.clause.id === clause.id).map((v) => ({ where, v })),
    );
    const bad = found.filter(({ v }) => v.verdict.kind === "violated");
    const held = found.filter(({ v }) => v.verdict.kind === "held");
    const summary: Text =
      found.length === 0
        ? [verdict("warn", "never tried")]
        : bad.length > 0
          ? [
              verdict("bad", `violated in ${bad.length} of ${found.length} places`),
              "; ",
              ...proofOf(bad[0]!.where, bad[0]!.v),
            ]
          : held.length > 0
            ? [
                verdict("good", `held in ${held.length} places`),
                `; ${held.reduce((n, h) => n + (h.v.verdict.kind === "held" ? h.v.verdict.cases : 0), 0)} cases, seed ${held[0]!.v.verdict.kind === "held" ? held[0]!.v.verdict.seed : 0}`,
              ]
            : proofOf(found[0]!.where, found[0]!.v);
    return [
      [code(clause.id)],
      [clause.statement],
      [clause.strength],
      summary,
      [clause.sources.map((s) => `${s.what} [${s.mark}]`).join("; ")],
    ];
  });
  return {
    name: contractPage(contract.id),
    title: contract.title,
    blocks: [
      paragraph(contract.summary),
      {
        kind: "list",
        items: [
          ["Releases: ", contract.releases],
          [
            "Immediate of the HVC: ",
            code(contract.immediate === "any" ? "any" : `0x${contract.immediate.toString(16)}`),
          ],
          ["Who must implement it: ", contract.implementers],
          ["What a host may assume when it crashes: ", contract.hostAtCrash],
          [
            "Documented by: ",
            ...(contract.documentedBy.length === 0
              ? ["nothing"]
              : contract.documentedBy.flatMap((d, i): Inline[] => [
                  ...(i > 0 ? [", "] : []),
                  link(contractPage(d), d),
                ])),
          ],
          ["Sources: ", contract.sources.map((s) => `${s.what} [${s.mark}]`).join("; ")],
        ],
      },
      heading("Calls"),
      calls,
      heading("Promises, with the evidence"),
      { kind: "table", head: ["Clause", "Promise", "Kind", "Evidence", "Sources"], rows: promises },
    ],
  };
};

const occupantOf = (o: OccupantInfo, evidence: Evidence): Page => {
  const subject = evidence.subjects.find((s) => s.subject === o.id);
  const cells = evidence.matrix.filter((c) => c.occupant === o.id);
  const blocks: Block[] = [
    paragraph(
      o.summary,
      " It is an occupant of the laboratory's own, written to the contract ",
      link(contractPage(o.contract), o.contract),
      ".",
    ),
    heading("What each caller meets"),
    {
      kind: "table",
      head: ["Caller", "Setup", "What comes of it"],
      rows: cells.map((c): Text[] => [[code(c.caller)], [describeSetup(c.setup)], [c.words]]),
    },
  ];
  if (subject !== undefined) {
    blocks.push(heading("Verdicts"), {
      kind: "table",
      head: ["Setup", "Contract", "Clauses held", "Violated"],
      rows: subject.phases.flatMap((p) =>
        [p.implementation, ...p.documentation].map((r): Text[] => {
          const bad = r.verdicts.filter((v) => v.verdict.kind === "violated");
          return [
            [p.phase],
            [link(contractPage(r.contract.id), r.contract.id)],
            [
              `${r.verdicts.filter((v) => v.verdict.kind === "held").length} of ${r.verdicts.length}`,
            ],
            bad.length === 0
              ? [verdict("good", "none")]
              : [verdict("bad", bad.map((b) => b.clause.id).join(", "))],
          ];
        }),
      ),
    });
  }
  return { name: occupantPage(o.id), title: o.title, blocks };
};

const generations = (): Page => {
  const numbers = [
    ...new Set(
      LINUX_STUBS.flatMap((c) =>
        c.calls.flatMap((x) => (x.selector.kind === "value" ? [x.selector.value] : [])),
      ),
    ),
  ].toSorted((a, b) => a - b);
  const find = (c: Contract, value: number): Call | undefined =>
    c.calls.find((x) => x.selector.kind === "value" && x.selector.value === value) ??
    c.calls.find((x) => x.selector.kind === "other");
  return {
    name: "generations",
    title: "The generations side by side",
    blocks: [
      paragraph(
        "The numbers were renumbered between the proposals of 2017 and what was merged: the same number means different calls.",
      ),
      {
        kind: "table",
        head: ["Generation", "Releases", ...numbers.map((n) => `r0 = ${n}`), "else"],
        rows: LINUX_STUBS.map((c): Text[] => [
          [link(contractPage(c.id), c.id)],
          [c.releases],
          ...numbers.map((n): Text => [find(c, n)?.summary ?? "-"]),
          [c.calls.find((x) => x.selector.kind === "other")?.summary ?? "-"],
        ]),
      },
    ],
  };
};

const matrixPage = (evidence: Evidence, occupants: readonly OccupantInfo[]): Page => {
  const differing = evidence.matrix.filter((c) => c.disagreement !== undefined);
  return {
    name: "matrix",
    title: "Every caller against every occupant",
    blocks: [
      paragraph(
        `${evidence.matrix.length} cells, run in A32 and T32, with the HYP MMU on and off. ${evidence.matrix.filter((c) => c.predicted !== undefined).length} had been predicted by hand; ${differing.length} came out otherwise. The table shows A32 with the HYP MMU off; each occupant's page has all of them.`,
      ),
      ...(differing.length === 0
        ? []
        : [
            {
              kind: "list",
              items: differing.map((c): Text => [
                `${c.occupant}, ${c.caller}, ${describeSetup(c.setup)}: ${c.disagreement!}`,
              ]),
            } as Block,
          ]),
      {
        kind: "table",
        head: ["Occupant", ...CALLERS.map((c) => c.id)],
        rows: occupants.map((o): Text[] => [
          [link(occupantPage(o.id), o.id)],
          ...CALLERS.map((caller): Text => {
            const c = evidence.matrix.find(
              (x) =>
                x.occupant === o.id && x.caller === caller.id && !x.setup.thumb && !x.setup.hypMmu,
            );
            if (c === undefined) return [verdict("warn", "never tried")];
            const tone =
              c.outcome.kind === "returned" || c.outcome.kind === "entered" ? "plain" : "bad";
            return tone === "plain" ? [c.short] : [verdict(tone, c.short)];
          }),
        ]),
      },
      { kind: "list", items: CALLERS.map((c): Text => [code(c.id), `: ${c.intent}`]) },
    ],
  };
};

const index = (evidence: Evidence, occupants: readonly OccupantInfo[]): Page => ({
  name: "index",
  title: "The HVC ABI of 32-bit ARM kernels",
  blocks: [
    paragraph(
      "What happens when an ARM kernel executes HVC, given whatever occupies HYP mode at that moment: every generation of the ABI as data, each promise with its source and with the evidence of running it.",
    ),
    paragraph(
      "An evidence mark follows each source: V seen in source, P seen in a patch or mail, D derived by hand, M from memory.",
    ),
    heading("What was checked"),
    {
      kind: "table",
      head: [
        "Subject",
        "Promises of its generation",
        "Promises of its documentation",
        "Cases",
        "Seed",
      ],
      rows: evidence.subjects.map((s): Text[] => [
        occupants.some((o) => o.id === s.subject)
          ? [link(occupantPage(s.subject), s.subject)]
          : [s.subject],
        [s.violated === 0 ? verdict("good", "kept") : verdict("bad", `${s.violated} violated`)],
        [s.drift === 0 ? verdict("good", "kept") : verdict("warn", `${s.drift} not kept`)],
        [String(s.cases)],
        [String(s.seed)],
      ]),
    },
    heading("Contracts"),
    {
      kind: "list",
      items: CONTRACTS.map((c): Text => [
        link(contractPage(c.id), c.id),
        `: ${c.title}, ${c.releases}`,
      ]),
    },
  ],
});

/** Every page of the documentation. */
export const documentationPages = (
  evidence: Evidence,
  occupants: readonly OccupantInfo[],
): Page[] => [
  index(evidence, occupants),
  matrixPage(evidence, occupants),
  generations(),
  ...CONTRACTS.map((c) => contractOf(c, evidence)),
  ...occupants.map((o) => occupantOf(o, evidence)),
];
export const NAVIGATION: readonly Inline[] = [
  link("index", "Contents"),
  link("matrix", "Matrix"),
  link("generations", "Generations"),
];

/** A header for C and assembly out of the newest kernel contract and generation C. */
export const renderHeader = (): string => {
  const newest = CONTRACTS.find((c) => c.id === "linux-c")!;
  return [
    "/* SPDX-License-Identifier: Apache-2.0 */",
    `/* ${newest.title}: ${newest.summary} Made by hyplab docs; do not edit. */`,
    "#ifndef HYPLAB_HYP_ABI_H",
    "#define HYPLAB_HYP_ABI_H",
    "",
    ...newest.calls.flatMap((c) =>
      c.selector.kind === "value"
        ? [`/* ${c.summary} */`, `#define ${c.name.padEnd(24)} ${c.selector.value}`]
        : [],
    ),
    `#define ${"HVC_STUB_ERR".padEnd(24)} 0x${HVC_STUB_ERR.toString(16).padStart(8, "0")}`,
    "",
    "#endif",
    "",
  ].join("\n");
};
