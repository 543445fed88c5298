#include "nn/target.h"

#if VOX_DOT_ROOM == VOX_ROOM_PACKED
#include "nn/packed/assembly.h"
#include "nn/packed/dot.h"

/* clang-format off */

/* r0: end of x, r1-r4: ends of the weights, r5: k - count, r6: a value, r8-r11: sums. */
#define ROW(weights, sum) "ldrsb r7, [" weights ", r5]\n\t" "muls r7, r6, r7\n\t" "add " sum ", r7\n\t"

__asm(VOX_ASSEMBLY VOX_FUNCTION("vox_dot_4")
      "push {r4-r7, lr}\n\t" "mov r4, r8\n\t" "mov r5, r9\n\t" "mov r6, r10\n\t" "mov r7, r11\n\t" "push {r4-r7}\n\t"
      "ldr r7, [sp, #36]\n\t" "ldmia r7!, {r4, r5, r6}\n\t" "ldr r7, [r7]\n\t"
      "mov r8, r4\n\t" "mov r9, r5\n\t" "mov r10, r6\n\t" "mov r11, r7\n\t"
      "rsbs r5, r3, #0\n\t" "adds r0, r0, r3\n\t" "adds r1, r1, r3\n\t" "adds r4, r1, r2\n\t" "adds r3, r4, r2\n\t" "adds r2, r3, r2\n"
      "1:\t" "ldrsb r6, [r0, r5]\n\t" ROW("r1", "r8") ROW("r4", "r9") ROW("r3", "r10") ROW("r2", "r11") "adds r5, #1\n\t" "bne 1b\n\t"
      "ldr r4, [sp, #36]\n\t" "mov r0, r8\n\t" "mov r1, r9\n\t" "mov r2, r10\n\t" "mov r3, r11\n\t" "stmia r4!, {r0-r3}\n\t"
      "pop {r4-r7}\n\t" "mov r8, r4\n\t" "mov r9, r5\n\t" "mov r10, r6\n\t" "mov r11, r7\n\t" "pop {r4-r7, pc}\n"
      VOX_END("vox_dot_4") ".text\n\t");

/* clang-format on */

#endif
