/** A sample of the comparison of a boot with QEMU; `npm run boot-lockstep` runs as much of it as wanted. */
import { describe, expect, test } from "vitest";
import { ImageError } from "../src/images/index.js";
import { countKinds, bootLockstep } from "./boot-lockstep/run.js";
import { loadSubject, USUAL_SUBJECT, type Subject } from "./boot-lockstep/subject.js";
import { missingQemu } from "./lockstep/qemu.js";

/** Far enough for the first timer interrupts. */
const INSTRUCTIONS = 80_000_000;
/** Why an archive cannot be had: the machine's doing, not ours. */
const NOT_OURS = new Set(["no-apt", "fetch-failed", "package-not-found"]);

const load = async (): Promise<Subject | string> => {
  const missing = missingQemu();
  if (missing !== undefined) return `${missing}; install Debian's qemu-system-arm`;
  try {
    return await loadSubject(USUAL_SUBJECT);
  } catch (error) {
    if (error instanceof ImageError && NOT_OURS.has(error.code)) return error.message;
    throw error;
  }
};

describe("Debian's raw kernel", () => {
  test("takes the same exceptions, calls the same functions with the same registers, prints the same and leaves the same RAM as on QEMU", async ({
    skip,
  }) => {
    const subject = await load();
    if (typeof subject === "string") return skip(subject);
    const result = await bootLockstep(subject, {
      instructions: INSTRUCTIONS,
      choice: {
        functions: [
          "start_kernel",
          "setup_arch",
          "vprintk_emit",
          "ktime_get",
          "wake_up_process",
          "kernfs_add_one",
          "do_one_initcall",
          "driver_register",
        ],
        checkpoint: "kernel_init",
      },
    });
    expect(result.differences).toEqual([]);
    expect(result.complaints).toEqual([]);
    const kinds = new Map(countKinds(result.ours));
    expect(kinds.get("irq")).toBeGreaterThanOrEqual(1);
    expect(kinds.get("psci")).toBeGreaterThanOrEqual(6);
    expect(kinds.get("entry")).toBeGreaterThan(1000);
  }, 300_000);
});
