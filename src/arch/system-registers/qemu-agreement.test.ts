import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { qemuAnswers, type AnswerRow } from "../testing/qemu-answers.js";
import { QEMU_DIFFERENCES, type Aspect, type Difference } from "../testing/qemu-differences.js";
import {
  findRegister32,
  findRegister64,
  hsr,
  PASSED,
  resetValue,
  SYSTEM_REGISTERS,
  systemRegister,
  valueAfterWrite,
  type CpuModel,
  type SystemRegister,
  type SystemRegisterName,
} from "../index.js";

const answers = qemuAnswers();
const hex = (n: number): string => `0x${(n >>> 0).toString(16).padStart(8, "0")}`;
const numbers = (text: string): number[] =>
  text.split(",").map((part) => Number(part.replace(/^[pc]/, "")));
const isWide = (text: string): boolean => text.split(",").length === 3;

const find = (text: string, cpu: CpuModel): SystemRegister | undefined => {
  const [cp, opc1, a, CRm, opc2] = numbers(text) as [number, number, number, number, number];
  const i = isWide(text)
    ? findRegister64(cp, { opc1, CRm: a }, cpu)
    : findRegister32(cp, { opc1, CRn: a, CRm, opc2 }, cpu);
  return SYSTEM_REGISTERS[i];
};
/** The register that holds the state of `r`, with selectors at 0. */
const holder = (r: SystemRegister): SystemRegister =>
  systemRegister((r.selected?.from[0] ?? r.view?.of ?? r.name) as SystemRegisterName);

const textsOf = (r: SystemRegister): string[] => [
  ...[r.encoding, ...(r.alsoAt ?? [])].flatMap((e) =>
    e === undefined ? [] : [`p${r.coprocessor},${e.opc1},c${e.CRn},c${e.CRm},${e.opc2}`],
  ),
  ...(r.encoding64 === undefined
    ? []
    : [`p${r.coprocessor},${r.encoding64.opc1},c${r.encoding64.CRm}`]),
];

/** What the table says, in the form of the recorded answers. */
const ours = (r: SystemRegister | undefined, text: string, cpu: CpuModel): AnswerRow => {
  if (r === undefined) return ["-", "-", "-", "-", ""];
  const gated = r.userGate !== undefined && /^(CNTKCTL|PMUSERENR)/.test(r.userGate);
  const readable = r.access.pl2 === "RW" || r.access.pl2 === "RO";
  const from = holder(r);
  const low = hex(resetValue(from, cpu));
  return [
    r.access.pl2,
    r.access.pl1,
    gated ? "-" : r.access.pl0,
    r.access.pl0,
    !readable ? "" : isWide(text) ? `${hex(from.resetHigh ?? 0)}_${low.slice(2)}` : low,
  ];
};
const oursWritable = (r: SystemRegister, text: string, cpu: CpuModel): string => {
  const from = r.selected === undefined ? r : holder(r);
  const reset = resetValue(holder(r), cpu);
  const low = hex(valueAfterWrite(from, reset, -1, cpu) ^ valueAfterWrite(from, reset, 0, cpu));
  const high = r.kind === "constant" ? 0 : (r.writableHigh ?? -1);
  return isWide(text) ? `${hex(high)}_${low.slice(2)}` : low;
};

const label = (d: Difference, aspect: Aspect): string => `${d.encodings} ${aspect}`;
/** Why the emulator cannot be asked here, or undefined. */
const missingTool = (): string | undefined => {
  const version = spawnSync("qemu-system-arm", ["--version"], { encoding: "utf8" });
  if (version.error !== undefined) return "qemu-system-arm is not installed";
  if (!/version 7\.2\./.test(version.stdout))
    return "qemu-system-arm is not version 7.2, which the record is of";
  if (spawnSync("arm-linux-gnueabihf-as", ["--version"]).error !== undefined)
    return "binutils-arm-linux-gnueabihf is not installed";
  return undefined;
};

const used = new Set<string>();
const explained = (text: string, aspect: Aspect): boolean => {
  const found = QEMU_DIFFERENCES.find((d) => d.encodings.test(text) && d.aspects.includes(aspect));
  if (found !== undefined) used.add(label(found, aspect));
  return found !== undefined;
};

describe("The system register table and the reference emulator", () => {
  for (const cpu of ["cortex-a15", "cortex-a7"] as const) {
    const { registers, writable, caches } = answers.models[cpu];
    const texts = [...new Set([...Object.keys(registers), ...SYSTEM_REGISTERS.flatMap(textsOf)])];

    it(`agree on who may access what on ${cpu}`, () => {
      const odd = texts.flatMap((text) => {
        const theirs = (registers[text] ?? ["-", "-", "-", "-", ""]).slice(0, 4).join(" ");
        const mine = ours(find(text, cpu), text, cpu).slice(0, 4).join(" ");
        const aspect =
          find(text, cpu) === undefined
            ? "absent"
            : registers[text] === undefined
              ? "extra"
              : "access";
        return theirs === mine || explained(text, aspect)
          ? []
          : [`${text} ${find(text, cpu)?.name}: ours ${mine}, theirs ${theirs}`];
      });
      expect(odd).toEqual([]);
      expect(texts.length).toBeGreaterThan(2000);
    });
    it(`agree on the values after reset on ${cpu}`, () => {
      const odd = Object.entries(registers).flatMap(([text, [, , , , theirs]]) => {
        const r = find(text, cpu);
        const mine = ours(r, text, cpu)[4];
        if (r === undefined || theirs === "moves" || theirs === "" || mine === "") return [];
        return theirs === mine || explained(text, "reset")
          ? []
          : [`${text} ${r.name}: ours ${mine}, theirs ${theirs}`];
      });
      expect(odd).toEqual([]);
    });
    it(`agree on the bits that a write changes on ${cpu}`, () => {
      const odd = Object.entries(writable).flatMap(([text, theirs]) => {
        const r = find(text, cpu);
        if (r === undefined || r.access.pl2 !== "RW") return [];
        const mine = oursWritable(r, text, cpu);
        return theirs === mine || explained(text, "writable")
          ? []
          : [`${text} ${r.name}: ours ${mine}, theirs ${theirs}`];
      });
      expect(odd).toEqual([]);
    });
    it(`agree on the caches of ${cpu}`, () => {
      const odd = ["L1D", "L1I", "L2"].flatMap((name, i) => {
        const mine = hex(resetValue(systemRegister(`CCSIDR_${name}` as SystemRegisterName), cpu));
        return mine === caches[i] || explained(`CCSIDR_${name} of ${cpu}`, "reset")
          ? []
          : [`${name}: ours ${mine}, theirs ${caches[i]}`];
      });
      expect(odd).toEqual([]);
    });
  }

  const cpu = "cortex-a15";
  const present = Object.keys(answers.models[cpu].registers);
  for (const [trap, rows] of Object.entries(answers.traps)) {
    it(`agree on what ${trap} traps from PL1`, () => {
      const hstr = /^HSTR\.T(\d+)$/.exec(trap)?.[1];
      const odd = present.flatMap((text) => {
        const r = find(text, cpu);
        const theirs = rows[text]?.[0] ?? "";
        if (r === undefined)
          return theirs === "" || explained(text, "absent")
            ? []
            : [`${text}: not ours, theirs ${theirs}`];
        const parts = numbers(text);
        const direction = (kind: "read" | "write", letter: "R" | "W"): string => {
          if (r.access.pl1 !== "RW" && r.access.pl1 !== (kind === "read" ? "RO" : "WO")) return "";
          if (hstr !== undefined) return parts[0] === 15 && parts[2] === Number(hstr) ? letter : "";
          return r.traps?.[kind]?.some((t) => t === trap) === true ? letter : "";
        };
        const mine = direction("read", "R") + direction("write", "W");
        return theirs === mine || explained(`${trap} ${text}`, "trap")
          ? []
          : [`${text} ${r.name}: ours ${mine}, theirs ${theirs}`];
      });
      expect(odd).toEqual([]);
    });
    it(`agree on the syndrome of what ${trap} traps`, () => {
      const odd = Object.entries(rows).flatMap(([text, [directions, theirs]]) => {
        if (theirs === undefined) return [];
        const [cp, opc1, a, CRm, opc2] = numbers(text) as [number, number, number, number, number];
        // The probe's last access is the read back, where reading is trapped as well.
        const Direction = directions.includes("R") ? 1 : 0;
        const value = isWide(text)
          ? hsr(cp === 15 ? "mcrrCp15" : "mrrcCp14", {
              ...PASSED,
              Opc1: opc1,
              Rt2: 1,
              Rt: 0,
              CRm: a,
              Direction,
            })
          : hsr(cp === 15 ? "mcrCp15" : "mcrCp14", {
              ...PASSED,
              Opc1: opc1,
              Opc2: opc2,
              CRn: a,
              CRm,
              Rt: 0,
              Direction,
            });
        return hex(value) === theirs ? [] : [`${text}: ours ${hex(value)}, theirs ${theirs}`];
      });
      expect(odd).toEqual([]);
    });
  }

  it("differ only where a row says why, and every row is needed", () => {
    const idle = QEMU_DIFFERENCES.flatMap((d) =>
      d.aspects.map((a) => label(d, a)).filter((l) => !used.has(l)),
    );
    expect(idle).toEqual([]);
  });

  const missing = missingTool();
  it.skipIf(missing !== undefined)(
    `are compared through a record that the installed emulator still answers${missing === undefined ? "" : ` (skipped: ${missing})`}`,
    () => {
      const probe = fileURLToPath(new URL("../testing/probe-registers.mjs", import.meta.url));
      const fresh = qemuAnswers(
        execFileSync(process.execPath, [probe, "--print"], {
          encoding: "utf8",
          maxBuffer: 1 << 24,
        }),
      );
      expect(fresh.models).toEqual(answers.models);
      expect(fresh.traps).toEqual(answers.traps);
    },
  );
});
