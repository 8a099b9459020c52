// One machine of ours, told by an order on the command line (JSON): its serial line goes to standard output.
//   { kind: "elf", file, memory, engine }              a bare-metal program
//   { kind: "kdump", image, engine, again }            a crash, played from the moment before it
import { readFileSync, writeSync } from "node:fs";
import { loadImageBytes } from "../dist/images/index.js";
import { playLife, prepareLife, startImage } from "../dist/lab/index.js";
import { GO_LINE } from "./go.mjs";
import { lifeSources } from "./subjects.mjs";

const order = JSON.parse(process.argv[2]);
const say = (bytes) => writeSync(1, bytes);
const imageOf = (file) => loadImageBytes(new Uint8Array(readFileSync(file)), "image");
const MIB = 1 << 20;

/** Runs a session to its end, its output shown line by line. */
const show = (session, limit) => {
  let line = [];
  session.console.listen((byte) => {
    line.push(byte);
    if (byte !== 10) return;
    say(Uint8Array.from(line));
    line = [];
  });
  say(GO_LINE);
  session.run(limit);
  say(Uint8Array.from(line));
  say(`\n\u0001ran ${session.machine.instructions}\n`);
};

const KINDS = {
  elf({ file, memory, engine }) {
    const board = { cpus: 1, memory: memory * MIB, policy: "reference-emulator", engine };
    show(startImage(board, { image: imageOf(file) }).session, 1e12);
  },
  async kdump({ image, engine, again }) {
    const kernel = imageOf(image);
    const sources = await lifeSources(kernel);
    const life = prepareLife({ kind: "kdump", cpus: 1, image: kernel, sources, engine });
    const setup = {
      kind: "kdump",
      occupant: undefined,
      panic: "sysrq-c",
      cpus: 1,
      hypMmu: false,
      caller: "kernel",
    };
    if (again) playLife(life, setup, { until: "announced" });
    say(GO_LINE);
    const { end } = playLife(life, setup, { until: "announced" });
    say(`\u0001end: ${end}\n`);
  },
};
await KINDS[order.kind](order);
// Times are read while the process is there.
setTimeout(() => {}, 60_000);
