/** RAM disks of lives that go by themselves: from the first kernel's shell to the next kernel's power-off. */
import { loadBusybox, makeInitramfs } from "../../src/images/index.js";
import { fetchLifeSources, rawForKexec, USUAL_ARGUMENTS } from "../../src/lab/index.js";

/** boot: to a power-off. kexec: through a soft restart to the next kernel's. kdump: through a panic. */
export const LIVES = ["boot", "kexec", "kdump"] as const;
export type Life = (typeof LIVES)[number];

/** What a crash kernel gets, and where on this board. */
export const RESERVED = { size: "128M", base: 0x5000_0000 } as const;

export const argumentsOf = (life: Life): string =>
  life === "kdump" ? `${USUAL_ARGUMENTS} crashkernel=${RESERVED.size}` : USUAL_ARGUMENTS;

const SCRIPTS: Readonly<Record<Life, string>> = {
  boot: "uname -a",
  kexec: `kexec -l /next/kernel --initrd=/next/initrd --append='${USUAL_ARGUMENTS}'\nkexec -e`,
  kdump: [
    "echo 1 > /proc/sys/kernel/sysrq",
    `kexec -p /next/kernel --initrd=/next/initrd --append='${USUAL_ARGUMENTS} maxcpus=1 reset_devices'`,
    "echo c > /proc/sysrq-trigger",
  ].join("\n"),
};

/** The first kernel's RAM disk. `kernel` is the raw one. Throws ImageError where a package cannot be had. */
export const lifeRamDisk = async (
  life: Life,
  kernel: { readonly bytes: Uint8Array; readonly textOffset: number },
  progress: (line: string) => void,
): Promise<Uint8Array> => {
  if (life === "boot")
    return makeInitramfs(await loadBusybox("debian", { progress }), {
      run: SCRIPTS.boot,
      end: "poweroff",
    });
  const next = rawForKexec(kernel);
  const { busybox, kexecTools } = await fetchLifeSources(next, { progress });
  const inner = makeInitramfs(busybox, {
    run: "uname -r; [ ! -e /proc/vmcore ] || head -c 4194304 /proc/vmcore | sha256sum",
    end: "poweroff",
  });
  return makeInitramfs(busybox, { run: SCRIPTS[life], end: "poweroff" }, [
    ...kexecTools,
    { kind: "file", path: "next/kernel", mode: 0o644, bytes: next },
    { kind: "file", path: "next/initrd", mode: 0o644, bytes: inner },
  ]);
};
