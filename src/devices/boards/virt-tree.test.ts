import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type DeviceTree, readDtb, walkNodes, writeDtb } from "../../images/index.js";
import { pipe, toolTest } from "../../images/testing/tools.js";
import { virtTree, type VirtTreeOptions } from "./virt-tree.js";

/** Properties that may differ from the reference, and why. */
const ALLOWED: ReadonlyMap<string, string> = new Map([
  ["/chosen rng-seed", "random on the reference, from the machine's seed here"],
  ["/chosen kaslr-seed", "random on the reference, from the machine's seed here"],
]);

/** Every node and property in order, the allowed differences by their length alone. */
const listing = (tree: DeviceTree): string[] =>
  [...walkNodes(tree.root)].flatMap(({ path: at, node }) => [
    at,
    ...[...node.properties].map(([name, value]) =>
      ALLOWED.has(`${at} ${name}`)
        ? `${at} ${name} of ${value.length} bytes`
        : `${at} ${name} = ${Buffer.from(value).toString("hex")}`,
    ),
  ]);

const options = (more: Partial<VirtTreeOptions>): VirtTreeOptions => ({
  cpus: 1,
  model: "cortex-a15",
  hyp: true,
  memory: 512 << 20,
  rngSeed: new Uint8Array(32),
  kaslrSeed: new Uint8Array(8),
  ...more,
});

const oracle = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)),
  "../../../../shared/oracle/qemu-virt-hyp.dts",
);

describe("the device tree of board virt", () => {
  if (!existsSync(oracle)) {
    test.skip("is the reference's, in every node and property (skipped: no qemu-virt-hyp.dts beside the checkout)", () => {});
  } else {
    toolTest(["dtc"], "is the reference's, in every node and property", () => {
      const reference = readDtb(
        pipe("dtc", ["-q", "-I", "dts", "-O", "dtb"], readFileSync(oracle)),
      );
      expect(listing(virtTree(options({})))).toEqual(listing(reference));
    });
  }

  for (const [cpus, hyp, model] of [
    [1, true, "cortex-a15"],
    [2, true, "cortex-a7"],
    [4, true, "cortex-a15"],
    [8, true, "cortex-a15"],
    [1, false, "cortex-a15"],
    [2, false, "cortex-a15"],
    [4, false, "cortex-a7"],
    [8, false, "cortex-a15"],
  ] as const) {
    toolTest(
      ["qemu-system-arm"],
      `is what QEMU makes for ${cpus} ${model} ${hyp ? "with" : "without"} HYP`,
      () => {
        const folder = mkdtempSync(path.join(tmpdir(), "hyplab-virt-"));
        try {
          const file = path.join(folder, "virt.dtb");
          const board = `virt,virtualization=${hyp ? "on" : "off"},highmem=off,gic-version=2`;
          execFileSync(
            "qemu-system-arm",
            `-M ${board},dumpdtb=${file} -cpu ${model} -smp ${cpus} -m 256 -nic none -display none`.split(
              " ",
            ),
            { stdio: "pipe" },
          );
          const ours = virtTree(options({ cpus, hyp, model, memory: 256 << 20 }));
          expect(listing(ours)).toEqual(listing(readDtb(readFileSync(file))));
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      },
    );
  }

  test("says what to boot with", () => {
    const tree = virtTree(
      options({ bootArguments: "quiet", initrd: { base: 0x48000000, size: 0x1234 } }),
    );
    const read = readDtb(writeDtb(tree));
    expect(listing(read).filter((line) => /bootargs|initrd/.test(line))).toEqual([
      "/chosen linux,initrd-end = 0000000048001234",
      "/chosen linux,initrd-start = 0000000048000000",
      `/chosen bootargs = ${Buffer.from("quiet\0").toString("hex")}`,
    ]);
  });
});
