/** `hyplab matrix`, `stub`, `disasm` and `list`. */
import { CONTRACTS, LIFE_CLAUSES } from "../contract/index.js";
import { loadImage } from "../images/index.js";
import { DECODER, disassemble, INSTRUCTIONS, instructionWord } from "../isa/index.js";
import {
  CALLERS,
  describeScenario,
  describeSetup,
  LIFE_MATRIX,
  runMatrix,
  SETUPS,
} from "../lab/index.js";
import { SYSTEM_REGISTERS } from "../arch/index.js";
import { unpredictableRules } from "../machine/index.js";
import { assembleOccupant, OCCUPANTS, occupantNamed, REFERENCE_STUB } from "../occupants/index.js";
import { EXIT_CODE, suggestion, UsageError } from "./errors.js";
import { colour, print, writeWhole } from "./output.js";
import { listRegressions } from "./regressions-command.js";
import { emitStub, STUB_FORMATS, type StubFormat } from "./stub-formats.js";

export const matrixCommand = (
  id: string | undefined,
  flags: { json?: string; all?: boolean },
): number => {
  const started = performance.now();
  const occupant = id === undefined ? undefined : occupantNamed(id);
  if (id !== undefined && occupant === undefined) {
    throw new UsageError(
      `no occupant is named "${id}"${suggestion(
        id,
        OCCUPANTS.map((o) => o.id),
      )}`,
    );
  }
  const cells = runMatrix(occupant === undefined ? OCCUPANTS : [occupant]);
  if (flags.json !== undefined)
    writeWhole(
      flags.json,
      `${JSON.stringify({ schema: "hyplab-matrix", version: 1, cells }, undefined, 2)}\n`,
    );
  if (flags.json === "-") return EXIT_CODE.ok;
  for (const o of occupant === undefined ? OCCUPANTS : [occupant]) {
    print(`${colour.bold(o.id)}  ${o.title}`);
    for (const caller of CALLERS) {
      const own = cells.filter((c) => c.occupant === o.id && c.caller === caller.id);
      // Setups that end alike stand on one line.
      const groups = new Map<string, string[]>();
      for (const c of own)
        groups.set(c.words, [...(groups.get(c.words) ?? []), describeSetup(c.setup)]);
      const alike = [...groups].map(([words, setups]) => ({
        words,
        where: setups.length === SETUPS.length ? "" : ` [${setups.join("; ")}]`,
      }));
      const shown =
        flags.all === true || alike.length === 1
          ? alike
          : alike
              .slice(0, 1)
              .map((a) => ({ ...a, where: `${a.where} (+${alike.length - 1} more, --all)` }));
      for (const { words, where } of shown)
        print(`  ${caller.id.padEnd(8)} ${words}${colour.dim(where)}`);
      for (const c of own) {
        if (c.disagreement !== undefined)
          print(
            `    ${colour.yellow("differs from the prediction")} [${describeSetup(c.setup)}]: ${c.disagreement}; running is what the code does`,
          );
      }
    }
  }
  const predicted = cells.filter((c) => c.predicted !== undefined);
  const differing = cells.filter((c) => c.disagreement !== undefined);
  print(
    `${cells.length} cells run in ${((performance.now() - started) / 1000).toFixed(1)} s; ${predicted.length} had a prediction, ${differing.length} differ from it`,
  );
  return EXIT_CODE.ok;
};

export const stubCommand = (flags: { emit: string; output: string; thumb?: boolean }): number => {
  if (!(STUB_FORMATS as readonly string[]).includes(flags.emit)) {
    throw new UsageError(
      `--emit takes ${STUB_FORMATS.join(", ")}; found "${flags.emit}"${suggestion(flags.emit, STUB_FORMATS)}`,
    );
  }
  writeWhole(
    flags.output,
    emitStub(REFERENCE_STUB, flags.emit as StubFormat, flags.thumb === true),
  );
  return EXIT_CODE.ok;
};

export const disasmCommand = async (
  target: string,
  flags: { thumb?: boolean; base?: string; start?: string; length?: string },
): Promise<number> => {
  const thumb = flags.thumb === true;
  const number = (text: string | undefined, otherwise: number): number => {
    const n = text === undefined ? otherwise : Number(text);
    if (!Number.isInteger(n) || n < 0)
      throw new UsageError(`expected a number such as 0x8000, found "${text ?? ""}"`);
    return n;
  };
  const occupant = occupantNamed(target);
  let bytes: Uint8Array;
  let base: number;
  if (/^(?:0x)?[0-9a-f]{4,8}$/i.test(target) && occupant === undefined) {
    const word = Number.parseInt(target.replace(/^0x/i, ""), 16);
    const set = !thumb ? "a32" : target.replace(/^0x/i, "").length <= 4 ? "t16" : "t32";
    const { text, encoding } = disassemble(DECODER, set, word, number(flags.base, 0));
    print(
      `${text}${encoding === undefined ? "" : colour.dim(`  ${encoding.id}, DDI 0406C ${encoding.instruction.ref}`)}`,
    );
    return EXIT_CODE.ok;
  }
  if (occupant !== undefined) {
    base = number(flags.base, 0x40100000);
    bytes = assembleOccupant(occupant, { thumb }, base, { stub_vectors: 0x40110000 }).bytes;
  } else {
    bytes = (await loadImage(target, { acceptRaw: true })).bytes;
    base = number(flags.base, 0);
  }
  const start = number(flags.start, 0);
  const end = Math.min(bytes.length, start + number(flags.length, 256));
  for (let at = start; at + (thumb ? 2 : 4) <= end;) {
    const first = bytes[at]! | (bytes[at + 1]! << 8);
    const second = (bytes[at + 2] ?? 0) | ((bytes[at + 3] ?? 0) << 8);
    const { set, word, size } = instructionWord(first, second, thumb);
    const digits = word.toString(16).padStart(set === "t16" ? 4 : 8, "0");
    print(
      `${(base + at).toString(16).padStart(8, "0")}  ${digits.padEnd(8)}  ${disassemble(DECODER, set, word, base + at).text}`,
    );
    at += size;
  }
  return EXIT_CODE.ok;
};

const LISTS: Readonly<Record<string, () => void>> = {
  scenarios: () => LIFE_MATRIX.forEach((s) => print(describeScenario(s))),
  stages: () => LIFE_CLAUSES.forEach((c) => print(`${c.id.padEnd(28)} ${c.statement}`)),
  occupants: () => OCCUPANTS.forEach((o) => print(`${o.id.padEnd(20)} ${o.summary}`)),
  contracts: () =>
    CONTRACTS.forEach((c) => print(`${c.id.padEnd(20)} ${c.title}, ${c.releases}: ${c.summary}`)),
  callers: () => CALLERS.forEach((c) => print(`${c.id.padEnd(20)} ${c.intent}`)),
  clauses: () =>
    CONTRACTS.forEach((c) =>
      c.clauses.forEach((x) => print(`${x.id.padEnd(52)} ${x.strength.padEnd(11)} ${x.statement}`)),
    ),
  regressions: listRegressions,
  unpredictable: () =>
    unpredictableRules().forEach((r) => {
      print(`${r.id} (DDI 0406C, ${r.ref})`);
      print(
        `  ${Object.entries(r.does)
          .map(([core, what]) => `${core}: ${what}`)
          .join("; ")}`,
      );
    }),
  instructions: () =>
    INSTRUCTIONS.forEach((i) =>
      print(
        `${i.name.padEnd(36)} ${i.ref.padEnd(9)} ${i.encodings
          .map((e) => e.label)
          .join(" ")
          .padEnd(24)} ${i.summary}`,
      ),
    ),
  registers: () =>
    SYSTEM_REGISTERS.forEach((r) =>
      print(
        `${r.name.padEnd(16)} p${r.coprocessor} ${r.kind.padEnd(10)} ${r.ref}${r.note === undefined ? "" : `; ${r.note}`}`,
      ),
    ),
};
export const listCommand = (what: string): number => {
  const list = LISTS[what];
  if (list === undefined)
    throw new UsageError(
      `cannot list "${what}"${suggestion(what, Object.keys(LISTS))}; lists: ${Object.keys(LISTS).join(", ")}`,
    );
  list();
  return EXIT_CODE.ok;
};
