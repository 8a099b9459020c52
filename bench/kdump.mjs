// A crash, from the moment before it to the crash kernel's announcement of its boot mode.
import { inTurns } from "./measure.mjs";
import { onOurs } from "./ours.mjs";
import { onQemu } from "./qemu.mjs";
import { kdumpInitrd } from "./subjects.mjs";
import { MARK, panicLine, USUAL_ARGUMENTS } from "../dist/lab/index.js";

const READY = new RegExp(`${MARK.ready}\\r?\\n`);
const SECOND = /CPU: All CPU\(s\) started in HYP mode/;

export const benchKdump = async ({ rounds, quick, qemu, row, subject }) => {
  const initrd = await kdumpInitrd(subject.image);
  const ours = (engine, again) => () =>
    onOurs(
      { kind: "kdump", image: subject.zImage, engine, again },
      { until: /end: next kernel in HYP/ },
    );
  const variants = [
    ...(qemu
      ? [
          [
            "qemu",
            () =>
              onQemu(
                { memory: 512 },
                [
                  ...["-kernel", subject.zImage, "-initrd", initrd],
                  ...["-append", `${USUAL_ARGUMENTS} crashkernel=128M`],
                ],
                { from: READY, input: `${panicLine("sysrq-c", 1)}\n`, until: SECOND },
              ),
          ],
        ]
      : []),
    ["auto", ours("auto", false)],
    ["auto, played again", ours("auto", true)],
    ["interpreter", ours("interpreter", false)],
  ];
  const figures = await inTurns(variants, { rounds: Math.min(rounds, 3), warmUps: quick ? 0 : 1 });
  row({ section: "kdump", name: "kdump", what: "panic to the crash kernel's announcement", figures });
};
