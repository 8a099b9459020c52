import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  cells,
  type DeviceTree,
  type DeviceTreeNode,
  deviceTreeNode,
  doubleCells,
  findNode,
  flag,
  readCell,
  readCells,
  readReg,
  readString,
  readStrings,
  readU64,
  strings,
  walkNodes,
} from "./device-tree.js";
import { readDtb, writeDtb } from "./dtb.js";
import { machineTree } from "./machine-tree.js";
import { announceSeed, SEED } from "./testing/random.js";
import { makeDtb } from "./testing/make-images.js";
import { pipe, toolTest } from "./testing/tools.js";

const typed = (code: string) => expect.objectContaining({ name: "ImageError", code });

/** A tree as plain data, to compare. */
const plain = (node: DeviceTreeNode): unknown => [
  node.name,
  [...node.properties].map(([name, value]) => [name, Buffer.from(value).toString("hex")]),
  node.children.map(plain),
];

const oracle = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)),
  "../../../shared/oracle/qemu-virt-hyp.dts",
);

const virt = (): DeviceTree =>
  machineTree({
    model: "hyplab test board",
    compatible: ["hyplab,test"],
    memory: [{ address: 0x40000000, size: 0x8000000 }],
    cpus: { count: 2, compatible: "arm,cortex-a15" },
    bootArguments: "console=ttyAMA0 earlycon",
    initrd: { address: 0x44000000, size: 0x1000 },
    psci: { method: "smc" },
    gic: {
      distributor: { address: 0x08000000, size: 0x10000 },
      cpuInterface: { address: 0x08010000, size: 0x10000 },
      hypervisor: { address: 0x08030000, size: 0x10000 },
      virtualCpu: { address: 0x08040000, size: 0x10000 },
      maintenancePpi: 9,
    },
    timer: { ppis: [13, 14, 11, 10] },
    uarts: [{ registers: { address: 0x09000000, size: 0x1000 }, spi: 1 }],
    virtioMmio: [{ registers: { address: 0x0a000000, size: 0x200 }, spi: 16 }],
  });

const text = (dtb: Uint8Array): string =>
  Buffer.from(pipe("dtc", ["-q", "-I", "dtb", "-O", "dts"], dtb)).toString();

describe("device trees", () => {
  test("typed readers give what the writers put in", () => {
    const node = deviceTreeNode("device@1", {
      names: strings("a", "b,c"),
      numbers: cells(1, 0xffffffff),
      wide: doubleCells(0x1_2345_6789_abcdn),
      present: flag(),
      reg: cells(0, 0x1000, 0x20, 1, 0, 0x40),
    });
    const parent = deviceTreeNode("", { "#address-cells": cells(2), "#size-cells": cells(1) }, [
      node,
    ]);
    expect(readStrings(node, "names")).toEqual(["a", "b,c"]);
    expect(readString(node, "names")).toBe("a");
    expect(readCells(node, "numbers")).toEqual([1, 0xffffffff]);
    expect(readU64(node, "wide")).toBe(0x1_2345_6789_abcdn);
    expect(node.properties.get("present")).toHaveLength(0);
    expect(readReg(node, parent)).toEqual([
      { address: 0x1000, size: 0x20 },
      { address: 0x1_0000_0000, size: 0x40 },
    ]);
    expect(readStrings(node, "absent")).toBeUndefined();
    expect(() => readCell(node, "numbers")).toThrow(typed("corrupt"));
    expect(() => readU64(node, "numbers")).not.toThrow();
    expect(() => readU64(node, "names")).toThrow(typed("corrupt"));
    expect(() => readStrings(node, "numbers")).toThrow(typed("corrupt"));
  });

  test("nodes are found by path, with and without unit address", () => {
    const tree = virt();
    expect(findNode(tree, "/cpus/cpu@1")).toBeDefined();
    expect(findNode(tree, "/memory")?.name).toBe("memory@40000000");
    expect(findNode(tree, "/cpus/cpu@7")).toBeUndefined();
    expect([...walkNodes(tree.root)].map(({ path: at }) => at)).toContain("/serial@9000000");
  });

  test("any tree survives being written and read", () => {
    announceSeed("device tree round trip");
    const name = fc.stringMatching(/^[a-z][a-z0-9,._+-]{0,20}$/);
    const nodeAbove = (below: fc.Arbitrary<DeviceTreeNode[]>): fc.Arbitrary<DeviceTreeNode> =>
      fc.record({
        name,
        properties: fc
          .array(fc.tuple(name, fc.uint8Array({ maxLength: 40 })), { maxLength: 5 })
          .map((entries) => new Map<string, Uint8Array>(entries)),
        children: below,
      });
    const leaf = nodeAbove(fc.constant([]));
    const branch = nodeAbove(fc.array(leaf, { maxLength: 3 }));
    const node = nodeAbove(fc.array(branch, { maxLength: 3 }));
    const tree = fc.record({
      root: node.map((root) => ({ ...root, name: "" })),
      reservations: fc.array(
        fc.record({
          address: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
          size: fc.bigInt({ min: 1n, max: (1n << 64n) - 1n }),
        }),
        { maxLength: 3 },
      ),
      bootCpu: fc.nat(),
    });
    fc.assert(
      fc.property(tree, (before) => {
        const after = readDtb(writeDtb(before));
        expect(plain(after.root)).toEqual(plain(before.root));
        expect(after.reservations).toEqual(before.reservations);
        expect(after.bootCpu).toBe(before.bootCpu);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  test("every truncation of a blob is refused", () => {
    const blob = makeDtb();
    for (let length = 0; length < blob.length; length++) {
      expect(() => readDtb(blob.subarray(0, length)), `${length} bytes`).toThrow(
        expect.objectContaining({ name: "ImageError" }),
      );
    }
    expect(plain(readDtb(Buffer.concat([blob, Buffer.from("more")])).root)).toEqual(
      plain(readDtb(blob).root),
    );
  });

  test("a tree deeper than kernels read is refused", () => {
    let node = deviceTreeNode("x");
    for (let depth = 0; depth < 80; depth++) node = deviceTreeNode("x", {}, [node]);
    const blob = writeDtb({ root: node, reservations: [], bootCpu: 0 });
    expect(() => readDtb(blob)).toThrow(/at most 64 deep/);
  });

  toolTest(["dtc"], "dtc reads what we write, and gives the same tree back", () => {
    const tree = virt();
    const blob = writeDtb(tree);
    const source = Buffer.from(pipe("dtc", ["-q", "-I", "dtb", "-O", "dts"], blob)).toString();
    expect(source).toContain('bootargs = "console=ttyAMA0 earlycon"');
    const back = readDtb(pipe("dtc", ["-q", "-I", "dts", "-O", "dtb"], Buffer.from(source)));
    expect(plain(back.root)).toEqual(plain(tree.root));
  });

  toolTest(["dtc"], "dtc has no complaint about the tree of a machine", () => {
    const blob = writeDtb(virt());
    // dtc prints its checks on standard error and fails with -E; these are the ones about contents.
    const checks = ["reg_format", "interrupts_property", "clocks_property", "unit_address_vs_reg"];
    const errors = checks.flatMap((check) => ["-E", check]);
    expect(() => pipe("dtc", ["-I", "dtb", "-O", "dtb", ...errors], blob)).not.toThrow();
  });

  toolTest(["dtc"], "we read what dtc writes, reservations and boot CPU included", () => {
    const source = `/dts-v1/;
      /memreserve/ 0x40000000 0x1000;
      /memreserve/ 0x123456789a 0xffffffffff;
      / { #address-cells = <1>; name2 = "x", "y"; empty; bytes = [01 02 03];
          a { b@1 { reg = <1 2>; }; }; };`;
    for (const version of ["16", "17"]) {
      const tree = readDtb(
        pipe("dtc", ["-q", "-V", version, "-b", "3", "-O", "dtb"], Buffer.from(source)),
      );
      expect(tree.bootCpu).toBe(3);
      expect(tree.reservations).toEqual([
        { address: 0x40000000n, size: 0x1000n },
        { address: 0x123456789an, size: 0xffffffffffn },
      ]);
      expect(readStrings(tree.root, "name2")).toEqual(["x", "y"]);
      expect([...tree.root.properties.get("bytes")!]).toEqual([1, 2, 3]);
      expect(readCells(findNode(tree, "/a/b@1")!, "reg")).toEqual([1, 2]);
    }
  });

  const reason = existsSync(oracle) ? "" : " (skipped: no oracle tree beside the repository)";
  (reason === "" ? toolTest : (_: unknown, name: string) => test.skip(name, () => {}))(
    ["dtc"],
    `the reference board's tree goes through both ways${reason}`,
    () => {
      const source = readFileSync(oracle);
      const blob = new Uint8Array(pipe("dtc", ["-q", "-O", "dtb"], source));
      const tree = readDtb(blob);
      expect(readReg(findNode(tree, "/memory")!, tree.root)).toEqual([
        { address: 0x40000000, size: 0x20000000 },
      ]);
      expect(readString(findNode(tree, "/psci")!, "method")).toBe("smc");
      expect(text(writeDtb(tree))).toBe(text(blob));
    },
  );
});
