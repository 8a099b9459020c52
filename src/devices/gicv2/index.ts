/** The interrupt controller. */
export * from "./gich-registers.js";
export * from "./gicd-registers.js";
export * from "./gicv2.js";
export * from "./gicv2m.js";
export * from "./interface-registers.js";
