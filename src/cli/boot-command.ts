/** `hyplab boot`: an image on a whole machine, its console on the terminal. */
import { statSync } from "node:fs";
import {
  debianModules,
  findInDeb,
  ImageError,
  readDtb,
  fetchDebianPackage,
  loadBusybox,
  loadImage,
  makeInitramfs,
  readDeb,
  readInputFile,
  XEN_MODULE_ADDRESS,
  type BootModule,
  type KernelModule,
  type LoadedImage,
} from "../images/index.js";
import { MOST_MEMORY, VIRT } from "../devices/index.js";
import {
  fileDigest,
  firmwareIn,
  kernelNames,
  startFirmware,
  startImage,
  USUAL_ARGUMENTS,
  virtOptionsOf,
  withFolderDigests,
  type DeviceSetup,
  type MachineSetup,
  type NameAddress,
  type Session,
} from "../lab/index.js";
import { checkConsoleFlags, runConsole, type ConsoleFlags } from "./console.js";
import { modelOf } from "./cpu-model.js";
import { engineOf, type EngineFlags } from "./engine-flags.js";
import { suggestion, UsageError } from "./errors.js";
import { say } from "./output.js";

export interface BootFlags extends ConsoleFlags, EngineFlags {
  readonly initrd?: string | false;
  readonly append?: string;
  readonly cpu: string;
  readonly smp: number;
  readonly memory: number;
  readonly drive: readonly string[];
  readonly share: readonly string[];
  readonly net?: boolean;
  readonly dtb?: string;
  readonly hyp: boolean;
  readonly bootModes?: string;
  readonly bios?: string;
  readonly zimage?: boolean;
  readonly loadAddress?: number;
  readonly quantum?: number;
  readonly interleave?: number;
  readonly semihosting?: boolean;
  readonly unpredictable: string;
  readonly reboot: boolean;
  readonly dom0?: string;
  readonly dom0Append?: string;
}

const MIB = 1024 * 1024;
const SECTOR = 512;

const ramDiskOf = (file: string): Uint8Array =>
  readInputFile(file, {
    expected: "an initial RAM disk",
    limit: MOST_MEMORY,
    tooLarge: "the machine's RAM would not hold it: make it smaller",
  });

const driveOf = (path: string): DeviceSetup => {
  const sha256 = fileDigest(path);
  const { size } = statSync(path);
  if (size % SECTOR !== 0)
    say(
      `--drive ${path}: ${size} bytes are no whole number of sectors; the last is filled up with zeros`,
    );
  return { kind: "drive", path, sha256 };
};

const shareOf = (text: string, n: number): DeviceSetup => {
  const writable = text.endsWith(":rw");
  const path = writable ? text.slice(0, -3) : text;
  if (path === "" || statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new UsageError(
      `--share ${text}: expected a folder, found ${path === "" ? "an empty path" : "none at that path"}; check it (:rw behind it lets the guest write)`,
    );
  }
  return { kind: "share", path, tag: n === 0 ? "share" : `share${n}`, writable };
};

const deviceSetups = (flags: BootFlags): DeviceSetup[] => [
  ...flags.drive.map((path) => driveOf(path)),
  ...flags.share.map((text, n) => shareOf(text, n)),
  ...(flags.net === true ? [{ kind: "net" } as const] : []),
];

/** Linux maps 2 MiB for it (Documentation/arch/arm/booting.rst). */
const MOST_DTB_BYTES = 2 * MIB;

const bootModesOf = (text: string, cpus: number): ("hyp" | "svc")[] => {
  const modes = text.split(",");
  if (modes.length > cpus || !modes.every((mode) => mode === "hyp" || mode === "svc")) {
    throw new UsageError(
      `--boot-modes ${text}: expected hyp or svc for each CPU, with commas between, at most ${cpus}`,
    );
  }
  return modes as ("hyp" | "svc")[];
};

const POLICIES = ["cortex-a15", "reference-emulator", "stop"] as const;
const policyOf = (name: string): (typeof POLICIES)[number] => {
  const found = POLICIES.find((policy) => policy === name);
  if (found !== undefined) return found;
  throw new UsageError(
    `--unpredictable ${name}: expected cortex-a15, reference-emulator or stop${suggestion(name, POLICIES)}`,
  );
};

const setupOf = (flags: BootFlags): MachineSetup =>
  flags.record === undefined ? plainSetupOf(flags) : withFolderDigests(plainSetupOf(flags));
const plainSetupOf = (flags: BootFlags): MachineSetup => ({
  board: "virt",
  cpus: flags.smp,
  memory: flags.memory * MIB,
  model: modelOf(flags.cpu),
  hyp: flags.hyp,
  ...(flags.bootModes !== undefined && { bootModes: bootModesOf(flags.bootModes, flags.smp) }),
  ...(flags.quantum !== undefined && { quantum: flags.quantum }),
  ...(flags.interleave !== undefined && { interleaveSeed: flags.interleave }),
  ...(flags.semihosting === true && { semihosting: flags.append ?? "" }),
  policy: policyOf(flags.unpredictable),
  devices: deviceSetups(flags),
});

const isLinux = (image: LoadedImage): boolean =>
  image.kind === "zImage"
    ? image.zImage.table !== undefined
    : image.kind === "raw-image" && image.linux;

/** Modules that the initial RAM disk loads for the devices, out of the kernel's own package. */
const modulesFor = async (image: LoadedImage, flags: BootFlags): Promise<KernelModule[]> => {
  const wanted = [
    ...(flags.drive.length > 0 ? ["virtio_blk"] : []),
    ...(flags.share.length > 0 ? ["9p", "9pnet_virtio"] : []),
    ...(flags.net === true ? ["virtio_net"] : []),
  ];
  if (wanted.length === 0 || image.source.package === undefined) return [];
  return debianModules(image.source.package.name, ["virtio_mmio", ...wanted], { progress: say });
};

/** A shell, with the host's folders mounted: what a kernel gets when nobody gives it anything. */
const usualRamDisk = async (image: LoadedImage, flags: BootFlags): Promise<Uint8Array> => {
  const mounts = flags.share.map((_, n) => {
    const tag = n === 0 ? "share" : `share${n}`;
    const place = n === 0 ? "/mnt" : `/mnt${n}`;
    return `mkdir -p ${place}; mount -t 9p -o trans=virtio,version=9p2000.L ${tag} ${place}`;
  });
  return makeInitramfs(await loadBusybox("debian", { progress: say }), {
    end: "shell",
    modules: await modulesFor(image, flags),
    prepare: [...mounts, ...(flags.net === true ? ["ip link set eth0 up; udhcpc -q -i eth0"] : [])],
  });
};

/** The kernel that a hypervisor starts, and its RAM disk. */
const dom0Modules = async (flags: BootFlags): Promise<BootModule[]> => {
  if (flags.dom0 === undefined) return [];
  const kernel = await loadImage(flags.dom0, { progress: say });
  const ramDisk =
    typeof flags.initrd === "string"
      ? ramDiskOf(flags.initrd)
      : flags.initrd === false
        ? undefined
        : await usualRamDisk(kernel, flags);
  return [
    {
      kind: "kernel",
      address: XEN_MODULE_ADDRESS.kernel,
      bytes: kernel.bytes,
      bootArguments: flags.dom0Append ?? "console=hvc0 earlycon=xen cryptomgr.notests",
    },
    ...(ramDisk === undefined
      ? []
      : [{ kind: "ramdisk", address: XEN_MODULE_ADDRESS.ramdisk, bytes: ramDisk } as const]),
  ];
};

/** Where Debian's packages of firmware keep that of this board: u-boot-qemu, qemu-efi-arm. */
const FIRMWARE_MEMBER = /(?:^|\/)(?:qemu_arm\/u-boot\.bin|AAVMF32_CODE\.fd)$/;

/** Firmware: a file, or out of a package. */
const firmwareOf = async (spec: string): Promise<Uint8Array> => {
  if (!spec.startsWith("debian:")) {
    return readInputFile(spec, {
      expected: "firmware",
      limit: VIRT.flash.banks[0].size,
      tooLarge: "the flash bank holds no more: give a smaller image",
    });
  }
  const { file } = await fetchDebianPackage(spec.slice("debian:".length), { progress: say });
  const bytes = readInputFile(file, { expected: "a Debian package" });
  const entry = findInDeb(readDeb(bytes), (path) => FIRMWARE_MEMBER.test(path));
  if (entry === undefined) {
    throw new UsageError(
      `--bios ${spec}: expected a package with qemu_arm/u-boot.bin or AAVMF32_CODE.fd, found none; try debian:u-boot-qemu`,
    );
  }
  return entry.bytes;
};

const bootFirmware = async (
  bios: string,
  flags: BootFlags,
): Promise<{ session: Session; setup: MachineSetup }> => {
  const begun = setupOf(flags);
  const firmware = await firmwareOf(bios);
  const setup = { ...begun, firmware: firmware.length };
  const session = startFirmware(
    { ...virtOptionsOf(setup), firmware, ...engineOf(flags) },
    flags.append === undefined ? {} : { bootArguments: flags.append },
  );
  say(`firmware of ${firmware.length} bytes at 0`);
  return { session, setup };
};

/** The bytes of a device tree blob that can be read. */
const deviceTreeOf = (file: string): Uint8Array => {
  const bytes = readInputFile(file, {
    expected: "a device tree blob",
    limit: MOST_DTB_BYTES,
    tooLarge: "no kernel takes a larger one; check which file you meant",
  });
  try {
    readDtb(bytes);
  } catch (error) {
    throw error instanceof ImageError ? error.about(`--dtb ${file}`) : error;
  }
  return bytes;
};

const checkLoadAddress = (image: LoadedImage, { loadAddress, zimage }: BootFlags): void => {
  if (loadAddress === undefined) return;
  const address = `--load-address 0x${loadAddress.toString(16)}`;
  if (image.kind === "elf")
    throw new UsageError(
      `${address}: expected a flat image, found an ELF program, which says where`,
    );
  if (image.kind === "zImage" && image.zImage.table !== undefined && zimage !== true) {
    throw new UsageError(
      `${address}: a kernel taken out of its zImage goes to its own place; add --zimage`,
    );
  }
  if (loadAddress % 4 !== 0) throw new UsageError(`${address}: expected a multiple of 4`);
};

const bootImage = async (
  spec: string,
  flags: BootFlags,
): Promise<{ session: Session; setup: MachineSetup; nameOf: NameAddress }> => {
  const begun = setupOf(flags);
  const dtb = flags.dtb === undefined ? undefined : deviceTreeOf(flags.dtb);
  const image = await loadImage(spec, { progress: say, acceptRaw: true });
  const firmware = firmwareIn(image);
  const setup = { ...begun, ...(firmware !== undefined && { firmware: firmware.length }) };
  const linux = isLinux(image);
  if (flags.zimage === true && image.kind !== "zImage")
    throw new UsageError(`--zimage: expected a zImage, found another kind of image in ${spec}`);
  checkLoadAddress(image, flags);
  const ramDisk =
    flags.dom0 !== undefined || flags.initrd === false
      ? undefined
      : flags.initrd !== undefined
        ? ramDiskOf(flags.initrd)
        : linux
          ? await usualRamDisk(image, flags)
          : undefined;
  const bootArguments = flags.append ?? (linux ? USUAL_ARGUMENTS : undefined);
  const payload = linux && flags.zimage !== true;
  const { session, layout } = startImage(
    { ...virtOptionsOf(setup), ...engineOf(flags) },
    {
      image,
      payload,
      modules: await dom0Modules(flags),
      ...(ramDisk !== undefined && { ramDisk }),
      ...(bootArguments !== undefined && { bootArguments }),
      ...(dtb !== undefined && { dtb }),
      ...(flags.loadAddress !== undefined && { loadAddress: flags.loadAddress }),
      ...(flags.record !== undefined && { milestoneEvery: 100_000_000 }),
    },
  );
  say(layout.how);
  if (payload && image.kind === "zImage")
    say("  --zimage runs its own decompressor: some 2000 million instructions more");
  if (layout.initrd !== undefined)
    say(
      `initial RAM disk of ${layout.initrd.size} bytes at 0x${layout.initrd.address.toString(16)}`,
    );
  if (bootArguments !== undefined) say(`arguments: ${bootArguments}`);
  return { session, setup, nameOf: kernelNames(image) };
};

/** What does not go together is refused: an option must not be without effect. */
const checkFlags = (image: string | undefined, flags: BootFlags): void => {
  if ((image === undefined) === (flags.bios === undefined)) {
    throw new UsageError(
      image === undefined
        ? "nothing to boot: give an image (debian:linux-image-armmp-lpae) or --bios"
        : "an image and --bios: give one of them",
    );
  }
  if (flags.bios !== undefined) {
    const forImages = {
      "--initrd": flags.initrd === false ? undefined : flags.initrd,
      "--dtb": flags.dtb,
      "--zimage": flags.zimage,
      "--load-address": flags.loadAddress,
      "--dom0": flags.dom0,
    };
    const [option] = Object.entries(forImages).find(([, value]) => value !== undefined) ?? [];
    if (option !== undefined) {
      throw new UsageError(
        `${option} with --bios: firmware loads what it starts by itself, from --drive say; leave ${option} out`,
      );
    }
  }
  if (flags.dom0Append !== undefined && flags.dom0 === undefined)
    throw new UsageError("--dom0-append: expected --dom0 with it, found none; give the kernel");
  if (!flags.hyp && flags.bootModes?.includes("hyp") === true)
    throw new UsageError("--boot-modes with hyp: there is no HYP mode under --no-hyp");
  if (flags.record !== undefined && flags.share.some((text) => text.endsWith(":rw"))) {
    throw new UsageError(
      "--record with --share FOLDER:rw: a folder that the guest changes cannot be replayed; leave :rw out, or give its files in the RAM disk",
    );
  }
  const read = { image, "--initrd": flags.initrd, "--dtb": flags.dtb, "--bios": flags.bios };
  checkConsoleFlags(flags, [
    ...Object.entries({ ...read, "--dom0": flags.dom0 }).flatMap(([what, path]) =>
      typeof path === "string" && !path.startsWith("debian:")
        ? [{ what: what === "image" ? "the image" : what, path }]
        : [],
    ),
    ...flags.drive.map((path) => ({ what: "--drive", path })),
  ]);
};

export const bootCommand = async (image: string | undefined, flags: BootFlags): Promise<number> => {
  checkFlags(image, flags);
  if (flags.bios !== undefined) {
    const { session, setup } = await bootFirmware(flags.bios, flags);
    session.reboots = flags.reboot;
    return runConsole(session, setup, flags);
  }
  const { session, setup, nameOf } = await bootImage(image!, flags);
  session.reboots = flags.reboot;
  return runConsole(session, setup, flags, nameOf);
};
