/** A machine's make-up as plain data: what a snapshot or a recorded run needs to make the same machine again. */
import { createHash } from "node:crypto";
import { z } from "zod";
import {
  CopyOnWrite,
  FileImage,
  HostFolder,
  UserNetwork,
  VIRT,
  VirtioBlock,
  VirtioEntropy,
  VirtioNet,
  VirtioP9,
  type VirtioDevice,
  type VirtOptions,
} from "../../devices/index.js";
import { withInputFile } from "../../images/index.js";
import type { DeviceState } from "../../machine/index.js";
import { SavedFileError } from "../saved-file.js";
import { folderDigest } from "./folder-digest.js";

const device = z.discriminatedUnion("kind", [
  /** A raw image; what the guest writes stays in the machine. `sha256` is of the file. */
  z.strictObject({ kind: z.literal("drive"), path: z.string(), sha256: z.string() }),
  z.strictObject({
    kind: z.literal("share"),
    path: z.string(),
    tag: z.string(),
    writable: z.boolean(),
    /** Of the folder as the guest can see it (`folderDigest`), where a recorded run rests on that. */
    sha256: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal("net") }),
  z.strictObject({ kind: z.literal("entropy") }),
]);
export type DeviceSetup = z.infer<typeof device>;

const FLASH = VIRT.flash.banks[0].size;
const count = z.number().int().min(0).max(0xffff_ffff);
const schema = z.strictObject({
  board: z.literal("virt"),
  cpus: count,
  memory: count,
  model: z.enum(["cortex-a15", "cortex-a7"]),
  hyp: z.boolean(),
  bootModes: z.array(z.enum(["hyp", "svc"])).optional(),
  quantum: count.optional(),
  interleaveSeed: count.optional(),
  seed: count.optional(),
  /** Size of the firmware; it lies in the machine's memory. */
  firmware: count.max(FLASH).optional(),
  /** Semihosting is on; the command line that the program is told. */
  semihosting: z.string().optional(),
  policy: z.enum(["cortex-a15", "reference-emulator", "stop"]).optional(),
  devices: z.array(device),
});
/** Numbers are as `VirtOptions` has them, which also checks them. */
export type MachineSetup = Readonly<z.infer<typeof schema>>;

const CHUNK = 1 << 20;
/** SHA-256 of a drive's file, read piece by piece. Throws ImageError for what is no regular file. */
export const fileDigest = (path: string): string =>
  withInputFile(path, { expected: "a raw image of a drive", limit: Infinity }, (input) => {
    const hash = createHash("sha256");
    for (let at = 0; at < input.size; at += CHUNK)
      hash.update(input.read(at, Math.min(CHUNK, input.size - at)));
    return hash.digest("hex");
  });

const DEFAULT_SEED = 20170109;

const deviceOf = (setup: DeviceSetup, seed: number): VirtioDevice => {
  switch (setup.kind) {
    case "drive":
      if (fileDigest(setup.path) !== setup.sha256) {
        throw new SavedFileError(
          `expected the drive ${setup.path} as it was, found other contents; put the old file back`,
        );
      }
      return new VirtioBlock({ disk: new CopyOnWrite(new FileImage(setup.path)) });
    case "share":
      if (setup.sha256 !== undefined && folderDigest(setup.path) !== setup.sha256) {
        throw new SavedFileError(
          `expected the folder ${setup.path} as it was, found it changed; put the old one back, times of its files included`,
        );
      }
      return new VirtioP9({
        backend: new HostFolder(setup.path, { writable: setup.writable }),
        tag: setup.tag,
      });
    case "net":
      return new VirtioNet({ network: new UserNetwork() });
    case "entropy":
      return new VirtioEntropy(seed);
  }
};

/** What `makeVirt` takes. Throws what node:fs throws, and SavedFileError for a drive that has changed. */
export const virtOptionsOf = (setup: MachineSetup): VirtOptions => ({
  cpus: setup.cpus,
  memory: setup.memory,
  model: setup.model,
  hyp: setup.hyp,
  ...(setup.bootModes !== undefined && { bootModes: setup.bootModes }),
  ...(setup.quantum !== undefined && { quantum: setup.quantum }),
  ...(setup.interleaveSeed !== undefined && { interleaveSeed: setup.interleaveSeed }),
  ...(setup.seed !== undefined && { seed: setup.seed }),
  ...(setup.firmware !== undefined && { firmware: new Uint8Array(setup.firmware) }),
  ...(setup.semihosting !== undefined && { semihosting: { commandLine: setup.semihosting } }),
  ...(setup.policy !== undefined && { policy: setup.policy }),
  virtio: setup.devices.map((d) => deviceOf(d, setup.seed ?? DEFAULT_SEED)),
});

/** The setup with the digests of its folders, for a run that is to be recorded. */
export const withFolderDigests = (setup: MachineSetup): MachineSetup => ({
  ...setup,
  devices: setup.devices.map((d) =>
    d.kind === "share" ? { ...d, sha256: folderDigest(d.path) } : d,
  ),
});
/** The first folder that is no longer what its digest says. */
export const changedFolder = (setup: MachineSetup): string | undefined =>
  setup.devices.flatMap((d) =>
    d.kind === "share" && d.sha256 !== undefined && folderDigest(d.path) !== d.sha256
      ? [d.path]
      : [],
  )[0];

/** As a saved file holds it. */
export const setupState = (setup: MachineSetup): DeviceState =>
  JSON.parse(JSON.stringify(setup)) as DeviceState;
/** From a saved file. Throws SavedFileError. */
export const readSetup = (state: DeviceState): MachineSetup => {
  const parsed = schema.safeParse(state);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new SavedFileError(
    `expected a machine's make-up, found other contents; ${issue.path.join(".")}: ${issue.message}`,
  );
};
