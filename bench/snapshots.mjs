// A machine that was saved at the shell's prompt: from the command to the answer to the first line typed.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { inTurns } from "./measure.mjs";
import { runUntil } from "./process.mjs";
import { MAIN, onCommand } from "./ours.mjs";
import { onQemu, QEMU, qemuArguments } from "./qemu.mjs";
import { PROMPT, scratch } from "./subjects.mjs";
import { USUAL_ARGUMENTS } from "../dist/lab/index.js";

const QUESTION = "echo answer$((40+2))\n";
const ANSWER = /answer42/;
const MEMORY = 512;

/** A snapshot in a disk image, made by QEMU's monitor; undefined where qemu-img is missing. */
const theirSnapshot = async ({ zImage, initrd }) => {
  const disk = path.join(scratch, "snapshot.qcow2");
  const made = spawnSync("qemu-img", ["create", "-q", "-f", "qcow2", disk, "1G"]);
  if (made.error !== undefined) return undefined;
  const given = [
    ...["-kernel", zImage, "-initrd", initrd, "-append", USUAL_ARGUMENTS],
    ...["-drive", `if=none,id=snapshots,format=qcow2,file=${disk}`],
  ];
  // Console and monitor share the terminal; Ctrl-A C goes to the monitor and back.
  await runUntil(QEMU, [...qemuArguments({ memory: MEMORY, serial: "mon:stdio" }, given)], {
    from: new RegExp(PROMPT),
    input: "\u0001csavevm s\ninfo snapshots\n",
    until: /\d+ MiB|\d+:\d+:\d+\.\d+/,
  });
  return given;
};

export const benchSnapshots = async ({ rounds, quick, qemu, row, note, subject }) => {
  const file = path.join(scratch, "shell.snapshot");
  const saved = spawnSync(
    process.execPath,
    [
      ...[MAIN, "boot", subject.zImage, "--engine", "auto", "--initrd", subject.initrd],
      ...["--append", USUAL_ARGUMENTS, "--memory", String(MEMORY), "--until", `${PROMPT}$`],
      ...["--serial", "none", "--snapshot", file],
    ],
    { encoding: "utf8", input: "" },
  );
  if (saved.status !== 0) throw new Error(`no snapshot was made: ${saved.stderr}`);
  const theirs = qemu ? await theirSnapshot(subject) : undefined;
  if (qemu && theirs === undefined)
    note("QEMU's start from a snapshot is left out: qemu-img is missing (Debian: qemu-utils)");
  const figures = await inTurns(
    [
      ...(theirs === undefined
        ? []
        : [
            [
              "qemu",
              () =>
                onQemu({ memory: MEMORY }, [...theirs, "-loadvm", "s"], {
                  input: QUESTION,
                  until: ANSWER,
                }),
            ],
          ]),
      [
        "hyplab resume",
        () => onCommand(["resume", file], { input: QUESTION, until: ANSWER }),
      ],
    ],
    { rounds, warmUps: quick ? 0 : 1 },
  );
  row({
    section: "snapshot",
    name: "snapshot",
    what: "start from a snapshot at the shell, to the answer to a line",
    figures,
  });
};
