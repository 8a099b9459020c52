/** The interrupt controller. */
export type { CpuRequests, Gicv2Options } from "./gicv2.js";
export { Gicv2 } from "./gicv2.js";
export { GICV2M } from "./gicv2m.js";
export { GICD } from "./gicd-registers.js";
export { GICH } from "./gich-registers.js";
export { GICC, GICV } from "./interface-registers.js";
