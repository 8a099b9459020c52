/** A thousand damaged programs: each ends in a result or a typed error, soon. */
import { expect, test } from "vitest";
import { assemble } from "../src/isa/index.js";
import { ImageError, loadImageBytes } from "../src/images/index.js";
import { checkImage, PhaseError, randomWords } from "../src/lab/index.js";
import { MachineError } from "../src/machine/index.js";
import { assembleOccupant, occupantNamed } from "../src/occupants/index.js";

const SEED = Number(process.env["HYPLAB_SEED"] ?? 26);
const COUNT = Number(process.env["HYPLAB_IMAGES"] ?? 1000);
const BASE = 0x40100000;

/** An ELF file of one segment: code that installs generation C's stub and leaves HYP mode, and the stub. */
const program = (): Buffer => {
  const stub = assembleOccupant(occupantNamed("stub-c")!, { thumb: false }, BASE + 0x100);
  const install = assemble(
    `ldr r0, =${stub.symbols.get("vectors")!}
     mcr p15, 4, r0, c12, c0, 0
     mov r1, #0
     mcr p15, 4, r1, c1, c1, 0
     mcr p15, 4, r1, c1, c1, 3
     mrs r0, CPSR
     bic r0, r0, #0x1f
     orr r0, r0, #0xd3
     msr SPSR_fsxc, r0
     adr r0, host
     msr ELR_hyp, r0
     eret
     host: b host`,
    { base: BASE },
  );
  const code = Buffer.alloc(0x100 + stub.bytes.length);
  code.set(install.bytes);
  code.set(stub.bytes, 0x100);
  const header = Buffer.alloc(0x54);
  header.write("\x7fELF\x01\x01\x01", 0, "latin1");
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(40, 18);
  header.writeUInt32LE(1, 20);
  header.writeUInt32LE(BASE, 24);
  header.writeUInt32LE(0x34, 28);
  header.writeUInt32LE(0x05000200, 36);
  [0x34, 0x20, 1, 0x28].forEach((v, i) => header.writeUInt16LE(v, 40 + 2 * i));
  [1, 0x54, BASE, BASE, code.length, code.length, 5, 4].forEach((v, i) =>
    header.writeUInt32LE(v, 0x34 + 4 * i),
  );
  return Buffer.concat([header, code]);
};

test("the undamaged program is recognised as generation C", () => {
  const result = checkImage(loadImageBytes(program(), "program"), "program", { cases: 16 });
  expect(result.phases[0]!.contract.id).toBe("linux-c");
  expect(result.phases[0]!.recognised).toBe("by its answers");
});

test("a thousand damaged programs neither crash the laboratory nor run without end", () => {
  const random = randomWords(SEED);
  const good = program();
  const kinds: Record<string, number> = {};
  for (let i = 0; i < COUNT; i++) {
    const damaged = Buffer.from(good);
    const hits = 1 + ((random() >>> 8) & 3);
    for (let h = 0; h < hits; h++) damaged[(random() >>> 1) % damaged.length] = random() & 0xff;
    const bytes =
      (random() & 15) === 0 ? damaged.subarray(0, (random() >>> 1) % damaged.length) : damaged;
    let kind: string;
    try {
      kind = checkImage(loadImageBytes(bytes, "damaged"), "damaged", { cases: 2, budget: 100_000 })
        .phases[0]!.recognised;
    } catch (error) {
      if (
        !(
          error instanceof ImageError ||
          error instanceof PhaseError ||
          error instanceof MachineError
        )
      ) {
        throw new Error(`seed ${SEED}, image ${i}: ${String(error)}`, { cause: error });
      }
      expect(error.message).not.toContain("\n");
      kind = error.name;
    }
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  expect(Object.values(kinds).reduce((a, b) => a + b, 0)).toBe(COUNT);
  expect(Object.keys(kinds).length, JSON.stringify(kinds)).toBeGreaterThan(2);
}, 600_000);
