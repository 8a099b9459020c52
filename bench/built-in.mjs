// What the built-in occupants take: the matrix, one occupant's check.
import { checkOccupant, runMatrix } from "../dist/lab/index.js";
import { occupantNamed } from "../dist/occupants/index.js";
import { inTurns } from "./measure.mjs";
import { now } from "./process.mjs";

const timed = (body) => () => {
  const [begin, before] = [now(), process.cpuUsage()];
  body();
  const { user, system } = process.cpuUsage(before);
  return { wall: now() - begin, cpu: (user + system) / 1e6 };
};
export const benchBuiltIn = async ({ rounds, row }) => {
  for (const [name, what, body] of [
    ["matrix", "matrix of all built-in occupants", () => runMatrix()],
    ["stub-c", "check of stub-c in all setups", () => checkOccupant(occupantNamed("stub-c"))],
  ]) {
    const figures = await inTurns([["interpreter", timed(body)]], { rounds: Math.min(rounds, 3) });
    row({ section: "built-in", name, what, figures });
  }
};
