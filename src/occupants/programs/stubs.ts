/** Linux's hyp-stub in its generations, in our own words of assembly. */
import { vectorTable, type Occupant } from "../occupant.js";

const READ_HVBAR = "mrc p15, 4, r0, c12, c0, 0";
const WRITE_HVBAR = "mcr p15, 4, r1, c12, c0, 0";
const ERROR = "ldr r0, =0x0badca11";

interface StubCalls {
  readonly get?: number;
  readonly set?: number;
  readonly soft?: { readonly number: number; readonly target: "r1" | "r3" };
  readonly reset?: number;
  /** What a refused call leaves in r0. */
  readonly refusal: string;
  /** r0 := 0 on success. */
  readonly zero: boolean;
}

/** A stub that compares r0 with its call numbers one after the other. */
const numberedStub = (calls: StubCalls): string => {
  const lines = [vectorTable("hyp_trap"), "hyp_trap:"];
  const branch = (number: number | undefined, label: string): void => {
    if (number !== undefined) lines.push(`cmp r0, #${number}`, `beq.w ${label}`);
  };
  branch(calls.get, "get_vectors");
  branch(calls.set, "set_vectors");
  branch(calls.soft?.number, "soft_restart");
  branch(calls.reset, "done");
  lines.push(calls.refusal, "eret");
  if (calls.get !== undefined) lines.push("get_vectors:", READ_HVBAR, "eret");
  if (calls.soft !== undefined) lines.push("soft_restart:", `bx ${calls.soft.target}`);
  if (calls.set !== undefined) lines.push("set_vectors:", WRITE_HVBAR);
  lines.push("done:", ...(calls.zero ? ["mov r0, #0"] : []), "eret");
  return lines.join("\n").replace(/beq\.w/g, "beq");
};

const stub = (
  id: string,
  title: string,
  contract: string,
  summary: string,
  source: () => string,
): Occupant => ({
  id,
  title,
  family: "stub",
  contract,
  summary,
  needsStack: false,
  source,
});

export const STUBS: readonly Occupant[] = [
  stub(
    "stub-a",
    "hyp-stub, generation A",
    "linux-a",
    "r0 = -1 reads HVBAR; any other r0 is an address that is loaded into it.",
    () =>
      [
        vectorTable("hyp_trap"),
        "hyp_trap:",
        "cmn r0, #1",
        "beq get_vectors",
        "mcr p15, 4, r0, c12, c0, 0",
        "eret",
        "get_vectors:",
        READ_HVBAR,
        "eret",
      ].join("\n"),
  ),
  stub(
    "stub-b0",
    "hyp-stub, generation B0",
    "linux-b0",
    "Numbered calls: 0 reads HVBAR, 1 sets it.",
    () => numberedStub({ get: 0, set: 1, refusal: "mvn r0, #0", zero: false }),
  ),
  stub(
    "stub-b1",
    "hyp-stub, generation B1 (the mail's proposal)",
    "linux-b1",
    "Adds soft restart as call 2 with the target in r3.",
    () =>
      numberedStub({
        get: 0,
        set: 1,
        soft: { number: 2, target: "r3" },
        refusal: "mvn r0, #0",
        zero: false,
      }),
  ),
  stub(
    "stub-b2",
    "hyp-stub, generation B2",
    "linux-b2",
    "Soft restart takes its target in r1; call 3 resets and does nothing.",
    () =>
      numberedStub({
        get: 0,
        set: 1,
        soft: { number: 2, target: "r1" },
        reset: 3,
        refusal: "mvn r0, #0",
        zero: false,
      }),
  ),
  stub(
    "stub-b3",
    "hyp-stub, generation B3",
    "linux-b3",
    "As B2 without the call that reads HVBAR.",
    () =>
      numberedStub({
        set: 1,
        soft: { number: 2, target: "r1" },
        reset: 3,
        refusal: "mvn r0, #0",
        zero: false,
      }),
  ),
  stub(
    "stub-c",
    "hyp-stub, generation C",
    "linux-c",
    "Renumbered: 0 sets HVBAR, 1 restarts, 2 resets; 0 or 0x0badca11 in r0.",
    () =>
      numberedStub({
        set: 0,
        soft: { number: 1, target: "r1" },
        reset: 2,
        refusal: ERROR,
        zero: true,
      }),
  ),
  stub(
    "stub-d-kernel",
    "hyp-stub, generation D, kernel proper",
    "linux-d-kernel",
    "Soft restart alone is left; everything else is refused.",
    () => numberedStub({ soft: { number: 1, target: "r1" }, refusal: ERROR, zero: true }),
  ),
  stub(
    "stub-d-zimage",
    "hyp-stub, generation D, decompressor",
    "linux-d-zimage",
    "Sets HVBAR and restarts.",
    () => numberedStub({ set: 0, soft: { number: 1, target: "r1" }, refusal: ERROR, zero: true }),
  ),
];
