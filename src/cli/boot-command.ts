/** `hyplab boot`: an image on a whole machine, its console on the terminal. */
import { readFileSync } from "node:fs";
import {
  debianModules,
  findInDeb,
  fetchDebianPackage,
  loadBusybox,
  loadImage,
  makeInitramfs,
  readDeb,
  XEN_MODULE_ADDRESS,
  type BootModule,
  type KernelModule,
  type LoadedImage,
} from "../images/index.js";
import {
  fileDigest,
  firmwareIn,
  kernelNames,
  startFirmware,
  startImage,
  USUAL_ARGUMENTS,
  virtOptionsOf,
  type DeviceSetup,
  type MachineSetup,
  type NameAddress,
  type Session,
} from "../lab/index.js";
import type { EngineName } from "../machine/index.js";
import { patternOf, runConsole, type ConsoleFlags } from "./console.js";
import { UsageError } from "./errors.js";

export interface BootFlags extends ConsoleFlags {
  readonly initrd?: string | false;
  readonly append?: string;
  readonly cpu: string;
  readonly engine: EngineName;
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
  readonly dom0?: string;
  readonly dom0Append?: string;
}

const MIB = 1024 * 1024;
const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const deviceSetups = (flags: BootFlags): DeviceSetup[] => [
  ...flags.drive.map((path): DeviceSetup => ({ kind: "drive", path, sha256: fileDigest(path) })),
  ...flags.share.map((text, n): DeviceSetup => {
    const writable = text.endsWith(":rw");
    return {
      kind: "share",
      path: writable ? text.slice(0, -3) : text,
      tag: n === 0 ? "share" : `share${n}`,
      writable,
    };
  }),
  ...(flags.net === true ? [{ kind: "net" } as const] : []),
];

const bootModesOf = (text: string, cpus: number): ("hyp" | "svc")[] => {
  const modes = text.split(",");
  if (modes.length > cpus || !modes.every((mode) => mode === "hyp" || mode === "svc")) {
    throw new UsageError(
      `--boot-modes ${text}: expected hyp or svc for each CPU, with commas between, at most ${cpus}`,
    );
  }
  return modes as ("hyp" | "svc")[];
};

const setupOf = (flags: BootFlags, firmware: number | undefined): MachineSetup => {
  if (flags.cpu !== "cortex-a15" && flags.cpu !== "cortex-a7") {
    throw new UsageError(`--cpu ${flags.cpu}: expected cortex-a15 or cortex-a7`);
  }
  const policy = flags.unpredictable;
  if (policy !== "cortex-a15" && policy !== "reference-emulator" && policy !== "stop") {
    throw new UsageError(
      `--unpredictable ${policy}: expected cortex-a15, reference-emulator or stop`,
    );
  }
  return {
    board: "virt",
    cpus: flags.smp,
    memory: flags.memory * MIB,
    model: flags.cpu,
    hyp: flags.hyp,
    ...(flags.bootModes !== undefined && {
      bootModes: bootModesOf(flags.bootModes, flags.smp),
    }),
    ...(flags.quantum !== undefined && { quantum: flags.quantum }),
    ...(flags.interleave !== undefined && { interleaveSeed: flags.interleave }),
    ...(firmware !== undefined && { firmware }),
    ...(flags.semihosting === true && { semihosting: flags.append ?? "" }),
    policy,
    devices: deviceSetups(flags),
  };
};

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
      ? readFileSync(flags.initrd)
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
  if (!spec.startsWith("debian:")) return readFileSync(spec);
  const { file } = await fetchDebianPackage(spec.slice("debian:".length), { progress: say });
  const entry = findInDeb(readDeb(readFileSync(file)), (path) => FIRMWARE_MEMBER.test(path));
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
  const firmware = await firmwareOf(bios);
  const setup = setupOf(flags, firmware.length);
  const session = startFirmware(
    { ...virtOptionsOf(setup), firmware, engine: flags.engine },
    flags.append === undefined ? {} : { bootArguments: flags.append },
  );
  say(`firmware of ${firmware.length} bytes at 0`);
  return { session, setup };
};

const bootImage = async (
  spec: string,
  flags: BootFlags,
): Promise<{ session: Session; setup: MachineSetup; nameOf: NameAddress }> => {
  const image = await loadImage(spec, { progress: say, acceptRaw: true });
  const setup = setupOf(flags, firmwareIn(image)?.length);
  const linux = isLinux(image);
  const ramDisk =
    flags.dom0 !== undefined || flags.initrd === false
      ? undefined
      : flags.initrd !== undefined
        ? readFileSync(flags.initrd)
        : linux
          ? await usualRamDisk(image, flags)
          : undefined;
  const bootArguments = flags.append ?? (linux ? USUAL_ARGUMENTS : undefined);
  const payload = linux && flags.zimage !== true;
  const { session, layout } = startImage(
    { ...virtOptionsOf(setup), engine: flags.engine },
    {
      image,
      payload,
      modules: await dom0Modules(flags),
      ...(ramDisk !== undefined && { ramDisk }),
      ...(bootArguments !== undefined && { bootArguments }),
      ...(flags.dtb !== undefined && { dtb: readFileSync(flags.dtb) }),
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

export const bootCommand = async (image: string | undefined, flags: BootFlags): Promise<number> => {
  if ((image === undefined) === (flags.bios === undefined)) {
    throw new UsageError(
      image === undefined
        ? "nothing to boot: give an image (debian:linux-image-armmp-lpae) or --bios"
        : "an image and --bios: give one of them",
    );
  }
  patternOf(flags.until);
  if (flags.record !== undefined && flags.share.length > 0) {
    throw new UsageError(
      "--record with --share: a folder that may change cannot be replayed; give its files in the RAM disk",
    );
  }
  if (flags.bios !== undefined) {
    const { session, setup } = await bootFirmware(flags.bios, flags);
    return runConsole(session, setup, flags);
  }
  const { session, setup, nameOf } = await bootImage(image!, flags);
  return runConsole(session, setup, flags, nameOf);
};
