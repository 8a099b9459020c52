// `node bench/solvers.mjs` after `npm run build`: queries a second of each back end, on the queries that the prover asks
// of some occupants. Wall-clock time, since most back ends are processes of their own; so let the machine be idle.
import { spawnSync } from "node:child_process";
import { CdclSolver, SmtLibSolver, Z3Solver } from "../dist/engines/index.js";
import { proveOccupant } from "../dist/lab/index.js";
import { occupantNamed } from "../dist/occupants/index.js";

const SUBJECTS = ["stub-d-kernel", "kvm-k3", "kvm-k4", "reference-stub"];
const ROUNDS = 5;
const limits = { timeoutMs: 60_000 };

const own = new CdclSolver();
const queries = [];
const recorder = {
  name: own.name,
  version: own.version,
  check(query, within) {
    queries.push(query);
    return own.check(query, within);
  },
  close: () => own.close(),
};
for (const id of SUBJECTS)
  await proveOccupant(occupantNamed(id), { solver: recorder, timeoutMs: limits.timeoutMs });

const present = (program) => spawnSync("which", [program]).status === 0;
const solvers = [
  ["our own", own],
  ["our own, with refutations", new CdclSolver({ certify: true })],
  ["z3-solver (npm)", await Z3Solver.start()],
];
for (const program of ["z3", "cvc5"])
  if (present(program)) solvers.push([program, await SmtLibSolver.start(program)]);
  else console.log(`skipped: ${program} is not in PATH`);

console.log(
  `Node ${process.versions.node}; ${queries.length} queries of ${SUBJECTS.join(", ")}; queries a second, median (minimum to maximum) of ${ROUNDS} runs after one to warm up`,
);
for (const [what, solver] of solvers) {
  const figures = [];
  const slowest = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now();
    let longest = 0;
    for (const query of queries) {
      const asked = performance.now();
      await solver.check(query, limits);
      longest = Math.max(longest, performance.now() - asked);
    }
    if (round === 0) continue;
    figures.push((1000 * queries.length) / (performance.now() - start));
    slowest.push(longest);
  }
  figures.sort((a, b) => a - b);
  const [min, median, max] = [0, ROUNDS >> 1, ROUNDS - 1].map((i) => figures[i].toFixed(0));
  console.log(
    `${what.padEnd(28)} ${median.padStart(6)}   (${min} to ${max})   slowest query ${Math.max(...slowest).toFixed(0)} ms`,
  );
}
for (const [, solver] of solvers) await solver.close();
