/** GNU objdump as an oracle for assembly text. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { InstructionSet } from "../instruction.js";

const OBJDUMP = "arm-linux-gnueabihf-objdump";

/** Reason why objdump cannot be asked, or undefined. */
export const objdumpMissing = (): string | undefined => {
  try {
    execFileSync(OBJDUMP, ["--version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return `${OBJDUMP} is not installed (Debian: binutils-arm-linux-gnueabihf)`;
  }
};

/** Bytes from one word to the next in what objdump reads. */
export const STRIDE: Readonly<Record<InstructionSet, number>> = { a32: 4, t32: 4, t16: 10 };

/** objdump's text of each word, each at its own address; comments are cut off. */
export const objdumpLines = (words: readonly number[], set: InstructionSet): string[] => {
  const stride = STRIDE[set];
  const bytes = Buffer.alloc(words.length * stride);
  // NOPs, so that an IT instruction does not colour the word after it.
  if (set === "t16") for (let at = 0; at < bytes.length; at += 2) bytes.writeUInt16LE(0xbf00, at);
  words.forEach((word, i) => {
    if (set === "t32") {
      bytes.writeUInt16LE(word >>> 16, i * 4);
      bytes.writeUInt16LE(word & 0xffff, i * 4 + 2);
    } else if (set === "a32") bytes.writeUInt32LE(word >>> 0, i * 4);
    else bytes.writeUInt16LE(word, i * stride);
  });
  const scratch = mkdtempSync(path.join(os.tmpdir(), "hyplab-objdump-"));
  try {
    const file = path.join(scratch, "words.bin");
    writeFileSync(file, bytes);
    const thumb = set === "a32" ? [] : ["-M", "force-thumb"];
    const out = execFileSync(OBJDUMP, ["-D", "-z", "-b", "binary", "-m", "arm", ...thumb, file], {
      encoding: "utf8",
      maxBuffer: 1 << 30,
    });
    const byAddress = new Map<number, string>();
    for (const line of out.split("\n")) {
      const match = /^\s*([0-9a-f]+):\t[0-9a-f ]+\t(.*)$/.exec(line);
      if (match) byAddress.set(parseInt(match[1]!, 16), match[2]!);
    }
    return words.map((_, i) => tidy(byAddress.get(i * stride) ?? ""));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

/** One space after the mnemonic, no comments. */
const tidy = (text: string): string =>
  text
    .replace(/\s*[;@].*$/, "")
    .replace(/\t/g, " ")
    .replace(/\s+/g, " ")
    .trim();
