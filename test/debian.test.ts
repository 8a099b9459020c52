/** The main job on real kernels: Debian's, fetched with the machine's own apt. */
import { describe, expect, test } from "vitest";
import { ImageError, loadImage, type LoadedImage } from "../src/images/index.js";
import { checkImage, violations } from "../src/lab/index.js";

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
});
