/**
 * The initial RAM disks of a scenario. The first kernel's loads the next kernel with kexec-tools, says so on
 * the console, and then runs whatever line is typed; the next kernel's reads the old memory back.
 */
import {
  debianModules,
  loadBusybox,
  makeInitramfs,
  packageItems,
  type DebianOptions,
  type InitramfsItem,
  type KernelModule,
} from "../../images/index.js";
import type { PanicKind, ScenarioSetup } from "./result.js";

/** What the scripts print, and the laboratory waits for. Each begins a line. */
export const MARK = {
  /** Then kexec's exit status, kexec_crash_loaded or kexec_loaded, and the size of the reservation. */
  loaded: "hyplab: loaded",
  /** The first kernel waits for a line. */
  ready: "hyplab: ready",
  /** The next kernel's /init runs. */
  second: "hyplab: next kernel",
  /** Size of /proc/vmcore in bytes, then its first bytes in hexadecimal. */
  vmcore: "hyplab: vmcore",
  /** /proc/vmcore was copied; then dd's exit status. */
  saved: "hyplab: saved",
} as const;

/** Bytes of the ELF header and program headers that the next kernel prints. */
const HEADER_BYTES = 52 + 32 * 16;
/** Where the next kernel and its RAM disk lie in the first one's. */
const KERNEL = "crash/kernel";
const RAMDISK = "crash/initrd";
/** No self-tests of ciphers: they take more instructions than the boot. */
export const USUAL_ARGUMENTS = "console=ttyAMA0 earlycon cryptomgr.notests";

/** What the typed line makes the first kernel do. The other two are the laboratory's doing. */
export const panicLine = (panic: PanicKind, cpus: number): string => {
  switch (panic) {
    case "sysrq-c":
      return "taskset 1 sh -c 'echo c > /proc/sysrq-trigger'";
    case "other-cpu":
      return `taskset ${(1 << (cpus - 1)).toString(16)} sh -c 'echo c > /proc/sysrq-trigger'`;
    case "null-call":
      return "taskset 1 sh -c 'echo 1 > /proc/sys/kernel/panic_on_oops; sync'";
    case "interrupt":
      return "sleep 100";
    case "kexec":
      return "kexec -e";
  }
};

/** kexec-tools put what is no zImage at 32 KiB behind the start of the memory that they chose. */
const KEXEC_OFFSET = 0x8000;
/**
 * A raw kernel as kexec-tools load it to the right place: they know nothing of text offsets above 32 KiB, and
 * a kernel that lies too low takes memory before its own for its own. A branch and a gap stand before it.
 */
export const rawForKexec = (kernel: {
  readonly bytes: Uint8Array;
  readonly textOffset: number;
}): Uint8Array => {
  const gap = kernel.textOffset - KEXEC_OFFSET;
  if (gap < 8) return kernel.bytes;
  const padded = new Uint8Array(gap + kernel.bytes.length);
  // B to the kernel: the offset counts in words from the branch + 8 (DDI 0406C, A8.8.18).
  new DataView(padded.buffer).setUint32(0, 0xea000000 | (((gap - 8) >>> 2) & 0xffffff), true);
  padded.set(kernel.bytes, gap);
  return padded;
};

export interface LifeSources {
  /** The next kernel as kexec is given it: a zImage, or what `rawForKexec` makes of a raw one. */
  readonly kernel: Uint8Array;
  readonly busybox: Uint8Array;
  readonly kexecTools: readonly InitramfsItem[];
  /** Modules that the next kernel needs to save the vmcore; none: it is looked at only. */
  readonly saveModules: readonly KernelModule[];
}

/** Fetches what the scenarios need besides the kernel. */
export const fetchLifeSources = async (
  kernel: Uint8Array,
  options: DebianOptions & { readonly saveVmcore?: { readonly kernelPackage: string } } = {},
): Promise<LifeSources> => ({
  kernel,
  busybox: await loadBusybox("debian", options),
  kexecTools: await packageItems(["debian:kexec-tools"], options),
  saveModules:
    options.saveVmcore === undefined
      ? []
      : await debianModules(
          options.saveVmcore.kernelPackage,
          ["virtio_mmio", "9p", "9pnet_virtio"],
          options,
        ),
});

const secondScript = (save: boolean): string =>
  [
    `echo "${MARK.second} $(uname -r)"`,
    "if [ -e /proc/vmcore ]; then",
    `  echo "${MARK.vmcore} $(stat -c %s /proc/vmcore) $(dd if=/proc/vmcore bs=${HEADER_BYTES} count=1 2>/dev/null | hexdump -v -e '/1 "%02x"')"`,
    ...(save
      ? [
          "  mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 vmcore /mnt",
          "  dd if=/proc/vmcore of=/mnt/vmcore bs=256k",
          `  echo "${MARK.saved} $?"`,
          "  umount /mnt",
        ]
      : []),
    "fi",
  ].join("\n");

const firstScript = (kind: ScenarioSetup["kind"]): string => {
  const append = `${USUAL_ARGUMENTS} maxcpus=1 reset_devices`;
  const load =
    kind === "kdump"
      ? `kexec -p /${KERNEL} --initrd=/${RAMDISK} --append='${append}'`
      : `kexec -l /${KERNEL} --initrd=/${RAMDISK} --append='${USUAL_ARGUMENTS}'`;
  const loaded = `/sys/kernel/kexec_${kind === "kdump" ? "crash_" : ""}loaded`;
  return [
    "echo 1 > /proc/sys/kernel/sysrq",
    load,
    `echo "${MARK.loaded} $? $(cat ${loaded}) $(cat /sys/kernel/kexec_crash_size)"`,
    "uname -r",
    `echo "${MARK.ready}"`,
    'while read -r line; do eval "$line"; done',
  ].join("\n");
};

/** The first kernel's initial RAM disk, with the next kernel and its own inside. */
export const lifeInitramfs = (kind: ScenarioSetup["kind"], sources: LifeSources): Uint8Array => {
  const save = sources.saveModules.length > 0;
  const inner = makeInitramfs(sources.busybox, {
    run: secondScript(save),
    end: "poweroff",
    modules: sources.saveModules,
  });
  return makeInitramfs(sources.busybox, { run: firstScript(kind), end: "poweroff" }, [
    ...sources.kexecTools,
    { kind: "file", path: KERNEL, mode: 0o644, bytes: sources.kernel },
    { kind: "file", path: RAMDISK, mode: 0o644, bytes: inner },
  ]);
};
