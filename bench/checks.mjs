// The check loop: cases a second of CPU time, each with a full reset, and all clauses of the call and a record of
// every changed word at its end.
import { CaseMaker, FastCalls, occupantSite } from "../dist/lab/index.js";
import { contractNamed } from "../dist/contract/index.js";
import { occupantNamed } from "../dist/occupants/index.js";
import { MODE, registerSlot } from "../dist/arch/index.js";

const IMAGES = 64;
/** CPU seconds of this process that `body` takes. */
const cpuSeconds = (body) => {
  const before = process.cpuUsage();
  body();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
};
const clausesOf = (contract, call) =>
  contract.clauses.filter(
    (c) => c.about.kind === "call" && c.about.call === call && c.expect.kind !== "path",
  );
/** A function that runs so many cases of a call in batches. */
const batches = (occupant, setup, callId) => {
  const site = occupantSite(occupant, setup);
  const contract = contractNamed(occupant.contract);
  const call = contract.calls.find((c) => c.id === callId);
  const fast = FastCalls.at(site);
  if (typeof fast === "string") throw new Error(fast);
  const maker = new CaseMaker(contract, call, site, { seed: 1, kernelCode: new Set([callId]) });
  for (let n = 0; n < IMAGES; n++) maker.tell(n, fast.image(n));
  const loop = fast.loop(clausesOf(contract, callId));
  const told = [];
  const run = (count) =>
    loop.run(0, count, IMAGES - 1, {
      machine: (n) => told.push(`case ${n} is the machine's`),
      broken: (n) => told.push(`case ${n} breaks a clause`),
    });
  run(IMAGES);
  return { run, told, fast, site, contract, call, maker };
};

/** The calls that the goals name. */
export const CHECKED_CALLS = [
  ["stub-d-kernel", false, "unknown"],
  ["stub-c", false, "set-vectors"],
  ["kvm-k4", true, "set-vectors"],
  ["kvm-k4", true, "reset-vectors"],
];
/** Cases a second of a call by name. */
export const benchCall = ([id, hypMmu, call], count = 2_000_000) => {
  const { run, told } = batches(occupantNamed(id), { thumb: false, hypMmu }, call);
  run(count);
  return () => {
    const seconds = cpuSeconds(() => run(count));
    if (told.length > 0) throw new Error(told[0]);
    return count / seconds;
  };
};

/** An occupant that writes a word to each of so many pages. */
const writesPages = (pages) => ({
  id: `writes-${pages}-pages`,
  title: "writes pages",
  family: "reference",
  contract: "linux-d-kernel",
  summary: "",
  needsStack: false,
  source: () =>
    [
      ".align 32",
      "vectors:",
      ...[0, 1, 2, 3, 4].map((n) => `vector_${n}: b vector_${n}`),
      "b hyp_trap",
      "vector_6: b vector_6",
      "vector_7: b vector_7",
      "hyp_trap:",
      "ldr r1, =0x40300000",
      ...Array.from({ length: pages }, () => ["str r0, [r1]", "add r1, r1, #4096"]).flat(),
      "eret",
    ].join("\n"),
});
/** Cases a second where each dirties so many pages, which are compared and put back. */
export const benchPages = (pages, count = Math.round(1_000_000 / pages)) => {
  const { fast, maker } = batches(writesPages(pages), { thumb: false, hypMmu: false }, "unknown");
  for (let n = 0; n < IMAGES; n++) maker.tell(n, fast.image(n));
  const loop = fast.loop([]);
  const run = () => {
    let machine = 0;
    loop.run(0, count, IMAGES - 1, { machine: () => machine++, broken: () => {} });
    if (machine > 0) throw new Error(`${machine} cases are the machine's`);
  };
  run();
  return () => count / cpuSeconds(run);
};

/** Cases a second of a sweep of r0, as `hyplab check --exhaustive r0` makes it. */
export const benchSweep = (id = "stub-c", count = 2 ** 22) => {
  const { fast, contract, call, maker } = batches(
    occupantNamed(id),
    { thumb: false, hypMmu: false },
    "unknown",
  );
  const first = maker.plainCases;
  for (let n = 0; n < IMAGES; n++) maker.tell(first + n, fast.image(n));
  const loop = fast.loop(clausesOf(contract, call.id), registerSlot(0, MODE.svc));
  const run = () =>
    loop.run(0x10000000, count, IMAGES - 1, {
      machine: (n) => {
        throw new Error(`value ${n} is the machine's`);
      },
      broken: (n) => {
        throw new Error(`value ${n} breaks a clause`);
      },
    });
  run();
  return () => count / cpuSeconds(run);
};

/** Milliseconds from a fresh site to the first batch judged: what a program that is asked once costs. */
export const benchSetUp = (id = "stub-c") => {
  const occupant = occupantNamed(id);
  return () => cpuSeconds(() => batches(occupant, { thumb: false, hypMmu: false }, "unknown")) * 1e3;
};

/** Prints all figures: `repeat` gives median and spread of a function's figures, `show` prints them. */
export const benchChecks = ({ repeat, show }) => {
  for (const of of CHECKED_CALLS)
    show(`checks: ${of[0]} ${of[2]}, HYP MMU ${of[1] ? "on" : "off"}`, "a second", repeat(benchCall(of)));
  show("checks: sweep of r0, stub-c", "a second", repeat(benchSweep()));
  for (const pages of [1, 4, 16, 64])
    show(`checks: ${pages} pages written, compared and put back`, "a second", repeat(benchPages(pages)));
  show("checks: set-up of an occupant, 64 cases", "ms", repeat(benchSetUp()), 1);
};

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const repeat = (body, rounds = 7) => {
    body();
    const figures = Array.from({ length: rounds }, () => body()).sort((a, b) => a - b);
    return { min: figures[0], median: figures[rounds >> 1], max: figures.at(-1) };
  };
  benchChecks({
    repeat,
    show: (what, unit, { min, median, max }, digits = 0) =>
      console.log(
        `${what.padEnd(58)} ${median.toFixed(digits).padStart(12)} ${unit}   (${min.toFixed(digits)} to ${max.toFixed(digits)})`,
      ),
  });
}
