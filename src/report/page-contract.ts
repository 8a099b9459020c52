/** A contract's page: its calls, registers, errors and every promise with the evidence. */
import type { Call, Clause, Contract } from "../contract/index.js";
import {
  code,
  definitions,
  details,
  heading,
  joined,
  link,
  list,
  paragraph,
  table,
  type Block,
  type Inline,
  type Page,
  type Text,
} from "./document.js";
import {
  clausePlace,
  isJudged,
  isProved,
  contractPage,
  occupantPage,
  type ReportModel,
  type Sighting,
} from "./model.js";
import {
  immediateOf,
  outcomeOf,
  registerRange,
  sameSources,
  selectorOf,
  slotNames,
  sourcesOf,
  STATUS,
  valueOf,
} from "./wording.js";
import { evidenceLines, statusOver } from "./status-words.js";

/** "HVC" and the call's own heading; several calls may share a name. */
const callId = (call: Call): string => `call-${call.id}`;
const inputsOf = (call: Call): Text =>
  joined(
    [
      [code("r0"), call.selector.kind === "value" ? ": the call's number" : ": the call"],
      ...call.inputs.map((i): Text => [code(`r${i.register}`), `: ${i.meaning}`]),
    ],
    "; ",
  );

/** A core register on entry and afterwards; `undefined` on entry means that the call does not look at it. */
const registerRows = (call: Call): Text[][] => {
  const clobbered = new Set(call.mayClobber.map((r) => (r === "ip" ? "r12" : r)));
  const rows: { n: number[]; entry: string; after: string }[] = [];
  for (let n = 0; n <= 12; n++) {
    const input = call.inputs.find((i) => i.register === n);
    const entry =
      input?.meaning ??
      (n > 0
        ? "any value"
        : call.selector.kind === "value"
          ? selectorOf(call).slice("r0 = ".length)
          : "a value that no other call names");
    const result = call.results.find((r) => r.register === n);
    const after =
      result !== undefined
        ? result.words
        : call.keeps.includes(`R${n}`)
          ? "kept"
          : clobbered.has(`r${n}`)
            ? "may be changed"
            : "not said";
    const last = rows.at(-1);
    if (last !== undefined && n > 1 && last.entry === entry && last.after === after) last.n.push(n);
    else rows.push({ n: [n], entry, after });
  }
  return rows.map(({ n, entry, after }) => [[registerRange(n)], [entry], [after]]);
};

const effectsOf = (call: Call): Text[] =>
  call.effects.map((e): Text =>
    e.kind === "set"
      ? [code(e.register), ` becomes ${valueOf(e.value)}`]
      : [code(e.register), `: ${e.names} become 0`],
  );

const conditions = (clause: Clause): string => {
  const { kernel, hypMmu, svcMmu, byteOrder } = clause.applies;
  const parts = [
    ...(kernel === undefined ? [] : [`a kernel built for ${kernel}`]),
    ...(hypMmu === undefined ? [] : [`the HYP MMU ${hypMmu}`]),
    ...(svcMmu === undefined ? [] : [`the SVC MMU ${svcMmu}`]),
    ...(byteOrder === undefined ? [] : [`a ${byteOrder}-endian kernel`]),
  ];
  return parts.length === 0 ? "" : ` Applies with ${parts.join(" and ")}.`;
};

/** Promises as a table, with the evidence of each place below. */
const promises = (
  caption: string,
  contract: Contract,
  clauses: readonly Clause[],
  sightings: ReadonlyMap<string, readonly Sighting[]>,
  model: ReportModel,
): Block[] => {
  const places = (c: Clause): readonly Sighting[] => sightings.get(c.id) ?? [];
  const evidence = clauses.flatMap((c): Block[] => {
    const lines = evidenceLines(places(c), model);
    return lines.length === 0 ? [] : [paragraph(code(c.id), ": ", c.statement), list(...lines)];
  });
  return [
    table(
      caption,
      ["Clause", "What is said", "Kind", "Status"],
      clauses.map((c): Text[] => [
        [code(c.id.slice(contract.id.length + 1), clausePlace(c).id)],
        [
          c.statement + conditions(c),
          ...(sameSources(c.sources, contract.sources) ? [] : [` Source: ${sourcesOf(c.sources)}`]),
        ],
        [c.strength],
        [statusOver(c, places(c))],
      ]),
    ),
    ...(evidence.length === 0 ? [] : [details(["Evidence, place by place"], ...evidence)]),
  ];
};

const callSection = (
  call: Call,
  contract: Contract,
  sightings: ReadonlyMap<string, readonly Sighting[]>,
  model: ReportModel,
): Block[] => {
  const clauses = contract.clauses.filter(
    (c) => c.about.kind === "call" && c.about.call === call.id,
  );
  const effects = effectsOf(call);
  const others = call.keeps.filter((s) => !/^R\d+$/.test(s));
  return [
    heading(
      call.name === selectorOf(call) ? call.name : `${call.name} (${selectorOf(call)})`,
      3,
      callId(call),
    ),
    paragraph(
      call.summary,
      ` ${STATUS[call.status].replace(/^./, (c) => c.toUpperCase())}; `,
      outcomeOf(call),
      ".",
    ),
    table(`Registers of ${call.name}`, ["Register", "On entry", "Afterwards"], registerRows(call)),
    ...(effects.length > 0 || others.length > 0 || call.unspecified.length > 0
      ? [
          definitions(
            ...(effects.length > 0 ? [["System state", joined(effects, "; ")] as const] : []),
            ...(others.length > 0 ? [["Also kept", slotNames(others)] as const] : []),
            ...(call.unspecified.length > 0
              ? [["Not said", [call.unspecified.join("; ")]] as const]
              : []),
          ),
        ]
      : []),
    ...(clauses.length === 0
      ? []
      : promises(`What is promised of ${call.name}`, contract, clauses, sightings, model)),
  ];
};

const errors = (contract: Contract): Block[] => {
  const refused = contract.calls.filter((c) => c.status === "refused");
  if (refused.length === 0)
    return [
      paragraph(
        contract.calls.some((c) => c.selector.kind === "other")
          ? "There is no error value: every number is taken for something."
          : "No error value can be checked by call: the text names its calls and leaves other numbers to the implementation.",
      ),
    ];
  return [
    table(
      "Calls that are refused",
      ["Call", "Selected by", "The caller gets"],
      refused.map((c): Text[] => [
        [link(contractPage(contract.id), c.name, callId(c))],
        [code(selectorOf(c))],
        [outcomeOf(c)],
      ]),
    ),
  ];
};

/** What is promised of a call, in one verdict. */
const callVerdict = (
  call: Call,
  contract: Contract,
  sightings: ReadonlyMap<string, readonly Sighting[]>,
): Text => {
  const own = contract.clauses.filter(
    (c) => c.strength === "promise" && c.about.kind === "call" && c.about.call === call.id,
  );
  if (own.length === 0) return ["no promise"];
  const clauseIn = (...kinds: Sighting["status"]["kind"][]): number =>
    own.filter((c) => (sightings.get(c.id) ?? []).some((p) => kinds.includes(p.status.kind)))
      .length;
  const bad = clauseIn("violated", "inconsistent");
  if (bad > 0)
    return [{ kind: "verdict", tone: "bad", text: `${bad} of ${own.length} violated somewhere` }];
  const everywhere = own.filter((c) => {
    const judged = (sightings.get(c.id) ?? []).filter((p) => isJudged(p.status));
    return judged.length > 0 && judged.every((p) => isProved(p.status));
  }).length;
  if (everywhere === own.length)
    return [{ kind: "verdict", tone: "good", text: `${own.length} of ${own.length} proved` }];
  const held = clauseIn("held", "proved", "proved-under-assumptions");
  if (held === own.length)
    return [{ kind: "verdict", tone: "good", text: `${held} of ${own.length} held` }];
  return [
    { kind: "verdict", tone: "warn", text: `${held} of ${own.length} held, the rest not tried` },
  ];
};

export const contractDocument = (
  contract: Contract,
  sightings: ReadonlyMap<string, readonly Sighting[]>,
  model: ReportModel,
): Page => {
  const occupants = model.occupants.filter((o) => o.contract === contract.id);
  const standing = (kind: Clause["about"]["kind"]): readonly Clause[] =>
    contract.clauses.filter((c) => c.about.kind === kind);
  const section = (title: string, kind: "vectors" | "installation"): Block[] => {
    const clauses = standing(kind);
    return clauses.length === 0
      ? []
      : [heading(title), ...promises(title, contract, clauses, sightings, model)];
  };
  const linkTo = (id: string): Inline => link(contractPage(id), id);
  return {
    name: contractPage(contract.id),
    title: contract.title,
    blocks: [
      paragraph(contract.summary),
      definitions(
        ["Contract", [code(contract.id), `, ${contract.kind}`]],
        ["Releases", [contract.releases]],
        [
          "Instruction",
          [code(`HVC ${immediateOf(contract)}`), ", issued in SVC mode; r0 selects the call"],
        ],
        ["Who must implement it", [contract.implementers]],
        ["Scope", [contract.scope]],
        ["Answers in", [contract.phases.join(", ")]],
        ["A host that crashes may assume", [contract.hostAtCrash]],
        ...(contract.kind === "documentation"
          ? []
          : [
              [
                "Documentation of its day",
                contract.documentedBy.length === 0
                  ? ["none"]
                  : joined(contract.documentedBy.map((d): Text => [linkTo(d)])),
              ] as const,
            ]),
        ...(contract.restates === undefined
          ? []
          : [
              [
                "Repeats",
                [
                  linkTo(contract.restates),
                  ", word for word for 32-bit: its promises are checked there",
                ],
              ] as const,
            ]),
        ...(occupants.length === 0
          ? []
          : [
              [
                "Occupants",
                joined(occupants.map((o): Text => [link(occupantPage(o.id), o.title)])),
              ] as const,
            ]),
        ["Sources", [sourcesOf(contract.sources)]],
      ),
      ...(contract.notes.length === 0
        ? []
        : [heading("Notes"), list(...contract.notes.map((n): Text => [n]))]),
      heading("Calls"),
      table(
        "Calls",
        [
          "Call",
          "Selected by",
          "Takes",
          "What comes of it",
          "May be changed",
          "Answer",
          "Promises",
        ],
        contract.calls.map((c): Text[] => [
          [link(contractPage(contract.id), c.name, callId(c))],
          [code(selectorOf(c))],
          c.inputs.length === 0 ? ["nothing else"] : inputsOf(c).slice(3),
          [outcomeOf(c)],
          [c.mayClobber.length === 0 ? "not said" : c.mayClobber.join(", ")],
          [STATUS[c.status]],
          callVerdict(c, contract, sightings),
        ]),
      ),
      heading("Errors"),
      ...errors(contract),
      heading("Call by call", 2, "call-by-call"),
      ...contract.calls.flatMap((c) => callSection(c, contract, sightings, model)),
      ...section("The vector table", "vectors"),
      ...section("What installation leaves", "installation"),
    ],
  };
};
