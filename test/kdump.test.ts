/** Whole lives of Debian's kernel: boot, panic, soft restart through an occupant, second boot. */
import { beforeAll, describe, expect, test } from "vitest";
import { ImageError, loadImage, unpackZImage, type LoadedImage } from "../src/images/index.js";
import {
  brokenStages,
  fetchLifeSources,
  LIFE_MATRIX,
  playLife,
  prepareLife,
  rawForKexec,
  type LifeSources,
  type PreparedLife,
  type ScenarioResult,
  type ScenarioSetup,
} from "../src/lab/index.js";
import { renderScenarios, renderScenariosJson } from "../src/report/index.js";

/** Why an archive cannot be had: the machine's doing, not ours. */
const NOT_OURS = new Set(["no-apt", "fetch-failed", "package-not-found"]);
/** A boot takes seconds, on a busy machine a minute. */
const TIME = 900_000;

let missing: string | undefined;
let life: PreparedLife;
const load = async (): Promise<{ image: LoadedImage; sources: LifeSources }> => {
  const image = await loadImage("debian:linux-image-armmp-lpae");
  if (image.kind !== "zImage") throw new Error("Debian's kernel is a zImage");
  return { image, sources: await fetchLifeSources(rawForKexec(unpackZImage(image.zImage))) };
};
beforeAll(async () => {
  try {
    life = prepareLife({ kind: "kdump", cpus: 1, ...(await load()) });
  } catch (error) {
    if (!(error instanceof ImageError && NOT_OURS.has(error.code))) throw error;
    missing = error.message;
  }
}, TIME);

const play = (more: Partial<ScenarioSetup>): ScenarioResult =>
  playLife(
    life,
    {
      kind: "kdump",
      occupant: undefined,
      panic: "sysrq-c",
      cpus: 1,
      hypMmu: false,
      caller: "kernel",
      ...more,
    },
    { until: "announced" },
  );
const broken = (result: ScenarioResult): string[] =>
  brokenStages(result).map(({ clause }) => clause.stage);

test("the matrix has at least 24 scenarios, no two the same", () => {
  expect(LIFE_MATRIX.length).toBeGreaterThanOrEqual(24);
  expect(new Set(LIFE_MATRIX.map((s) => JSON.stringify(s))).size).toBe(LIFE_MATRIX.length);
});

describe("kdump of Debian's kernel", () => {
  test(
    "reaches the crash kernel in HYP mode through the kernel's own stub, the same way each time",
    ({ skip }) => {
      if (missing !== undefined) return skip(missing);
      const result = play({});
      expect(result.end).toBe("next kernel in HYP");
      expect(broken(result)).toEqual([]);
      expect(result.stages.map(({ verdict }) => verdict.kind)).not.toContain("not-reached");
      const again = play({});
      expect([again.endAt, again.console]).toEqual([result.endAt, result.console]);
      expect(renderScenariosJson([again])).toBe(renderScenariosJson([result]));
    },
    TIME,
  );

  test(
    "the mail's failure: the proposed call to KVM K3 branches to address 2 and dies in HYP mode",
    ({ skip }) => {
      if (missing !== undefined) return skip(missing);
      const result = play({ occupant: "kvm-k3", hypMmu: true, caller: "proposal" });
      expect(result.end).toBe("silent death");
      expect(result.why).toMatch(/prefetch abort in HYP mode.*at 0x00000002.*loops at/);
      expect(broken(result)).toEqual(["restart"]);
      const page = renderScenarios([result]).get("scenarios.html")!;
      expect(page).toContain("silent death");
      expect(page).toContain("at 0x00000002");
    },
    TIME,
  );

  test(
    "KVM K4 and the reference stub turn the HYP MMU off on the way; generation C's stub does not",
    ({ skip }) => {
      if (missing !== undefined) return skip(missing);
      for (const occupant of ["kvm-k4", "reference-stub"]) {
        const result = play({ occupant, hypMmu: true });
        expect([occupant, result.end, broken(result)]).toEqual([
          occupant,
          "next kernel in HYP",
          [],
        ]);
      }
      expect(broken(play({ occupant: "stub-c", hypMmu: true }))).toEqual(["next-entry-state"]);
    },
    TIME,
  );

  test(
    "a NULL call under panic_on_oops and SysRq from an interrupt get there as well",
    ({ skip }) => {
      if (missing !== undefined) return skip(missing);
      for (const panic of ["null-call", "interrupt"] as const) {
        const result = play({ panic });
        expect([panic, result.end, broken(result)]).toEqual([panic, "next kernel in HYP", []]);
      }
    },
    TIME,
  );
});
