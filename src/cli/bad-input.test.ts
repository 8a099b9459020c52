import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildCommand, expectOneLine, hyplabIn, writeGuest } from "./testing/command.js";

let folder: string;
/** Names of what is in the folder before a case, for one that leaves something behind. */
let before: string[];

const hyplab = (...args: string[]) => hyplabIn(folder, ...args);
const file = (name: string): string => path.join(folder, name);
const sized = (name: string, size: number): void => {
  writeFileSync(file(name), "");
  truncateSync(file(name), size);
};

beforeAll(() => {
  buildCommand();
  folder = mkdtempSync(path.join(os.tmpdir(), "hyplab-bad-input-"));
  writeGuest(folder, "spin");
  writeFileSync(file("empty"), "");
  writeFileSync(file("text"), "this is no kernel\n");
  mkdirSync(file("folder"));
  sized("disk", 4096);
  // Sparse: none of them takes room on the disk.
  sized("large.initrd", 40 * 2 ** 20);
  sized("large.bios", 65 * 2 ** 20);
  sized("large.saved", 5 * 2 ** 30);
  sized("large.dtb", 3 * 2 ** 20);
  writeFileSync(file("x86.elf"), readFileSync(process.execPath).subarray(0, 4096));
  const made = hyplab(
    ..."boot spin.bin --timeout-instructions 5000 --snapshot good.snap --record good.run".split(
      " ",
    ),
  );
  expect(made.status, made.err).toBe(3);
  const snapshot = readFileSync(file("good.snap"));
  writeFileSync(file("cut.snap"), snapshot.subarray(0, snapshot.length - 20));
  writeFileSync(file("damaged.snap"), snapshot.with(snapshot.length - 20, 0x55));
  writeFileSync(file("newer.snap"), snapshot.with(12, 99));
  // It claims contents that no file of its size can hold.
  writeFileSync(file("claims.snap"), snapshot.with(19, 0x7f));
  const run = readFileSync(file("good.run"));
  writeFileSync(file("cut.run"), run.subarray(0, run.length - 20));
  writeFileSync(file("newer.run"), run.with(12, 99));
  before = readdirSync(folder).toSorted();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A command line (words between spaces; '' is an empty one) and what its one line has to say. */
const CASES: readonly (readonly [string, RegExp])[] = [
  ["boot", /nothing to boot: give an image/],
  ["boot absent", /absent: expected .*, found no such file; check the path/],
  ["boot folder", /found a directory/],
  ["boot empty", /found an empty file/],
  ["boot x86.elf", /for x86-64|64-bit/],
  ["boot text", /found text/],
  ["boot spin.bin more", /too many arguments/],
  ["boot spin.bin --memroy 3", /did you mean --memory\?/],
  ["boot spin.bin --smp 0", /from 1 to 8/],
  ["boot spin.bin --smp 9", /from 1 to 8/],
  ["boot spin.bin --smp ''", /from 1 to 8/],
  ["boot spin.bin --memory 0", /from 1 to 1984/],
  ["boot spin.bin --memory 99999", /from 1 to 1984/],
  ["boot spin.bin --memory 512M", /from 1 to 1984/],
  ["boot spin.bin --cpu cortex-a51", /did you mean "cortex-a15"\?/],
  ["boot spin.bin --until (", /expected a regular expression; .*Unterminated group/],
  ["boot spin.bin --timeout-instructions 0", /from 1/],
  ["boot spin.bin --timeout-instructions 1e9", /a whole number/],
  ["boot spin.bin --quantum 0", /from 1/],
  ["boot spin.bin --interleave -1", /from 0/],
  ["boot spin.bin --initrd absent", /an initial RAM disk, found no such file/],
  ["boot spin.bin --initrd folder", /an initial RAM disk, found a directory/],
  ["boot spin.bin --initrd empty", /an initial RAM disk, found an empty file/],
  ["boot spin.bin --initrd large.initrd --memory 32", /found 41943040 bytes.*--memory/],
  ["boot spin.bin --dtb absent", /a device tree blob, found no such file/],
  ["boot spin.bin --dtb text", /--dtb text: expected a D/],
  ["boot spin.bin --dtb large.dtb", /at most 2097152 bytes, found 3145728/],
  ["boot spin.bin --drive absent", /a raw image of a drive, found no such file/],
  ["boot spin.bin --drive folder", /a raw image of a drive, found a directory/],
  ["boot spin.bin --drive empty", /a raw image of a drive, found an empty file/],
  ["boot spin.bin --drive /dev/zero", /found a device, pipe or socket/],
  [`boot spin.bin${" --drive disk".repeat(33)}`, /32 slots/],
  ["boot spin.bin --share absent", /expected a folder, found none/],
  ["boot spin.bin --share text", /expected a folder, found none/],
  ["boot spin.bin --share ''", /expected a folder, found an empty path/],
  ["boot spin.bin --share folder:rw --record x", /cannot be replayed/],
  ["boot --bios absent", /firmware, found no such file/],
  ["boot --bios empty", /firmware, found an empty file/],
  ["boot --bios large.bios", /at most 67108864 bytes/],
  ["boot --bios disk --dtb text", /--dtb with --bios/],
  ["boot spin.bin --bios disk", /give one of them/],
  ["boot spin.bin --boot-modes hyp,hyp", /at most 1/],
  ["boot spin.bin --boot-modes HYP", /expected hyp or svc/],
  ["boot spin.bin --no-hyp --boot-modes hyp", /no HYP mode under --no-hyp/],
  ["boot spin.bin --load-address 0", /expected room .* another load address/],
  ["boot spin.bin --load-address ''", /a whole number/],
  ["boot spin.bin --load-address 0x40010002", /a multiple of 4/],
  ["boot spin.bin --zimage", /expected a zImage/],
  ["boot spin.bin --dom0 absent", /absent: expected .*found no such file/],
  ["boot spin.bin --dom0-append x", /expected --dom0/],
  ["boot spin.bin --serial folder", /--serial folder: expected a file, found a folder/],
  ["boot spin.bin --serial ''", /--serial : expected the path/],
  ["boot spin.bin --record folder", /--record folder: expected a file, found a folder/],
  ["boot spin.bin --snapshot text/x", /to be a folder, found a file/],
  ["boot spin.bin --snapshot -", /standard output is the console's/],
  ["boot spin.bin --snapshot x --record x", /found that of --record/],
  ["boot spin.bin --snapshot spin.bin", /found that of the image/],
  ["boot spin.bin --drive disk --snapshot ./disk", /found that of --drive/],
  ["resume", /missing required argument/],
  ["resume absent", /a snapshot .*, found no such file/],
  ["resume folder", /found a directory/],
  ["resume empty", /found an empty file/],
  ["resume text", /text: expected a snapshot .*found another kind of file/],
  ["resume /dev/null", /found a device, pipe or socket/],
  ["resume cut.snap", /cut.snap: .*damaged/],
  ["resume damaged.snap", /damaged.snap: .*damaged/],
  ["resume newer.snap", /newer.snap: .*version 99; make it again/],
  ["resume claims.snap", /claims.snap: .*impossible size/],
  ["resume large.saved", /at most \d+ bytes, found 5368709120/],
  ["resume good.run", /found a recorded run/],
  ["resume good.snap --until [", /expected a regular expression/],
  ["resume good.snap --record folder", /--record folder: expected a file/],
  ["replay", /missing required argument/],
  ["replay absent", /neither a replay file nor a story/],
  ["replay mail-2018", /did you mean "mail-2017"\?/],
  ["replay folder", /found a directory/],
  ["replay text", /expected a replay file/],
  ["replay large.saved", /at most \d+ bytes/],
  ["replay cut.run", /cut.run: .*damaged/],
  ["replay newer.run", /newer.run: .*version 99/],
  ["replay good.snap", /found a snapshot/],
  ["replay good.run --to 0", /from 1/],
  ["replay good.run --to 5001", /an instruction of the recorded run, 0 to 5000/],
  ["replay mail-2017 --to 5", /--to is for a recorded run/],
  ["initrd", /required option '-o/],
  ["initrd -o folder", /-o folder: expected a file/],
  ["initrd -o x --then shel", /did you mean "shell"\?/],
  ["initrd -o x --file /a", /expected GUEST=HOST/],
  ["initrd -o x --file /a=absent", /absent: expected the file for \/a, found no such file/],
  ["initrd -o x --file ../a=text", /found \.\. in it/],
  ["initrd -o x --busybox absent", /busybox.*found no such file/],
  ["initrd -o x --busybox text", /text: expected an ELF file/],
  ["initrd -o x --busybox x86.elf", /x86.elf: expected/],
  ["initrd -o x --package absent", /a Debian package .*found no such file/],
  ["kexec absent", /absent: expected .*found no such file/],
  ["kexec spin.bin", /found bytes of no known format/],
  ["kexec --smp 9", /from 1 to 8/],
  ["kexec --cpu cortex-a8", /expected cortex-a15 or cortex-a7/],
  ["kexec --occupant kvm-k9", /did you mean "kvm-k/],
  ["kexec --hyp-mmu", /--hyp-mmu is for an occupant/],
  ["kdump --panic null-cal", /did you mean "null-call"\?/],
  ["kdump --panic other-cpu", /--smp 2/],
  ["kdump --matrix --vmcore x", /--vmcore with --matrix/],
  ["kdump --json folder", /--json folder: expected a file, found a folder/],
  ["kdump --vmcore folder", /--vmcore folder: expected a file/],
  ["kdump --vmcore /dev/null", /expected a regular file, found a device/],
  ["kdump -o text", /-o text: expected a folder, found a file/],
];

describe("bad input", () => {
  test.each(CASES)("hyplab %s", (line, said) => {
    const args = line.split(" ").map((word) => (word === "''" ? "" : word));
    const ended = hyplab(...args);
    expectOneLine(ended, line);
    expect(ended.err).toMatch(said);
    expect(ended.status, ended.err).toBe(2);
    expect(readdirSync(folder).toSorted()).toEqual(before);
  });
});

test("a drive that ends inside a sector is taken, and that is said", () => {
  writeFileSync(file("odd"), Buffer.alloc(1000));
  const { err, status } = hyplab(
    ..."boot spin.bin --drive odd --timeout-instructions 1000".split(" "),
  );
  rmSync(file("odd"));
  expect(err).toMatch(/--drive odd: 1000 bytes are no whole number of sectors/);
  expect(status).toBe(3);
});

test("a link stays a link, and a device stays a device", () => {
  symlinkSync("real.json", file("link.json"));
  writeFileSync(file("real.json"), "old");
  expect(hyplab("matrix", "--json", "link.json").status).toBe(0);
  expect(
    readdirSync(folder, { withFileTypes: true }).find((e) => e.name === "link.json"),
  ).toSatisfy((entry: { isSymbolicLink(): boolean }) => entry.isSymbolicLink());
  expect(readFileSync(file("real.json"), "utf8")).toContain("cells");
  const run = hyplab(
    ..."boot spin.bin --timeout-instructions 1000 --snapshot /dev/null".split(" "),
  );
  expect(run.status).toBe(3);
  expect(readFileSync("/dev/null")).toHaveLength(0);
  for (const name of ["link.json", "real.json"]) rmSync(file(name));
});
