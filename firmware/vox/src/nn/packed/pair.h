/* The inner loop of packed tiles. */
#ifndef VOX_NN_PACKED_PAIR_H
#define VOX_NN_PACKED_PAIR_H

/* clang-format off */

/* Weights k and k + 1; r1: end of the weights, r2: k - row, r8 and r10: whole words, r9 and r11: upper halves. */
#define VOX_PAIR \
    "ldrsb r3, [r1, r2]\n\t" "ldmia r0!, {r4, r5}\n\t" "muls r4, r3, r4\n\t" "muls r5, r3, r5\n\t" "adds r2, #1\n\t" \
    "ldrsb r3, [r1, r2]\n\t" "ldmia r0!, {r6, r7}\n\t" "muls r6, r3, r6\n\t" "muls r7, r3, r7\n\t" \
    "adds r4, r4, r6\n\t" "add r4, r12\n\t" "add r8, r4\n\t" "asrs r4, r4, #16\n\t" "add r9, r4\n\t" \
    "adds r5, r5, r7\n\t" "add r5, r12\n\t" "add r10, r5\n\t" "asrs r5, r5, #16\n\t" "add r11, r5\n\t" \
    "adds r2, #1\n\t"

/* clang-format on */

#endif
