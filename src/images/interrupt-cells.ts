/** Cells of the GIC's interrupt specifiers (Linux's binding arm,gic): the kind of interrupt, its flags. */
export const SPI = 0;
export const PPI = 1;
export const EDGE_RISING = 1;
export const LEVEL_HIGH = 4;
export const LEVEL_LOW = 8;
