#include "frontend/weigh.h"

#ifdef VOX_SPLIT_ASSEMBLY

/* clang-format off */

/* r0: bin, r1: sum of the upper pieces, r2: weights, r3: shift, r8: end, r9 and r10: of the powers, r11: lower, r12: middle. */
__asm(VOX_ASSEMBLY VOX_FUNCTION("vox_weigh") VOX_KEEP
      "mov r8, r1\n\t" "movs r1, #0\n\t" "mov r9, r1\n\t" "mov r10, r1\n\t" "mov r11, r1\n\t" "mov r12, r1\n\t"
      "cmp r0, r8\n\t" "bhs 2f\n"
      "1:\t" "ldmia r0!, {r4, r5}\n\t" "asrs r4, r3\n\t" "asrs r5, r3\n\t" "muls r4, r4, r4\n\t" "muls r5, r5, r5\n\t"
      "adds r4, r4, r5\n\t" "ldrh r5, [r2]\n\t" "uxth r6, r4\n\t" "lsrs r4, r4, #16\n\t" "add r9, r6\n\t" "add r10, r4\n\t"
      "muls r6, r5, r6\n\t" "muls r4, r5, r4\n\t" "uxth r7, r6\n\t" "lsrs r6, r6, #16\n\t" "add r11, r7\n\t"
      "adds r4, r4, r6\n\t" "uxth r7, r4\n\t" "lsrs r4, r4, #16\n\t" "add r12, r7\n\t" "adds r1, r1, r4\n\t"
      "adds r2, #2\n\t" "cmp r0, r8\n\t" "blo 1b\n"
      "2:\t" "ldr r0, [sp, #36]\n\t" "mov r3, r9\n\t" "mov r4, r10\n\t" "mov r5, r11\n\t" "mov r6, r12\n\t"
      "stmia r0!, {r3, r4, r5, r6}\n\t" "str r1, [r0]\n\t" VOX_RETURN VOX_END("vox_weigh") ".text\n\t");

/* clang-format on */

#endif
