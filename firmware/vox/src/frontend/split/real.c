#include "frontend/real.h"

#ifdef VOX_SPLIT_ASSEMBLY

/* clang-format off */

/* r0-r5, r8: VOX_ROTATE, r6: lower, r7: upper, r9: w, r10: end, r11 and r12: halves of e. */
__asm(VOX_ASSEMBLY VOX_FUNCTION("vox_real_bins") VOX_KEEP
      "movs r6, r0\n\t" "movs r7, r1\n\t" "mov r9, r2\n\t" "mov r10, r3\n"
      "1:\t" "ldmia r6!, {r0, r1}\n\t" "ldmia r7!, {r2, r3}\n\t"
      "asrs r0, r0, #1\n\t" "asrs r1, r1, #1\n\t" "asrs r2, r2, #1\n\t" "asrs r3, r3, #1\n\t"
      "adds r4, r0, r2\n\t" "subs r5, r1, r3\n\t" "adds r3, r1, r3\n\t" "subs r1, r2, r0\n\t" "movs r0, r3\n\t"
      "asrs r4, r4, #1\n\t" "mov r11, r4\n\t" "asrs r5, r5, #1\n\t" "mov r12, r5\n\t"
      "mov r3, r9\n\t" "ldmia r3!, {r2}\n\t" "mov r9, r3\n\t" "sxth r3, r2\n\t" "mov r8, r3\n\t" "asrs r2, r2, #16\n\t"
      VOX_ROTATE "mov r0, r11\n\t" "mov r1, r12\n\t"
      "adds r2, r0, r4\n\t" "adds r3, r1, r5\n\t" "subs r0, r0, r4\n\t" "subs r1, r5, r1\n\t"
      "subs r6, #8\n\t" "stmia r6!, {r2, r3}\n\t" "subs r7, #8\n\t" "stmia r7!, {r0, r1}\n\t" "subs r7, #16\n\t"
      "cmp r9, r10\n\t" "bls 1b\n\t" VOX_RETURN VOX_END("vox_real_bins") ".text\n\t");

/* clang-format on */

#endif
