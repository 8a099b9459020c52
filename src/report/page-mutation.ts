/** The contract's own test: what became of every flipped bit of an occupant's code. */
import { scoreOf, type Mutant, type MutationResult } from "../lab/index.js";
import {
  code,
  details,
  heading,
  link,
  list,
  paragraph,
  table,
  verdict,
  type Block,
  type Page,
  type Text,
} from "./document.js";
import { occupantPage } from "./model.js";
import { plural } from "./wording.js";

export const MUTATION_PAGE = "mutation";

const setName = ({ thumb }: MutationResult): string => (thumb ? "T32" : "A32");
/** Flips of one byte on one line. */
const places = (mutants: readonly Mutant[]): Text[] => {
  const bytes = new Map<number, number[]>();
  for (const { offset, flip } of mutants)
    bytes.set(offset, [...(bytes.get(offset) ?? []), flip.bit]);
  return [...bytes].map(([offset, bits]): Text => [
    code(`+0x${offset.toString(16)}`),
    ` ${bits.length === 1 ? "bit" : "bits"} ${bits.join(", ")}`,
  ]);
};
/** Clauses by how many mutants each was the first to kill. */
const killers = (r: MutationResult): Text[][] => {
  const counted = new Map<string, number>();
  for (const { verdict: v } of r.mutants)
    if (v.kind === "killed")
      counted.set(v.found.clause.id, (counted.get(v.found.clause.id) ?? 0) + 1);
  return [...counted].toSorted((a, b) => b[1] - a[1]).map(([id, n]) => [[code(id)], [String(n)]]);
};
const section = (r: MutationResult): Block[] => {
  const undecided = r.mutants.filter((m) => m.verdict.kind === "undecided");
  const allowed = r.mutants.filter((m) => m.verdict.kind === "allowed");
  const name = `${r.occupant}, ${setName(r)}`;
  return [
    heading(name),
    details(
      [`Clauses that kill, by the number of flips that each was the first to notice`],
      table(`Clauses that kill: ${name}`, ["Clause", "Flips"], killers(r)),
    ),
    ...(allowed.length === 0
      ? []
      : [
          details(
            [
              `${plural(allowed.length, "flip")} that change something and break no clause: what the contract leaves open`,
            ],
            list(...places(allowed)),
          ),
        ]),
    ...(undecided.length === 0
      ? []
      : [
          details(
            [`${plural(undecided.length, "flip")} undecided`],
            list(
              ...undecided.map(({ offset, flip, verdict: v }): Text => [
                code(`+0x${offset.toString(16)}`),
                ` bit ${flip.bit}: ${v.kind === "undecided" ? v.why : ""}`,
              ]),
            ),
          ),
        ]),
  ];
};

export const mutationDocument = (results: readonly MutationResult[]): Page => ({
  name: MUTATION_PAGE,
  title: "How strong the contracts are",
  blocks: [
    paragraph(
      "Every bit of an occupant's code is flipped, one at a time. A contract that is strong enough notices each flip that changes what a caller may rely on: a case breaks a clause. Of a flip that no case shows, the prover says what it comes to: the same from every state, or a difference that every clause allows.",
    ),
    table(
      "Flips of every bit",
      [
        "Occupant",
        "Instruction set",
        "Flips",
        "Killed",
        "Of them by proof alone",
        "Proved equivalent",
        "Proved to differ in what is allowed alone",
        "Undecided",
      ],
      results.map((r): Text[] => {
        const score = scoreOf(r);
        const alone = r.mutants.filter(
          ({ verdict: v }) => v.kind === "killed" && v.by === "proof",
        ).length;
        return [
          [link(occupantPage(r.occupant), r.occupant)],
          [setName(r)],
          [String(score.mutants)],
          [String(score.killed)],
          [String(alone)],
          [String(score.equivalent)],
          [String(score.allowed)],
          [
            score.undecided === 0
              ? verdict("good", "none")
              : verdict("bad", String(score.undecided)),
          ],
        ];
      }),
    ),
    ...results.flatMap(section),
  ],
});
