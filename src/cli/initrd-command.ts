/** `hyplab initrd`: makes an initramfs without root. */
import {
  debianModules,
  hostItems,
  loadBusybox,
  makeInitramfs,
  packageItems,
  type InitramfsEnd,
  type InitramfsItem,
} from "../images/index.js";
import { EXIT_CODE, suggestion, UsageError } from "./errors.js";
import { print, say, writeWhole } from "./output.js";

export interface InitrdFlags {
  readonly output: string;
  readonly busybox: string;
  readonly file: readonly string[];
  readonly package: readonly string[];
  readonly run?: string;
  readonly then?: string;
  readonly module: readonly string[];
  readonly kernel: string;
}

const ENDS: readonly InitramfsEnd[] = ["shell", "poweroff", "sleep"];

/** GUEST=HOST as items. */
const fileItems = (argument: string): InitramfsItem[] => {
  const at = argument.indexOf("=");
  if (at < 1 || at === argument.length - 1) {
    throw new UsageError(
      `--file ${argument}: expected GUEST=HOST, the path in the guest and the file here; found no such pair`,
    );
  }
  if (argument.slice(0, at).split("/").includes(".."))
    throw new UsageError(`--file ${argument}: expected a path inside the guest, found .. in it`);
  return hostItems(argument.slice(0, at), argument.slice(at + 1));
};

/** A file of the user's at /init is run instead of the one that is made: never without a word. */
const checkInit = (items: readonly InitramfsItem[], flags: Omit<InitrdFlags, "output">): void => {
  if (!items.some(({ path }) => path.replace(/^(?:\.?\/)+/, "") === "init")) return;
  const lost = {
    "--run": flags.run !== undefined,
    "--module": flags.module.length > 0,
    "--then": flags.then !== undefined,
  };
  const [option] = Object.entries(lost).find(([, given]) => given) ?? [];
  if (option !== undefined) {
    throw new UsageError(
      `--file /init: it would be run instead of the /init that ${option} is for; leave one of them out`,
    );
  }
  say("/init is the file that was given, not the one that is made");
};

/** An initramfs out of the command's flags. */
export const initrdFrom = async (flags: Omit<InitrdFlags, "output">): Promise<Uint8Array> => {
  const end = flags.then ?? (flags.run === undefined ? "shell" : "poweroff");
  if (!(ENDS as readonly string[]).includes(end)) {
    throw new UsageError(`--then ${end}: expected ${ENDS.join(", ")}${suggestion(end, ENDS)}`);
  }
  const options = { progress: say };
  const items = [
    ...(await packageItems(flags.package, options)),
    ...flags.file.flatMap((argument) => fileItems(argument)),
  ];
  checkInit(items, flags);
  const modules =
    flags.module.length === 0
      ? []
      : await debianModules(flags.kernel.replace(/^debian:/, ""), flags.module, options);
  return makeInitramfs(
    await loadBusybox(flags.busybox, options),
    { end: end as InitramfsEnd, modules, ...(flags.run === undefined ? {} : { run: flags.run }) },
    items,
  );
};

export const initrdCommand = async (flags: InitrdFlags): Promise<number> => {
  const archive = await initrdFrom(flags);
  writeWhole(flags.output, archive);
  if (flags.output !== "-") print(`${flags.output}: ${archive.length} bytes`);
  return EXIT_CODE.ok;
};
