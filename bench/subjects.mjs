// Debian's kernel and a RAM disk with a shell, as files that both machines are given.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import {
  bootLayout,
  ImageError,
  loadBusybox,
  loadImage,
  makeInitramfs,
  unpackZImage,
} from "../dist/images/index.js";
import { makeVirt, VIRT } from "../dist/devices/index.js";
import { assemble } from "../dist/isa/index.js";
import { fetchLifeSources, lifeInitramfs, rawForKexec, USUAL_ARGUMENTS } from "../dist/lab/index.js";

export const KERNEL_PACKAGE = "debian:linux-image-armmp-lpae";
/** The shell's prompt. */
export const PROMPT = "/ # ";

/** A folder for files, gone at the end. */
export const scratch = mkdtempSync(path.join(os.tmpdir(), "hyplab-bench-"));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));
/** Puts bytes into a file of the scratch folder and gives its path. */
export const fileOf = (name, bytes) => {
  const file = path.join(scratch, name);
  writeFileSync(file, bytes);
  return file;
};

/** Kernel and RAM disk, or why they cannot be had. */
export const loadSubject = async () => {
  try {
    const image = await loadImage(KERNEL_PACKAGE);
    const initrd = makeInitramfs(await loadBusybox("debian"), {
      end: "shell",
      modules: [],
      prepare: [],
    });
    return {
      image,
      version: image.source.package.version,
      zImage: fileOf("vmlinuz", image.bytes),
      raw: fileOf("kernel", unpackZImage(image.zImage).bytes),
      initrdBytes: initrd,
      initrd: fileOf("initrd", initrd),
    };
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return { missing: error.message };
  }
};
/** What a crash needs, for both machines. */
export const lifeSources = (image) => fetchLifeSources(rawForKexec(unpackZImage(image.zImage)));
export const kdumpInitrd = async (image) =>
  fileOf("kdump-initrd", lifeInitramfs("kdump", await lifeSources(image)));

/** Below the kernel, above what QEMU puts at the start of RAM: sets the registers of the boot protocol. */
const ENTRY = VIRT.ramBase + 0x10_0000;
/** QEMU's arguments for the raw kernel: the same pieces at the same places as in our machine. */
export const rawPieces = ({ image, initrdBytes }, memory, cpus) => {
  const virt = makeVirt({ cpus, memory: memory << 20 });
  const layout = bootLayout({
    image,
    ram: { address: virt.ram.base, size: virt.ram.size },
    tree: virt.tree(),
    initrd: initrdBytes,
    bootArguments: USUAL_ARGUMENTS,
    payload: true,
  });
  const enter = assemble(
    `ldr r0, =${layout.registers[0]}\nldr r1, =${layout.registers[1]}\nldr r2, =${layout.registers[2]}\nldr pc, =${layout.entry}`,
    { base: ENTRY },
  );
  const pieces = [...layout.pieces, { address: ENTRY, bytes: enter.bytes }];
  return [
    ...pieces.flatMap(({ address, bytes }, n) => [
      "-device",
      `loader,file=${fileOf(`piece-${n}`, bytes)},addr=0x${address.toString(16)},force-raw=on`,
    ]),
    ...["-device", `loader,addr=0x${ENTRY.toString(16)},cpu-num=0`],
  ];
};
