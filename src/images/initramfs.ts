import { CPIO_TYPE, type CpioEntry, writeCpio } from "./cpio.js";
import { ImageError } from "./image-error.js";
import type { KernelModule } from "./kernel-modules.js";
import { safePath } from "./tar.js";

/** One thing in an initramfs. Paths are the guest's, with or without a leading slash. */
export type InitramfsItem =
  | {
      readonly kind: "file";
      readonly path: string;
      /** Permission bits. */
      readonly mode: number;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: "symlink"; readonly path: string; readonly target: string }
  | { readonly kind: "directory"; readonly path: string; readonly mode?: number }
  | {
      readonly kind: "character-device";
      readonly path: string;
      readonly mode: number;
      readonly major: number;
      readonly minor: number;
    };

/** What /init does when the commands are through: a shell on the console, power off, or stay as it is. */
export type InitramfsEnd = "shell" | "poweroff" | "sleep";

/** The /init of an initramfs. */
export interface InitScript {
  /** Shell commands, as a user would type them. */
  readonly run?: string;
  readonly end: InitramfsEnd;
  /** Kernel modules to load first, in this order. */
  readonly modules?: readonly KernelModule[];
  /** Commands before those of `run`: what to mount, say. */
  readonly prepare?: readonly string[];
}

const none = new Uint8Array(0);
const encoder = new TextEncoder();

/** Where the user's commands go; /init runs them. */
const COMMANDS = "etc/hyplab/run";
/** Directories that /init mounts on, and those that programs expect. */
const DIRECTORIES = [
  "bin",
  "dev",
  "etc",
  "lib",
  "mnt",
  "proc",
  "root",
  "run",
  "sbin",
  "sys",
  "tmp",
  "usr/bin",
  "usr/sbin",
  "var",
];
/** The kernel opens /dev/console before devtmpfs is there (linux devices.txt). */
const DEVICES: readonly InitramfsItem[] = [
  { kind: "character-device", path: "dev/console", mode: 0o600, major: 5, minor: 1 },
  { kind: "character-device", path: "dev/null", mode: 0o666, major: 1, minor: 3 },
];

const ENDS: Readonly<Record<InitramfsEnd, string>> = {
  // A shell without a controlling terminal has no job control: cttyhack finds the console's.
  shell: "setsid cttyhack sh\npoweroff -f",
  poweroff: "poweroff -f",
  sleep: "while true; do sleep 86400; done",
};

const modulePath = ({ name }: KernelModule): string => `lib/modules/${name}.ko`;

/** The text of /init, run by busybox. */
export const initScript = (script: InitScript): string =>
  [
    "#!/bin/busybox sh",
    "export PATH=/bin:/sbin:/usr/bin:/usr/sbin HOME=/root TERM=vt100",
    "/bin/busybox mount -t proc proc /proc",
    "/bin/busybox mount -t sysfs sysfs /sys",
    "/bin/busybox mount -t devtmpfs devtmpfs /dev",
    "/bin/busybox --install -s /bin",
    ...(script.modules ?? []).map((module) => `insmod /${modulePath(module)}`),
    ...(script.prepare ?? []),
    ...(script.run === undefined ? [] : [`sh /${COMMANDS}`]),
    ENDS[script.end],
    "",
  ].join("\n");

/**
 * Makes an initramfs (cpio, newc): directories, device nodes, busybox with its /init, and the items given.
 * A later item takes the place of an earlier one of the same path. The same items give the same bytes:
 * sorted, numbered by their order, with times of zero and root as the owner. Errors: `corrupt` for a path
 * that leads outside, `bad-request` when an item's parent is not a directory.
 */
export const makeInitramfs = (
  busybox: Uint8Array,
  script: InitScript,
  items: readonly InitramfsItem[] = [],
): Uint8Array => {
  const all = new Map<string, InitramfsItem>();
  const add = (item: InitramfsItem): void => {
    const path = safePath(item.path.replace(/^\/+/, ""));
    if (path === "") return;
    const parts = path.split("/");
    for (let depth = 1; depth < parts.length; depth++) {
      const parent = parts.slice(0, depth).join("/");
      const there = all.get(parent);
      if (there === undefined) all.set(parent, { kind: "directory", path: parent });
      else if (there.kind !== "directory") {
        throw new ImageError("bad-request", {
          expected: `a directory at /${parent}, to hold /${path}`,
          found: `a ${there.kind}`,
          advice: "give the file another path in the guest",
        });
      }
    }
    all.set(path, { ...item, path });
  };
  for (const path of DIRECTORIES) add({ kind: "directory", path });
  for (const device of DEVICES) add(device);
  add({ kind: "file", path: "bin/busybox", mode: 0o755, bytes: busybox });
  add({ kind: "symlink", path: "bin/sh", target: "busybox" });
  if (script.run !== undefined) {
    add({ kind: "file", path: COMMANDS, mode: 0o755, bytes: encoder.encode(`${script.run}\n`) });
  }
  add({ kind: "file", path: "init", mode: 0o755, bytes: encoder.encode(initScript(script)) });
  for (const module of script.modules ?? [])
    add({ kind: "file", path: modulePath(module), mode: 0o644, bytes: module.bytes });
  for (const item of items) add(item);
  // A parent sorts before what it holds.
  const sorted = [...all].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return writeCpio(sorted.map(([, item]) => entryOf(item)));
};

const entryOf = (item: InitramfsItem): CpioEntry => {
  const name = item.path;
  switch (item.kind) {
    case "file":
      return { name, mode: CPIO_TYPE.file | (item.mode & 0o7777), bytes: item.bytes };
    case "directory":
      return { name, mode: CPIO_TYPE.directory | ((item.mode ?? 0o755) & 0o7777), bytes: none };
    case "symlink":
      return { name, mode: CPIO_TYPE.symlink | 0o777, bytes: encoder.encode(item.target) };
    case "character-device":
      return {
        name,
        mode: CPIO_TYPE.characterDevice | (item.mode & 0o7777),
        bytes: none,
        rdev: { major: item.major, minor: item.minor },
      };
  }
};
