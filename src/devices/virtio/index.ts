/** virtio: transport, queues and devices. */
export * from "./block/block-backend.js";
export * from "./block/copy-on-write.js";
export * from "./block/file-image.js";
export * from "./block/virtio-block.js";
export * from "./virtio-console.js";
export * from "./virtio-device.js";
export * from "./virtio-entropy.js";
export * from "./virtio-mmio.js";
export * from "./virtio-mmio-registers.js";
