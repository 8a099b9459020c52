/** Board `virt`: a machine with its devices, wired. */
import type { CpuModel } from "../../arch/index.js";
import type { DeviceTree } from "../../images/index.js";
import { Machine, MachineError, type MachineOptions, TIMER_NAMES } from "../../machine/index.js";
import { MappedContents } from "../flash-contents.js";
import { Psci, type PsciOptions } from "../psci.js";
import { SemihostingPort } from "../semihosting-port.js";
import type { SemihostingOptions } from "../semihosting.js";
import { SeededGenerator } from "../virtio/seeded-generator.js";
import { type Range, VIRT } from "./virt-board.js";
import { virtDevices, type VirtDeviceOptions, type VirtDevices } from "./virt-devices.js";
import { virtTree } from "./virt-tree.js";

/** 9 January 2017, midnight UTC: what the machine's calendar begins with unless told otherwise. */
export const EPOCH = 1_483_920_000;
const DEFAULT_MEMORY = 512 * 1024 * 1024;
const DEFAULT_SEED = 20170109;
/** Bytes: up to where RAM may reach with 32-bit addresses, less what the machine's own memory can hold. */
export const MOST_MEMORY = 0x7c00_0000;

export interface VirtOptions
  extends
    Pick<MachineOptions, "policy" | "quantum" | "interleaveSeed" | "engine" | "optimisations">,
    Omit<VirtDeviceOptions, "hyp" | "epoch" | "flash"> {
  /** 1 to 8 (1). */
  readonly cpus?: number;
  /** Bytes of RAM, a multiple of 1 MiB (512 MiB). */
  readonly memory?: number;
  readonly model?: CpuModel;
  /** False hides the Virtualization Extensions (true). */
  readonly hyp?: boolean;
  /** In which mode each CPU is entered, by number; where nothing is said HYP, or SVC without it. */
  readonly bootModes?: readonly ("hyp" | "svc")[];
  /** Image for the first flash bank. Code runs out of it at address 0. */
  readonly firmware?: Uint8Array;
  /** Makes the random seeds in the device tree. */
  readonly seed?: number;
  /** Seconds since 1970 at reset (`EPOCH`). */
  readonly epoch?: number;
  /** Answers semihosting calls (off when absent); SYS_EXIT powers the machine off. */
  readonly semihosting?: Partial<
    Pick<SemihostingOptions, "print" | "commandLine" | "heap" | "files">
  >;
  /** Told of every PSCI call. */
  readonly psciCalled?: PsciOptions["called"];
}

export interface VirtBoot {
  readonly bootArguments?: string;
  readonly initrd?: Range;
}

export interface Virt extends VirtDevices {
  readonly machine: Machine;
  readonly ram: Range;
  /** Only where the options ask for it. */
  readonly semihosting: SemihostingPort | undefined;
  /** In which mode a CPU is entered when it is switched on. */
  readonly bootMode: (cpu: number) => "hyp" | "svc";
  /** Lets the boot CPU begin at an address (bit 0 set: T32) with r0, r1 and so on, as a boot loader would. */
  readonly start: (entry: number, registers?: readonly number[]) => void;
  /** The device tree. The same for the same options. */
  readonly tree: (boot?: VirtBoot) => DeviceTree;
}

/** Throws MachineError for options out of range. */
export const makeVirt = (options: VirtOptions = {}): Virt => {
  const {
    cpus = 1,
    memory = DEFAULT_MEMORY,
    model = "cortex-a15",
    hyp = true,
    seed = DEFAULT_SEED,
  } = options;
  if (
    !Number.isInteger(memory) ||
    memory <= 0 ||
    memory % 0x10_0000 !== 0 ||
    memory > MOST_MEMORY
  ) {
    throw new MachineError(
      "machine/configuration",
      `${memory} bytes of RAM; board virt takes whole MiB up to ${MOST_MEMORY / 0x10_0000}`,
    );
  }
  const ram = { base: VIRT.ramBase, size: memory };
  const [flash] = VIRT.flash.banks;
  const { firmware } = options;
  if (firmware !== undefined && firmware.length > flash.size) {
    throw new MachineError(
      "machine/configuration",
      `firmware of ${firmware.length} bytes; the flash bank has ${flash.size}`,
    );
  }
  const machine = new Machine({
    ram: firmware === undefined ? [ram] : [ram, { ...flash, isFlash: true }],
    cpus,
    model,
    hyp,
    ...(options.policy !== undefined && { policy: options.policy }),
    ...(options.quantum !== undefined && { quantum: options.quantum }),
    ...(options.interleaveSeed !== undefined && { interleaveSeed: options.interleaveSeed }),
    ...(options.engine !== undefined && { engine: options.engine }),
    ...(options.optimisations !== undefined && { optimisations: options.optimisations }),
  });
  const devices = virtDevices(
    {
      clock: machine.clock,
      memory: machine.guestMemory,
      initiator: machine.bus,
      cpus: machine.cpus.map((cpu) => cpu.interrupts.lines),
    },
    {
      ...options,
      hyp,
      epoch: options.epoch ?? EPOCH,
      ...(firmware !== undefined && { flash: mapped(machine, flash.base, firmware) }),
    },
  );
  for (const device of devices.all) machine.attach(device);
  const semihosting = withSemihosting(machine, devices, options);
  const ppis = {
    CNTP: VIRT.timer.physicalPpi,
    CNTV: VIRT.timer.virtualPpi,
    CNTHP: VIRT.timer.hypPpi,
  };
  for (const cpu of machine.cpus) {
    for (const name of TIMER_NAMES) cpu.timer.connect(name, devices.gic.ppi(cpu.index, ppis[name]));
    cpu.monitor.connect(devices.gic.ppi(cpu.index, VIRT.pmuPpi));
  }
  const bootMode = (cpu: number): "hyp" | "svc" =>
    hyp ? (options.bootModes?.[cpu] ?? "hyp") : "svc";
  new Psci(machine, {
    bootMode,
    ...(options.psciCalled && { called: options.psciCalled }),
  }).install();
  const random = new SeededGenerator(seed);
  const rngSeed = random.bytes(32);
  const kaslrSeed = random.bytes(8);
  return {
    ...devices,
    machine,
    ram,
    semihosting,
    bootMode,
    start: (entry, registers = []) => {
      machine.cpu.powerOn({ entry, context: registers[0] ?? 0, mode: bootMode(0) });
      registers.forEach((value, n) => machine.cpu.setRegister(n, value));
    },
    tree: (boot = {}) => virtTree({ cpus, model, hyp, memory, rngSeed, kaslrSeed, ...boot }),
  };
};

const withSemihosting = (
  machine: Machine,
  { uart }: VirtDevices,
  options: VirtOptions,
): SemihostingPort | undefined => {
  if (options.semihosting === undefined) return undefined;
  const { memory = DEFAULT_MEMORY, epoch = EPOCH } = options;
  const top = VIRT.ramBase + memory;
  const port = new SemihostingPort(machine, {
    epoch,
    // Where nothing else is asked for the program prints to the UART's other end.
    print: (bytes) => bytes.forEach((byte) => uart.onTransmit(byte)),
    // The upper half of RAM: the heap grows from its start, the stack down from its end.
    heap: [top - memory / 2, top, top, top - memory / 2],
    ...options.semihosting,
  });
  machine.attach(port);
  port.install();
  return port;
};

/** The firmware's flash lies in the machine's memory, so that code runs out of it. */
const mapped = (machine: Machine, base: number, firmware: Uint8Array): MappedContents => {
  machine.load(base, firmware);
  const contents = {
    read: (address: number, size: number) => machine.memory.read(address, size),
    write: (address: number, data: Uint8Array) => machine.load(address, data),
  };
  return new MappedContents(contents, base, (shown) => machine.showFlash(base, shown));
};
