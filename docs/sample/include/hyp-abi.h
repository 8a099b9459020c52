/* SPDX-License-Identifier: Apache-2.0 */
/* hyp-stub C: Renumbered, with 0 for success and HVC_STUB_ERR for refusal. Made by hyplab docs; do not edit. */
#ifndef HYPLAB_HYP_ABI_H
#define HYPLAB_HYP_ABI_H

/*
 * Loads HVBAR.
 *   r0: 0
 *   r1: physical address of a vector table, below 4 GiB, 32-byte aligned
 *   outcome: returns; r0 = 0
 *   may be changed: r0
 */
#define HVC_SET_VECTORS                          0

/*
 * Goes to the address in r1 without leaving HYP mode.
 *   r0: 1
 *   r1: physical address to go to; bit 0 set for Thumb
 *   outcome: enters r1 in HYP mode
 *   may be changed: r0
 */
#define HVC_SOFT_RESTART                         1

/*
 * Does nothing: the stub's vectors are in place.
 *   r0: 2
 *   outcome: returns; r0 = 0
 *   may be changed: r0
 */
#define HVC_RESET_VECTORS                        2

/* r0 after a call that is refused. */
#define HVC_STUB_ERR                             0x0badca11

/* The numbers of each generation: the same name has not the same number in all of them. */

/* hyp-stub B0, first patch of the 2017 series; kept in vendor trees */
#define LINUX_B0_HVC_GET_VECTORS                 0
#define LINUX_B0_HVC_SET_VECTORS                 1

/* hyp-stub B1, the proposal of January 2017 */
#define LINUX_B1_HVC_GET_VECTORS                 0
#define LINUX_B1_HVC_SET_VECTORS                 1
#define LINUX_B1_HVC_SOFT_RESTART                2

/* hyp-stub B2, mid-series, 2017 */
#define LINUX_B2_HVC_GET_VECTORS                 0
#define LINUX_B2_HVC_SET_VECTORS                 1
#define LINUX_B2_HVC_SOFT_RESTART                2
#define LINUX_B2_HVC_RESET_VECTORS               3

/* hyp-stub B3, mid-series, 2017 */
#define LINUX_B3_HVC_SET_VECTORS                 1
#define LINUX_B3_HVC_SOFT_RESTART                2
#define LINUX_B3_HVC_RESET_VECTORS               3

/* hyp-stub C, v4.12 [M] to v5.6 [M] */
#define LINUX_C_HVC_SET_VECTORS                  0
#define LINUX_C_HVC_SOFT_RESTART                 1
#define LINUX_C_HVC_RESET_VECTORS                2

/* hyp-stub D, kernel proper, v5.7 [M] to the latest seen */
#define LINUX_D_KERNEL_HVC_SOFT_RESTART          1

/* hyp-stub D, decompressor, v5.7 [M] to the latest seen */
#define LINUX_D_ZIMAGE_HVC_SET_VECTORS           0
#define LINUX_D_ZIMAGE_HVC_SOFT_RESTART          1

#endif /* HYPLAB_HYP_ABI_H */
