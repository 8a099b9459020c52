/** Flag ops of compiled code: as much of their expansion as somebody reads. */
import { SLOT } from "../../arch/index.js";
import {
  FLAG_OPS,
  type Apply,
  type FlagName,
  type FlagOpName,
  type PureOpName,
} from "../../ir/index.js";
import type { Frame, Operand } from "./frame.js";

/** The flags that live, each put into its local when all are known. */
export const writeFlags = (
  frame: Frame,
  op: FlagOpName,
  args: readonly Operand[],
  live: number,
): void => {
  interface Term {
    readonly op: PureOpName;
    readonly args: readonly (Term | Operand)[];
    place?: Operand;
  }
  const apply: Apply<Term | Operand> = (name, ...terms) => ({ op: name, args: terms });
  const place = (term: Term | Operand): Operand => {
    if (!("op" in term)) return term;
    if (term.place === undefined) {
      frame.pure(term.op, term.args.map(place));
      const local = frame.temporary();
      frame.f.set(local);
      term.place = { local };
    }
    return term.place;
  };
  const values = FLAG_OPS[op].expand(apply, (constant): Term | Operand => ({ constant }), ...args);
  const results: [number, Operand][] = [];
  for (const [flag, term] of Object.entries(values)) {
    const home = frame.homeOf(SLOT[flag as FlagName])!;
    if ((live & (1 << (home - frame.firstHome))) !== 0) results.push([home, place(term)]);
  }
  for (const [home, operand] of results) {
    frame.push(operand);
    frame.f.set(home);
  }
};
