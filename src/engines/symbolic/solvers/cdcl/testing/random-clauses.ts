import { randomNumbers } from "../../../terms/testing/random-term.js";
import { Cnf } from "../cnf.js";

/** Random clauses of three literals; 4.26 clauses a variable is the threshold. */
export const randomClauses = (seed: number, variables: number, clauses: number): Cnf => {
  const below = randomNumbers(seed);
  const cnf = new Cnf();
  for (let v = 0; v < variables; v++) cnf.newVariable();
  for (let i = 0; i < clauses; i++) {
    const literal = (): number => (below(variables) + 1) * (below(2) === 0 ? 1 : -1);
    cnf.add(literal(), literal(), literal());
  }
  return cnf;
};
