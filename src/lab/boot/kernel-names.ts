/** Names of a kernel's addresses out of its own symbol table, read when the first one is asked for. */
import { readKallsyms, unpackZImage, type LoadedImage } from "../../images/index.js";
import type { NameAddress } from "./stall.js";

const FAR = 0x10000;

export const kernelNames = (image: LoadedImage): NameAddress => {
  let names: NameAddress | undefined;
  const read = (): NameAddress => {
    if (image.kind === "elf") {
      const functions = image.elf.symbols
        .filter((s) => s.type === "function" || s.type === "none")
        .toSorted((a, b) => a.value - b.value);
      return (address) => {
        const found = functions.findLast((s) => (s.value & ~1) >>> 0 <= address);
        return found === undefined || address - found.value > FAR
          ? undefined
          : `${found.name}+0x${(address - (found.value & ~1)).toString(16)}`;
      };
    }
    if (image.kind === "zImage" && image.zImage.table === undefined) return () => undefined;
    const kernel = image.kind === "zImage" ? unpackZImage(image.zImage).bytes : image.bytes;
    const { symbols } = readKallsyms(kernel);
    return (address) => {
      const found = symbols?.nearest(address);
      return found === undefined || found.offset > FAR
        ? undefined
        : `${found.name}+0x${found.offset.toString(16)}`;
    };
  };
  return (address) => {
    names ??= read();
    return names(address);
  };
};
