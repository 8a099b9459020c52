/** The door of devices/: register blocks, devices, boards. */
export * from "./device-state.js";
export * from "./boards/virt-board.js";
export * from "./boards/virt-tree.js";
export * from "./constant-window.js";
export * from "./flash-contents.js";
export * from "./fw-cfg.js";
export * from "./gicv2/index.js";
export * from "./nor-flash.js";
export * from "./pl011.js";
export * from "./pl031.js";
export * from "./pl061.js";
export * from "./prime-cell.js";
export * from "./register-block.js";
export * from "./register-device.js";
export * from "./semihosting.js";
export * from "./unmodelled-log.js";
export * from "./virtio/index.js";
