/** Debian's U-Boot as the firmware of board virt: it reaches its prompt, in SVC and in HYP. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { makeVirt } from "../src/devices/index.js";
import {
  extractFromDeb,
  fetchDebianPackage,
  ImageError,
  readDeb,
  writeDtb,
} from "../src/images/index.js";

const MEMBER = "usr/lib/u-boot/qemu_arm/u-boot.bin";
/** Why an archive cannot be had: the machine's doing, not ours. */
const NOT_OURS = new Set(["no-apt", "fetch-failed", "package-not-found"]);
/** Instructions: the prompt comes at about 60 million. */
const LIMIT = 3_000_000_000;

const firmware = async (): Promise<Uint8Array | string> => {
  try {
    const { file } = await fetchDebianPackage("u-boot-qemu");
    return extractFromDeb(readDeb(readFileSync(file)), MEMBER);
  } catch (error) {
    if (error instanceof ImageError && NOT_OURS.has(error.code)) return error.message;
    throw error;
  }
};

/** What a user types, and what U-Boot then says before its next prompt. */
const session: readonly (readonly [string, RegExp])[] = [
  ["version", /U-Boot \d{4}/],
  ["md.l 3f000000 1", /3f000000: 00081b36/],
  // Flash of the second bank: erased, programmed and compared.
  ["protect off 04040000 0407ffff", /Un-Protected 2 sectors/],
  ["erase 04040000 0407ffff", /Erased 2 sectors/],
  ["cp.b 40000000 04040000 100", /done/],
  ["cmp.b 40000000 04040000 100", /Total of 256 byte\(s\) were the same/],
];

describe.each([
  ["HYP", true],
  ["SVC", false],
] as const)("U-Boot entered in %s", (_name, hyp) => {
  test("reaches its prompt, sees the bus and writes flash, and powers off", async ({ skip }) => {
    const image = await firmware();
    if (typeof image === "string") return skip(image);
    const board = makeVirt({ memory: 128 << 20, hyp, firmware: image });
    const { machine, uart, ram } = board;
    let console = "";
    uart.onTransmit = (byte) => (console += String.fromCharCode(byte));
    // As on the reference, firmware finds the device tree where RAM begins.
    machine.load(ram.base, writeDtb(board.tree()));
    board.start(0);
    const type = (text: string) => uart.receive(new TextEncoder().encode(text));
    /** Runs until the console, from a place on, says something. */
    const until = (what: RegExp, from: number) => {
      while (!what.test(console.slice(from))) {
        if (machine.stopped !== undefined || machine.instructions > LIMIT)
          throw new Error(`no ${what} in: ${console.slice(from)}`);
        machine.run(500_000);
      }
    };
    until(/Hit any key/, 0);
    type("\r");
    until(/=> $/, 0);
    for (const [line, answer] of session) {
      const from = console.length;
      type(`${line}\r`);
      until(/=> $/, from + line.length);
      expect(console.slice(from)).toMatch(answer);
    }
    type("poweroff\r");
    machine.run(LIMIT);
    expect(machine.stopped).toMatchObject({ reason: "off" });
  }, 300_000);
});
