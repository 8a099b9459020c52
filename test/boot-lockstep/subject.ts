/** The boot that both machines are given: the same bytes at the same places, the same registers. */
import { virtOptionsOf, startImage, USUAL_ARGUMENTS, type Started } from "../../src/lab/index.js";
import {
  loadBusybox,
  loadImage,
  makeInitramfs,
  readKallsyms,
  unpackZImage,
  type KernelSymbols,
  type LoadedImage,
} from "../../src/images/index.js";

export const PACKAGE = "debian:linux-image-armmp-lpae";
/** Bytes of RAM. */
export const MEMORY = 128 * 1024 * 1024;
/** What the RTC begins with, for QEMU; ours begins there by itself (`EPOCH`). */
export const EPOCH_TEXT = "2017-01-09T00:00:00";

export interface Subject {
  readonly image: LoadedImage;
  readonly ramDisk: Uint8Array;
  readonly symbols: KernelSymbols;
}
/** Fetches kernel and busybox. Throws ImageError where they cannot be had. */
export const loadSubject = async (progress: (line: string) => void): Promise<Subject> => {
  const image = await loadImage(PACKAGE, { progress });
  if (image.kind !== "zImage") throw new TypeError(`${PACKAGE} holds a ${image.kind}, no zImage`);
  const { symbols, reason } = readKallsyms(unpackZImage(image.zImage).bytes);
  if (symbols === undefined) throw new TypeError(`${PACKAGE}: ${reason}`);
  const ramDisk = makeInitramfs(await loadBusybox("debian", { progress }), { end: "poweroff" });
  return { image, ramDisk, symbols };
};

/** Our machine, before its first instruction. */
export const startSubject = ({ image, ramDisk }: Subject): Started =>
  startImage(
    {
      ...virtOptionsOf({
        board: "virt",
        cpus: 1,
        memory: MEMORY,
        model: "cortex-a15",
        hyp: true,
        devices: [],
      }),
      policy: "reference-emulator",
    },
    { image, ramDisk, payload: true, bootArguments: USUAL_ARGUMENTS },
  );
