/**
 * Recorded instruction results that nobody of us wrote (VIXL's traces, BSD-3), run on the interpreter.
 * The data lies beside the repository; without it the tests are skipped and say so.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { MODE, PSR, SLOT, systemSlot, vectorSlot, writeCpsr } from "../src/arch/index.js";
import { Machine } from "../src/machine/index.js";

const FOLDER = path.resolve(import.meta.dirname, "../../shared/data/vixl-sim");
const CODE = 0x8000;
const BUFFER = 0x20000;

interface Header {
  readonly fields: readonly string[];
  readonly tests: readonly [string, string, string, number[], number, number][];
  readonly tables: readonly [number, number][];
  readonly outBase: number;
}

/** Registers of fields whose number a test row does not give. */
const isRegister = (field: string): boolean => field.startsWith("r") || field === "base";
/** Halves of a D register: "rd_lo", "rd_hi". */
const isHalf = (field: string): boolean => field.endsWith("_lo") || field.endsWith("_hi");
const halfSlot = (field: string, register: number): number =>
  vectorSlot(2 * register + (field.endsWith("_hi") ? 1 : 0));
const registersOf = (row: readonly number[], fields: readonly string[]): number[] =>
  fields.map((_, i) => row[i] ?? -1);

/** Instructions of VIXL's files that Cortex-A15 does not have. */
const skipReason = (name: string): string | undefined =>
  name.startsWith("rd-rn-rm-a") || name.startsWith("rd-rn-rm-t")
    ? "CRC32 is ARMv8's: UNDEFINED here"
    : undefined;

const runFile = (file: string): { rows: number; wrong: string[] } => {
  const data = gunzipSync(readFileSync(path.join(FOLDER, file)));
  const length = data.readUInt32LE(0);
  const header = JSON.parse(data.toString("utf8", 4, 4 + length)) as Header;
  const body = data.buffer.slice(data.byteOffset + 4 + length, data.byteOffset + data.byteLength);
  const words = new Uint32Array(body, 0, Math.floor(body.byteLength / 4));
  const thumb = file.includes("-t32");
  const machine = new Machine({ ram: [{ base: 0, size: 0x40000 }], policy: "reference-emulator" });
  const { cpu, memory } = machine;
  const s = cpu.state;
  // Floating point is open to all modes.
  s[SLOT.FPEXC] = 1 << 30;
  s[systemSlot("CPACR")] = 0xf << 20;
  const wrong: string[] = [];
  let rows = 0;
  for (const [mnemonic, operands, code, numbers, table, outOffset] of header.tests) {
    const bytes = Buffer.from(code, "hex");
    // The code may branch over itself to be conditional: what runs on then is a branch to itself.
    machine.load(
      CODE,
      Buffer.concat([bytes, thumb ? Buffer.from("fee7", "hex") : Buffer.from("feffffea", "hex")]),
    );
    const [count, inAt] = header.tables[table]!;
    const registers = registersOf(numbers, header.fields);
    const size = bytes.length;
    const instructions = thumb ? countThumb(bytes) : size / 4;
    for (let r = 0; r < count; r++) {
      rows++;
      writeCpsr(s, MODE.svc.encoding | 0x1c0 | (thumb ? 1 << PSR.T.lsb : 0));
      s[SLOT.PC] = CODE;
      header.fields.forEach((field, f) => {
        const value = words[inAt + f * count + r]! | 0;
        if (field === "apsr") {
          s[SLOT.N] = (value >>> 31) & 1;
          s[SLOT.Z] = (value >>> 30) & 1;
          s[SLOT.C] = (value >>> 29) & 1;
          s[SLOT.V] = (value >>> 28) & 1;
        } else if (field === "qbit") s[SLOT.Q] = (value >>> 27) & 1;
        else if (field === "ge") s[SLOT.GE] = (value >>> 16) & 15;
        else if (field === "mem") memory.write32(BUFFER, value);
        else if (field === "fpscr") s[SLOT.FPSCR] = value;
        else if (isHalf(field)) s[halfSlot(field, registers[f]!)] = value;
        else if (isRegister(field))
          cpu.setRegister(registers[f]!, field === "base" ? value + BUFFER : value);
      });
      cpu.run(instructions);
      header.fields.forEach((field, f) => {
        const input = words[inAt + f * count + r]!;
        const expected = (input ^ words[header.outBase + outOffset + f * count + r]!) | 0;
        let actual: number;
        if (field === "apsr")
          actual =
            (s[SLOT.N]! << 31) | (s[SLOT.Z]! << 30) | (s[SLOT.C]! << 29) | (s[SLOT.V]! << 28);
        else if (field === "qbit") actual = s[SLOT.Q]! << 27;
        else if (field === "ge") actual = s[SLOT.GE]! << 16;
        else if (field === "mem") actual = memory.read32(BUFFER);
        else if (field === "fpscr") actual = s[SLOT.FPSCR]!;
        else if (isHalf(field)) actual = s[halfSlot(field, registers[f]!)]!;
        else if (isRegister(field))
          actual =
            field === "base" ? cpu.register(registers[f]!) - BUFFER : cpu.register(registers[f]!);
        else actual = expected;
        if ((actual | 0) !== expected && wrong.length < 20) {
          wrong.push(
            `${mnemonic} ${operands} (${code}) row ${r}: ${field} is ${(actual >>> 0).toString(16)}, recorded ${(expected >>> 0).toString(16)}`,
          );
        }
      });
    }
  }
  return { rows, wrong };
};
/** Instructions in T32 code, an IT included. */
const countThumb = (bytes: Buffer): number => {
  let count = 0;
  for (let at = 0; at < bytes.length; count++) at += bytes.readUInt16LE(at) >= 0xe800 ? 4 : 2;
  return count;
};

if (!existsSync(FOLDER)) {
  test("recorded instruction results", ({ skip }) =>
    skip("the recorded results are not beside the repository"));
} else {
  for (const file of readdirSync(FOLDER).filter((f) => f.endsWith(".vxs.gz"))) {
    const reason = skipReason(file);
    test(`every recorded row of ${file} is reproduced`, ({ skip }) => {
      if (reason !== undefined) return skip(reason);
      const { rows, wrong } = runFile(file);
      expect(wrong, `${rows} rows`).toEqual([]);
    });
  }
}
