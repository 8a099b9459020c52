/** Pages over everything: the contents, the generations side by side, and the matrix. */
import { HVC_STUB_ERR, LINUX_STUBS, type Call, type Contract } from "../contract/index.js";
import {
  CALLERS,
  describeSetup,
  SETUPS,
  statusOf,
  type MatrixCell,
  type SubjectResult,
} from "../lab/index.js";
import {
  code,
  definitions,
  file,
  heading,
  link,
  list,
  paragraph,
  table,
  verdict,
  type Block,
  type Inline,
  type Page,
  type Text,
} from "./document.js";
import {
  contractPage,
  contractsOf,
  FAMILIES,
  isJudged,
  isProved,
  occupantPage,
  type ReportModel,
} from "./model.js";
import { number, outcomeOf, plural, STATUS, subjectLink } from "./wording.js";

/** How many of the generation's promises that apply are proved, over all phases. */
const provedPromises = (s: SubjectResult): Inline => {
  const judged = s.phases
    .flatMap((p) => p.implementation.verdicts)
    .filter((v) => v.clause.strength === "promise" && isJudged(statusOf(v)));
  const proved = judged.filter((v) => isProved(statusOf(v))).length;
  if (judged.every((v) => v.proof === undefined)) return "not tried";
  return verdict(proved === judged.length ? "good" : "plain", `${proved} of ${judged.length}`);
};
export const indexDocument = (
  model: ReportModel,
  files: readonly (readonly [string, string])[],
): Page => ({
  name: "index",
  title: "The HVC ABI of 32-bit ARM kernels",
  blocks: [
    paragraph(
      "What happens when an ARM kernel executes HVC, given whatever occupies HYP mode at that moment: every generation of the ABI, each promise with its source and with the evidence of running it. Start with ",
      link("generations", "the generations side by side"),
      " or with ",
      link("matrix", "the matrix"),
      " of what every caller meets at every occupant; ",
      link("regressions", "the known bugs"),
      " are run with the bug and with the fix.",
    ),
    heading("What was checked"),
    table(
      "What was checked",
      [
        "Subject",
        "Its generation's promises",
        "Proved",
        "Its documentation's promises",
        "Cases",
        "Seed",
      ],
      model.subjects.map((s): Text[] => [
        [subjectLink(s.subject, model)],
        [s.violated === 0 ? verdict("good", "kept") : verdict("bad", `${s.violated} violated`)],
        [provedPromises(s)],
        [
          s.phases.every((p) => p.documentation.length === 0)
            ? "not documented"
            : s.drift === 0
              ? verdict("good", "kept")
              : verdict("warn", `${s.drift} not kept`),
        ],
        [String(s.cases)],
        [String(s.seed)],
      ]),
    ),
    paragraph("A promise is counted once in every phase or setup in which it was asked."),
    heading("Contracts"),
    ...FAMILIES.flatMap(([family, title]): Block[] => [
      heading(title, 3),
      list(
        ...contractsOf(family).map((c): Text => [
          link(contractPage(c.id), c.title),
          `, ${c.releases}: ${c.summary}`,
        ]),
      ),
    ]),
    heading("Occupants"),
    list(
      ...model.occupants.map((o): Text => [link(occupantPage(o.id), o.title), `: ${o.summary}`]),
    ),
    heading("How to read it"),
    definitions(
      [
        "promise",
        [
          "Documented, or relied on by a caller. A promise that is violated is a fault of the implementation, or drift where only documentation makes it.",
        ],
      ],
      ["observation", ["How the generation happens to behave. Nobody may rely on it."]],
      [
        "held",
        ["No case broke it. It is no proof: the number of cases and the seed stand beside it."],
      ],
      ["violated", ["A case broke it. The smallest case known stands beside it."]],
      [
        "not applicable",
        ["The situation that it speaks of does not exist there; the reason stands beside it."],
      ],
      ["not tried, never tried", ["Nobody asked. It is never shown as fine."]],
      [
        "marks of sources",
        ["V: seen in source. P: seen in a patch or mail. D: derived by hand. M: from memory."],
      ],
    ),
    heading("Other forms"),
    list(...files.map(([path, text]): Text => [file(path, text)])),
  ],
});

const callFor = (c: Contract, value: number): Call | undefined =>
  c.calls.find((x) => x.selector.kind === "value" && x.selector.value === value) ??
  c.calls.find((x) => x.selector.kind === "other");
const answer = (contract: Contract, call: Call | undefined): Text =>
  call === undefined
    ? ["not said"]
    : [
        link(
          contractPage(contract.id),
          call.selector.kind === "other" ? STATUS[call.status] : call.name.replace(/^HVC_/, ""),
          `call-${call.id}`,
        ),
        `: ${outcomeOf(call)}`,
      ];
/** A question about a generation, answered from its record. */
const QUESTIONS: readonly (readonly [string, (c: Contract) => Text])[] = [
  ["Releases", (c) => [c.releases]],
  [
    "Calls by name",
    (c) => [
      c.calls
        .flatMap((x) =>
          x.selector.kind === "value"
            ? [`${x.name.replace(/^HVC_/, "")} (${number(x.selector.value)})`]
            : [],
        )
        .join(", ") || "none",
    ],
  ],
  [
    "Soft restart takes its target in",
    (c) => {
      const call = c.calls.find((x) => x.id === "soft-restart");
      return [
        call === undefined ? "no such call" : call.inputs.map((i) => `r${i.register}`).join(", "),
      ];
    },
  ],
  [
    "An unknown call",
    (c) =>
      answer(
        c,
        c.calls.find((x) => x.selector.kind === "other"),
      ),
  ],
  ["A host that crashes may assume", (c) => [c.hostAtCrash]],
];

export const generationsDocument = (): Page => {
  const implementations = [...LINUX_STUBS, ...contractsOf("kvm")];
  const documents = contractsOf("documentation");
  const numbers = [
    ...new Set(
      [...implementations, ...documents].flatMap((c) =>
        c.calls.flatMap((x) => (x.selector.kind === "value" ? [x.selector.value | 0] : [])),
      ),
    ),
  ].toSorted((a, b) => a - b);
  const names = [
    ...new Set(
      LINUX_STUBS.flatMap((c) =>
        c.calls.flatMap((x) => (x.name.startsWith("HVC_") ? [x.name] : [])),
      ),
    ),
  ];
  const byNumber = (caption: string, contracts: readonly Contract[]): Block =>
    table(
      caption,
      ["Contract", ...numbers.map((n) => `r0 = ${n}`), "any other r0"],
      contracts.map((c): Text[] => [
        [link(contractPage(c.id), c.id)],
        ...numbers.map((n) => answer(c, callFor(c, n))),
        answer(
          c,
          c.calls.find((x) => x.selector.kind === "other"),
        ),
      ]),
    );
  return {
    name: "generations",
    title: "The generations side by side",
    blocks: [
      paragraph(
        "The calls were renumbered between the proposals of 2017 and what was merged, so that the same number means different calls: a caller of one generation that meets an occupant of another is answered, but not as it meant.",
      ),
      heading("The same call, its number"),
      table(
        "Number of each call in each generation of the stub",
        ["Call", ...LINUX_STUBS.map((c) => c.id.replace(/^linux-/, ""))],
        names.map((name): Text[] => [
          [code(name)],
          ...LINUX_STUBS.map((c): Text => {
            const call = c.calls.find((x) => x.name === name);
            return call?.selector.kind === "value"
              ? [link(contractPage(c.id), number(call.selector.value), `call-${call.id}`)]
              : ["none"];
          }),
        ]),
      ),
      paragraph("HVC_STUB_ERR is ", code(number(HVC_STUB_ERR)), "."),
      heading("The same number, its meaning"),
      byNumber("Linux's stub and KVM, by r0", implementations),
      heading("What the documentation promised"),
      byNumber(
        "The kernel's documentation, by r0",
        documents.filter((c) => c.calls.length > 0),
      ),
      heading("Differences in words"),
      table(
        "The generations of the stub",
        ["", ...LINUX_STUBS.map((c) => c.title)],
        QUESTIONS.map(([question, ask]): Text[] => [[question], ...LINUX_STUBS.map(ask)]),
      ),
    ],
  };
};

const cellText = (c: MatrixCell): Inline =>
  c.outcome.kind === "returned" || c.outcome.kind === "entered" ? c.short : verdict("bad", c.short);

export const matrixDocument = (model: ReportModel): Page => {
  const predicted = model.matrix.filter((c) => c.predicted !== undefined);
  const disagreements = new Map<string, string[]>();
  for (const c of model.matrix) {
    if (c.disagreement === undefined) continue;
    const key = JSON.stringify([c.occupant, c.caller, c.disagreement]);
    disagreements.set(key, [...(disagreements.get(key) ?? []), describeSetup(c.setup)]);
  }
  const differing = model.matrix.filter((c) => c.disagreement !== undefined).length;
  const grid = (title: string, pick: (c: MatrixCell) => boolean): Block =>
    table(
      title,
      ["Occupant", ...CALLERS.map((c) => c.id)],
      model.occupants.map((o): Text[] => [
        [link(occupantPage(o.id), o.id)],
        ...CALLERS.map((caller): Text => {
          const c = model.matrix.find(
            (x) => x.occupant === o.id && x.caller === caller.id && pick(x),
          );
          return c === undefined
            ? [verdict("warn", "never tried")]
            : [cellText(c), ...(c.disagreement === undefined ? [] : [" (not as predicted)"])];
        }),
      ]),
    );
  return {
    name: "matrix",
    title: "Every caller against every occupant",
    blocks: [
      paragraph(
        `${plural(model.matrix.length, "cell")}, run in A32 and T32, with the HYP MMU on and off. ${predicted.length} had been predicted by hand; ${differing} came out otherwise. The caller is a kernel that crashes: SVC mode, its MMU already off.`,
      ),
      heading("Callers"),
      definitions(...CALLERS.map((c) => [c.id, [c.intent]] as const)),
      heading("Where running disagrees with the prediction"),
      disagreements.size === 0
        ? paragraph("Nowhere.")
        : list(
            ...[...disagreements].map(([key, setups]): Text => {
              const [occupant = "", caller = "", what = ""] = JSON.parse(key) as string[];
              return [
                link(occupantPage(occupant), occupant),
                ", ",
                code(caller),
                ` (${setups.length === SETUPS.length ? "all setups" : setups.join("; ")}): ${what}. Running is what the code does; the prediction was made by hand.`,
              ];
            }),
          ),
      ...SETUPS.flatMap((setup): Block[] => [
        heading(describeSetup(setup)),
        grid(
          describeSetup(setup),
          (c) => c.setup.thumb === setup.thumb && c.setup.hypMmu === setup.hypMmu,
        ),
      ]),
    ],
  };
};
