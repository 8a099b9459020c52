/** From an image and a machine's description to a session that is about to run its first instruction. */
import { makeVirt, VIRT, type VirtOptions } from "../../devices/index.js";
import {
  bootLayout,
  flashContents,
  readDtb,
  writeDtb,
  type BootLayout,
  type BootModule,
  type DeviceTree,
  type LoadedImage,
  type RegRange,
} from "../../images/index.js";
import { Session, type SessionOptions } from "./session.js";

/** What goes into a machine before it starts. */
export interface StartOptions extends SessionOptions {
  readonly image: LoadedImage;
  /** The initial RAM disk. */
  readonly ramDisk?: Uint8Array;
  readonly bootArguments?: string;
  /** A device tree blob instead of the board's own tree. */
  readonly dtb?: Uint8Array;
  /** A hypervisor's modules. */
  readonly modules?: readonly BootModule[];
  /** Enter the kernel inside a zImage. */
  readonly payload?: boolean;
  readonly loadAddress?: number;
  /** Memory that the kernel is told to leave alone. */
  readonly reserved?: readonly RegRange[];
}
export interface Started {
  readonly session: Session;
  readonly layout: BootLayout;
}

const withReservations = (tree: DeviceTree, reserved: readonly RegRange[]): DeviceTree => ({
  ...tree,
  reservations: [
    ...tree.reservations,
    ...reserved.map(({ address, size }) => ({ address: BigInt(address), size: BigInt(size) })),
  ],
});

const [BANK] = VIRT.flash.banks;
const FLASH = { address: BANK.base, size: BANK.size };
/** What an image wants in the first flash bank: the board's firmware. */
export const firmwareIn = (image: LoadedImage): Uint8Array | undefined =>
  flashContents(image, FLASH);

/** A machine with an image in it, as a boot loader leaves it. Throws MachineError and ImageError. */
export const startImage = (board: VirtOptions, options: StartOptions): Started => {
  const firmware = firmwareIn(options.image);
  const virt = makeVirt(firmware === undefined ? board : { ...board, firmware });
  const session = new Session(virt, options);
  const layout = bootLayout({
    image: options.image,
    ram: { address: virt.ram.base, size: virt.ram.size },
    tree: withReservations(
      options.dtb === undefined ? virt.tree() : readDtb(options.dtb),
      options.reserved ?? [],
    ),
    ...(options.ramDisk !== undefined && { initrd: options.ramDisk }),
    ...(options.bootArguments !== undefined && { bootArguments: options.bootArguments }),
    ...(options.modules !== undefined && { modules: options.modules }),
    ...(options.payload !== undefined && { payload: options.payload }),
    ...(options.loadAddress !== undefined && { loadAddress: options.loadAddress }),
    ...(firmware !== undefined && { flash: FLASH }),
  });
  session.start({
    pieces: layout.pieces,
    entry: layout.entry | (layout.thumb ? 1 : 0),
    registers: layout.registers,
  });
  return { session, layout };
};

/** A machine whose firmware starts at address 0, with the board's device tree at the start of RAM. */
export const startFirmware = (
  board: VirtOptions & Required<Pick<VirtOptions, "firmware">>,
  options: Pick<StartOptions, "bootArguments"> & SessionOptions,
): Session => {
  const virt = makeVirt(board);
  const session = new Session(virt, options);
  const boot = options.bootArguments === undefined ? {} : { bootArguments: options.bootArguments };
  session.start({
    pieces: [{ address: VIRT.ramBase, bytes: writeDtb(virt.tree(boot)) }],
    entry: VIRT.flash.banks[0].base,
    registers: [0, 0, 0],
  });
  return session;
};
