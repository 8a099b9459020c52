/** The door of the images room: readers and writers of the files that kernels and machines come in. */
export * from "./ar.js";
export * from "./cpio.js";
export * from "./deb.js";
export * from "./debian.js";
export * from "./decompress.js";
export * from "./device-tree.js";
export * from "./dtb.js";
export * from "./elf.js";
export * from "./image-error.js";
export * from "./kallsyms.js";
export * from "./load-image.js";
export * from "./machine-tree.js";
export * from "./recognise.js";
export * from "./tar.js";
export * from "./zimage.js";
export { defaultCacheFolder } from "./cache-folder.js";
