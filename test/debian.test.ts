/** The main job on real kernels: Debian's, fetched with the machine's own apt. */
import { describe, expect, test } from "vitest";
import { ImageError, loadImage, type LoadedImage } from "../src/images/index.js";
import {
  checkImage,
  phasesOf,
  randomSettings,
  randomWords,
  symbolicCall,
  violations,
} from "../src/lab/index.js";
import { callProblems } from "../src/lab/symbolic/testing/agreement.js";

const PACKAGES = ["debian:linux-image-armmp-lpae", "debian:linux-image-armmp"];
/** Why an archive cannot be had: the machine's doing, not ours. */
const NOT_OURS = new Set(["no-apt", "fetch-failed", "package-not-found"]);

const load = async (spec: string): Promise<LoadedImage | string> => {
  try {
    return await loadImage(spec);
  } catch (error) {
    if (error instanceof ImageError && NOT_OURS.has(error.code)) return error.message;
    throw error;
  }
};

describe.each(PACKAGES)("%s", (spec) => {
  test("keeps generation D in both of its stubs, and its documentation promises calls that it refuses", async ({
    skip,
  }) => {
    const image = await load(spec);
    if (typeof image === "string") return skip(image);
    const result = checkImage(image, spec);
    expect(result.phases.map((p) => [p.phase, p.contract.id, p.recognised, p.alsoFits])).toEqual([
      ["decompressor-stub", "linux-d-zimage", "by its answers", []],
      ["kernel-stub", "linux-d-kernel", "by its answers", []],
    ]);
    expect(
      result.phases.flatMap((p) => violations(p.implementation).map((v) => v.clause.id)),
    ).toEqual([]);
    const drift = result.phases[1]!.documentation.flatMap((d) =>
      violations(d).map((v) => v.clause.id),
    );
    expect(drift.toSorted()).toEqual([
      "doc-rst/reset-vectors/result",
      "doc-rst/set-vectors/result",
      "doc-rst/set-vectors/sets-vectors",
      // The stub turns nothing off: seen with the caches of HYP mode on.
      "doc-rst/soft-restart/caches-off",
    ]);
  }, 300_000);

  test("answers as the oracle saw it: 0x0badca11 and r1 to r12 kept, or entered in HYP mode with nothing changed", async ({
    skip,
  }) => {
    const image = await load(spec);
    if (typeof image === "string") return skip(image);
    const { site } = checkImage(image, spec, { cases: 8 }).phases[1]!;
    for (const r0 of [0, 2, 3, 4, 0x10, 0x7fffffff, 0x84000000, 0xffffffff]) {
      const { outcome, after, before } = site.call({ 0: r0 });
      expect(outcome.kind).toBe("returned");
      expect(after[0]! >>> 0).toBe(0x0badca11);
      expect(after.slice(1, 13)).toEqual(before.slice(1, 13));
    }
    const { outcome, after, before } = site.call({ 0: 1, 1: site.target(false) });
    expect(outcome).toMatchObject({ kind: "entered", mode: "hyp" });
    expect(after.slice(0, 13)).toEqual(before.slice(0, 13));
  }, 300_000);

  test("over terms both stubs have few paths, and concrete calls take one of them to the same end", async ({
    skip,
  }) => {
    const image = await load(spec);
    if (typeof image === "string") return skip(image);
    const seed = 20170117;
    const random = randomWords(seed);
    for (const { site } of phasesOf(image)) {
      const call = await symbolicCall(site, { targetFaults: true });
      expect(new Set(call.paths.map((p) => p.outcome.kind))).toEqual(
        new Set(["returned", "entered", "exception-in-hyp"]),
      );
      for (let n = 0; n < 60; n++) {
        const registers: Record<number, number> = {};
        for (let r = 0; r < 15; r++) registers[r] = random();
        if (n % 2 === 0) registers[0] = random() & 3;
        if (n % 3 === 0) registers[1] = site.target((random() & 1) === 1);
        const c = { flags: random() & (0xf80f0000 | 0), system: randomSettings(random, site) };
        expect(callProblems(call, site, registers, c, { n: 0 }), `seed ${seed}`).toEqual([]);
      }
    }
  }, 300_000);
});
