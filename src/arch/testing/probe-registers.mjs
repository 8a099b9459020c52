// Asks QEMU which CP14 and CP15 encodings exist, what they read after reset, who may access them and
// which HYP traps catch them, and writes the answer as qemu-7.2-registers.json beside this file.
//
//   node src/arch/testing/probe-registers.mjs            writes the file
//   node src/arch/testing/probe-registers.mjs --print    prints it, for the test that compares
//
// Needs qemu-system-arm and binutils-arm-linux-gnueabihf. Board: virt,virtualization=on, one CPU, so
// the machine starts in HYP mode without Security Extensions; accesses are those of Non-secure state.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const work = mkdtempSync(path.join(tmpdir(), "register-probe-"));

/** 32-bit and 64-bit encodings: [text, read word, write word]. */
const encodings = [];
for (const cp of [14, 15]) {
  for (let opc1 = 0; opc1 < 8; opc1++)
    for (let CRn = 0; CRn < 16; CRn++)
      for (let CRm = 0; CRm < 16; CRm++)
        for (let opc2 = 0; opc2 < 8; opc2++) {
          const word =
            0xee000010 + opc1 * 0x200000 + CRn * 0x10000 + cp * 0x100 + opc2 * 0x20 + CRm;
          encodings.push([`p${cp},${opc1},c${CRn},c${CRm},${opc2}`, word + 0x100000, word]);
        }
  for (let opc1 = 0; opc1 < 16; opc1++)
    for (let CRm = 0; CRm < 16; CRm++) {
      const word = 0xec410000 + cp * 0x100 + opc1 * 0x10 + CRm; // Rt = r0, Rt2 = r1
      encodings.push([`p${cp},${opc1},c${CRm}`, word + 0x100000, word]);
    }
}

const prefix = "arm-linux-gnueabihf-";
const assemble = () => {
  const object = path.join(work, "probe.o");
  execFileSync(`${prefix}as`, ["-o", object, path.join(here, "register-probe.s")]);
  const elf = path.join(work, "probe.elf");
  execFileSync(`${prefix}ld`, ["-Ttext=0x40100000", "-e", "0x40100000", "-o", elf, object]);
  execFileSync(`${prefix}objcopy`, ["-O", "binary", elf, path.join(work, "probe.bin")]);
};

const words = (values) => Buffer.from(new Uint32Array(values).buffer);
const defaults = {
  level: 2,
  hcr: 0,
  hstr: 0,
  hdcr: 0,
  hcptr: 0,
  cntkctl: 0,
  pmuserenr: 0,
  cnthctl: 0xffffffff,
  teecr: 0,
};

const load = (file, addr) => ["-device", `loader,file=${file},addr=${addr},force-raw=on`];

/** Runs the probe over `entries` ([text, read, write, value?]); one result a row. */
const run = (cpu, entries, options = {}) => {
  const o = { ...defaults, ...options };
  writeFileSync(
    path.join(work, "config.bin"),
    words([
      o.level,
      entries.length,
      o.hcr,
      o.hstr,
      o.hdcr,
      o.hcptr,
      o.cntkctl,
      o.pmuserenr,
      o.cnthctl,
      o.teecr,
    ]),
  );
  writeFileSync(
    path.join(work, "table.bin"),
    words(
      entries.flatMap(([, read, write, value]) => [
        read,
        write,
        value === undefined ? 0 : 1,
        value ?? 0,
      ]),
    ),
  );
  execFileSync(
    "qemu-system-arm",
    [
      "-M",
      "virt,virtualization=on,highmem=off,gic-version=2",
      "-cpu",
      cpu,
      "-m",
      "64",
      "-display",
      "none",
      "-serial",
      "none",
      "-monitor",
      "none",
      "-nic",
      "none",
      "-semihosting",
      ...load("probe.bin", "0x40100000"),
      ...load("config.bin", "0x40200000"),
      ...load("table.bin", "0x40210000"),
      "-device",
      "loader,addr=0x40100000,cpu-num=0",
    ],
    { cwd: work, timeout: 30_000 },
  );
  const out = readFileSync(path.join(work, "probe.out"));
  const u = new Uint32Array(out.buffer, out.byteOffset, out.length / 4);
  return entries.map(([text], i) => {
    const [low, high, read, write, backLow, backHigh, hsr] = u.subarray(i * 8, i * 8 + 8);
    return { text, low, high, read, write, backLow, backHigh, hsr };
  });
};

const rights = (r) => (r.read === 0 ? (r.write === 0 ? "RW" : "RO") : r.write === 0 ? "WO" : "-");
const hex = (n) => `0x${(n >>> 0).toString(16).padStart(8, "0")}`;
const is64 = (text) => text.split(",").length === 3;
const valueOf = (r) => (is64(r.text) ? `${hex(r.high)}_${hex(r.low).slice(2)}` : hex(r.low));

/** Encodings whose value moves by itself or that all ones would make run wild. */
const NOT_WRITTEN = /^p15,4,c1,c0,0$|^p15,4,c12,c0,0$|^p14,0,c0,c\d+,[57]$/;
/** Counters, timers, and the vector bases that the probe itself sets. */
const MOVES = /^p15,[01],c14$|^p15,[04],c14,c[23],0$|^p15,[04],c12,c0,0$/;

const NOP = 0xe320f000;
/** Reads alone, so that no write disturbs what reset left. */
const readOnly = (entries) => entries.map(([text, read]) => [text, read, NOP]);

const model = (cpu) => {
  const reset = run(cpu, readOnly(encodings));
  const reset1 = run(cpu, readOnly(encodings), { level: 1 });
  const pl2 = run(cpu, encodings);
  const pl1 = run(cpu, encodings, { level: 1 });
  const closed = run(cpu, encodings, { level: 0 });
  const open = run(cpu, encodings, { level: 0, cntkctl: 0x303, pmuserenr: 1 });
  const present = encodings.filter((_, i) =>
    [pl2, pl1, closed, open].some((l) => rights(l[i]) !== "-"),
  );
  const index = new Map(encodings.map(([text], i) => [text, i]));
  const registers = {};
  for (const [text] of present) {
    const i = index.get(text);
    registers[text] = [
      rights(pl2[i]),
      rights(pl1[i]),
      rights(closed[i]),
      rights(open[i]),
      MOVES.test(text)
        ? "moves"
        : reset[i].read === 0
          ? valueOf(reset[i])
          : reset1[i].read === 0
            ? valueOf(reset1[i])
            : "",
    ];
  }
  // The bits that PL2 can write, where it can read back: 0 and all ones are written.
  const writable = {};
  const both = present.filter(
    ([text]) =>
      !MOVES.test(text) && rights(pl2[index.get(text)]) === "RW" && !NOT_WRITTEN.test(text),
  );
  const ones = run(
    cpu,
    both.map((e) => [...e, 0xffffffff]),
  );
  const zeros = run(
    cpu,
    both.map((e) => [...e, 0]),
  );
  ones.forEach((r, i) => {
    const z = zeros[i];
    const low = (r.backLow ^ z.backLow) >>> 0;
    const high = (r.backHigh ^ z.backHigh) >>> 0;
    writable[r.text] = is64(r.text) ? `${hex(high)}_${hex(low).slice(2)}` : hex(low);
  });
  // CCSIDR of each cache that CSSELR selects.
  const csselr = index.get("p15,2,c0,c0,0");
  const ccsidr = index.get("p15,1,c0,c0,0");
  const caches = {};
  for (const selected of [0, 1, 2]) {
    // The restore of the probe runs after the read back of CCSIDR: its write word is CSSELR's.
    const entry = [encodings[ccsidr][0], encodings[ccsidr][1], encodings[csselr][2], selected];
    caches[selected] = hex(run(cpu, [entry])[0].backLow);
  }
  return { registers, writable, caches };
};

/** Joins encodings that differ in one number and agree in all else: eight opc2, 16 CRm, eight opc1. */
const collapse = (rows) => {
  let entries = new Map(Object.entries(rows).map(([text, row]) => [text, JSON.stringify(row)]));
  for (const [position, count] of [
    [4, 8],
    [3, 16],
    [1, 8],
  ]) {
    const groups = new Map();
    for (const [text, row] of entries) {
      const parts = text.split(",");
      if (parts.length < 5) continue;
      parts[position] = "*";
      const key = parts.join(",");
      groups.set(key, [...(groups.get(key) ?? []), [text, row]]);
    }
    for (const [key, members] of groups) {
      if (members.length !== count || members.some(([, row]) => row !== members[0][1])) continue;
      const joined = new Map();
      let placed = false;
      for (const [text, row] of entries) {
        if (!members.some(([member]) => member === text)) joined.set(text, row);
        else if (!placed) {
          joined.set(key, row);
          placed = true;
        }
      }
      entries = joined;
    }
  }
  return Object.fromEntries([...entries].map(([text, row]) => [text, JSON.parse(row)]));
};

const TRAPS = {
  "HCR.TVM": { hcr: 1 << 26 },
  "HCR.TRVM": { hcr: 1 << 30 },
  "HCR.TTLB": { hcr: 1 << 25 },
  "HCR.TPU": { hcr: 1 << 24 },
  "HCR.TPC": { hcr: 1 << 23 },
  "HCR.TSW": { hcr: 1 << 22 },
  "HCR.TAC": { hcr: 1 << 21 },
  "HCR.TIDCP": { hcr: 1 << 20 },
  "HCR.TID3": { hcr: 1 << 18 },
  "HCR.TID2": { hcr: 1 << 17 },
  "HCR.TID1": { hcr: 1 << 16 },
  "HCR.TID0": { hcr: 1 << 15 },
  "HCPTR.TCPAC": { hcptr: 0x800033ff },
  "HDCR.TPM": { hdcr: 0x46 },
  "HDCR.TPMCR": { hdcr: 0x26 },
  "HDCR.TDA": { hdcr: 0x206 },
  "HDCR.TDOSA": { hdcr: 0x406 },
  "HDCR.TDRA": { hdcr: 0x806 },
  "HSTR.TTEE": { hstr: 1 << 16 },
  "HSTR.TJDBX": { hstr: 1 << 17 },
  "HSTR.T13": { hstr: 1 << 13 },
  "HSTR.T2": { hstr: 1 << 2 },
  "CNTHCTL.PL1PCTEN": { cnthctl: 2 },
  "CNTHCTL.PL1PCEN": { cnthctl: 1 },
};

/** The syndromes differ in the encoding, so the joined row keeps the directions alone. */
const collapseTraps = (rows) => {
  const directions = collapse(
    Object.fromEntries(Object.entries(rows).map(([text, [d]]) => [text, [d]])),
  );
  return Object.fromEntries(
    Object.entries(directions).map(([text, row]) => [text, rows[text] ?? row]),
  );
};

/** What each control bit traps from PL1, as [encoding, directions, HSR of the last trapped access]. */
const traps = (cpu, present) => {
  const result = {};
  const entries = encodings.filter(([text]) => present.has(text));
  for (const [name, options] of Object.entries(TRAPS)) {
    const rows = {};
    for (const r of run(cpu, entries, { level: 1, ...options })) {
      const directions = `${r.read === 2 ? "R" : ""}${r.write === 2 ? "W" : ""}`;
      if (directions !== "") rows[r.text] = [directions, hex(r.hsr)];
    }
    result[name] = collapseTraps(rows);
  }
  return result;
};

try {
  assemble();
  const version = execFileSync("qemu-system-arm", ["--version"], { encoding: "utf8" }).match(
    /version (\S+)/,
  )[1];
  const models = { "cortex-a15": model("cortex-a15"), "cortex-a7": model("cortex-a7") };
  const present = new Set(Object.keys(models["cortex-a15"].registers));
  const collapsed = ({ registers, writable, caches }) => ({
    registers: collapse(registers),
    writable: collapse(writable),
    caches,
  });
  const answer = {
    source: `QEMU ${version}, qemu-system-arm -M virt,virtualization=on,highmem=off,gic-version=2, TCG, one CPU`,
    how: "src/arch/testing/probe-registers.mjs runs every MRC, MCR, MRRC and MCRR encoding of CP14 and CP15 at PL2, PL1 and PL0 on the bare machine",
    columns: [
      "PL2",
      "PL1",
      "PL0 with CNTKCTL and PMUSERENR 0",
      "PL0 with CNTKCTL 0x303 and PMUSERENR 1",
      "reset value",
    ],
    models: {
      "cortex-a15": collapsed(models["cortex-a15"]),
      "cortex-a7": collapsed(models["cortex-a7"]),
    },
    traps: traps("cortex-a15", present),
  };
  // One register a line, so that a change reads well in a diff.
  const text = JSON.stringify(answer, undefined, 1).replace(
    /\[\s+("[^\]]*?)\s+\]/g,
    (_, inner) => `[${inner.replace(/\s*\n\s*/g, " ")}]`,
  );
  if (process.argv.includes("--print")) console.log(text);
  else writeFileSync(path.join(here, "qemu-7.2-registers.json"), `${text}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
