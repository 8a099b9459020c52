/** virtio: transport, queues and devices. */
export * from "./block/block-backend.js";
export * from "./block/copy-on-write.js";
export * from "./block/file-image.js";
export * from "./block/virtio-block.js";
export { UserNetwork, type Network, type FrameFate } from "./net/user-network.js";
export * from "./net/virtio-net.js";
export * from "./share/host-folder.js";
export * from "./share/share-backend.js";
export * from "./share/virtio-p9.js";
export * from "./virtio-console.js";
export * from "./virtio-device.js";
export * from "./virtio-entropy.js";
export * from "./virtio-mmio.js";
export * from "./virtio-mmio-registers.js";
