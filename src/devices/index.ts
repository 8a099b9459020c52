/** The door of devices/: register blocks, devices, boards. */
export * from "./device-state.js";
export * from "./register-block.js";
export * from "./register-device.js";
export * from "./unmodelled-log.js";
export * from "./virtio/index.js";
