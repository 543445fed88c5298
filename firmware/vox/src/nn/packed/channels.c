#include "nn/packed/channels.h"

#include "nn/target.h"

#if defined(VOX_NN_PACKED_ASSEMBLY)
#include "nn/packed/assembly.h"
#include "nn/packed/pair.h"
#include "nn/rescale.h"

/* Called from below. */
int32_t vox_packed_exactly(int32_t x, const vox_packed_channels *channels);
int32_t vox_packed_exactly(int32_t x, const vox_packed_channels *channels)
{
    const int32_t power = vox_common_power(channels->shift[-1]); /* the channel's own: the pointers have moved on */
    return vox_clamp_full(vox_rescale_common(x, channels->multiplier[-1], power, channels->zero));
}

/* clang-format off */

/* r0: sum, r1: to, r3: step, r5: factor, r6: total, r7: drop, r8: add, r9: limit, r12: for the pairs, lr: the structure; four sums on
 * the stack. */
#define ONE(at, beyond, limited, close, store) \
    "ldr r0, [sp, #" at "]\n\t" "asrs r0, r7\n\t" "sxth r2, r0\n\t" "cmp r2, r0\n\t" "bne " beyond "f\n\t" \
    "muls r0, r5, r0\n\t" "add r0, r8\n\t" "movs r4, r0\n\t" "asrs r4, r6\n\t" \
    "sxtb r2, r4\n\t" "cmp r2, r4\n\t" "bne " limited "f\n\t" "rors r0, r6\n\t" "cmp r0, r9\n\t" "bhs " close "f\n" \
    store ":\t" "strb r4, [r1]\n\t" "adds r1, r1, r3\n\t"
#define LIMITED(beyond, limited, store) \
    beyond ":\t" "movs r4, r0\n" limited ":\t" "asrs r4, r4, #31\n\t" "movs r2, #127\n\t" "eors r4, r2\n\t" "b " store "b\n"
#define CLOSE(at, close, store) \
    close ":\t" "mov r0, lr\n\t" "mov r2, r12\n\t" "push {r0, r1, r2, r3}\n\t" "movs r1, r0\n\t" "ldr r0, [sp, #16 + " at "]\n\t" \
    "bl vox_packed_exactly\n\t" "movs r4, r0\n\t" "pop {r0, r1, r2, r3}\n\t" "mov r12, r2\n\t" "mov lr, r0\n\t" "b " store "b\n"

__asm(VOX_ASSEMBLY VOX_FUNCTION("vox_packed_run")
      "push {r3-r7, lr}\n\t"
      "mov r4, r8\n\t" "mov r5, r9\n\t" "mov r6, r10\n\t" "mov r7, r11\n\t" "push {r4-r7}\n\t" "mov lr, r0\n\t" "sub sp, #16\n\t"
      "movs r4, #0x80\n\t" "lsls r4, r4, #8\n\t" "adds r4, #1\n\t" "rsbs r4, r4, #0\n\t" "mov r12, r4\n"
      "1:\t" "mov r7, lr\n\t" "ldmia r7!, {r0, r1, r2}\n\t" "ldr r3, [r7]\n\t" "ldmia r3!, {r4}\n\t" "str r3, [r7]\n\t"
      "ldr r5, [r7, #32]\n\t" "adds r5, r5, r4\n\t" "ldr r6, [r7, #28]\n\t" "adds r6, r6, r4\n\t" "lsls r4, r5, #16\n\t" "adds r6, r6, r4\n\t"
      "mov r8, r6\n\t" "mov r9, r5\n\t" "mov r10, r6\n\t" "mov r11, r5\n\t"
      "adds r1, r1, r2\n\t" "subs r7, #8\n\t" "str r1, [r7]\n\t" "rsbs r2, r2, #0\n"
      "2:\t" VOX_PAIR VOX_PAIR "bne 2b\n\t"
      "mov r0, r8\n\t" "mov r1, r9\n\t" "lsls r3, r1, #16\n\t" "subs r0, r0, r3\n\t"
      "mov r2, r10\n\t" "mov r3, r11\n\t" "lsls r4, r3, #16\n\t" "subs r2, r2, r4\n\t" "mov r4, sp\n\t" "stmia r4!, {r0-r3}\n\t"
      "mov r4, lr\n\t" "ldr r3, [r4, #16]\n\t" "ldmia r3!, {r5}\n\t" "str r3, [r4, #16]\n\t"
      "ldr r3, [r4, #20]\n\t" "movs r2, #0\n\t" "ldrsb r2, [r3, r2]\n\t" "adds r3, #1\n\t" "str r3, [r4, #20]\n\t"
      "rsbs r2, r2, #0\n\t"
      "ldr r3, [r4, #52]\n\t" "adds r5, r5, r3\n\t" "lsrs r5, r5, #16\n\t"
      "subs r7, r2, #6\n\t" "movs r6, #21\n\t" "subs r3, r6, r2\n\t" "movs r2, #1\n\t" "lsls r2, r3\n\t" /* r2: the unit */
      "lsrs r3, r2, #1\n\t" "adds r3, r3, r2\n\t" "ldr r0, [r4, #36]\n\t" "subs r0, r0, r3\n\t" "mov r8, r0\n\t"
      "ldr r0, [r4, #48]\n\t" "lsls r2, r2, #11\n\t" "subs r0, r0, r2\n\t" "mov r9, r0\n\t"
      "ldr r1, [r4, #28]\n\t" "adds r2, r1, #1\n\t" "str r2, [r4, #28]\n\t" "ldr r3, [r4, #32]\n\t"
      ONE("0", "30", "31", "32", "33") ONE("4", "40", "41", "42", "43") ONE("8", "50", "51", "52", "53") ONE("12", "60", "61", "62", "63")
      "mov r4, lr\n\t" "ldr r2, [r4, #24]\n\t" "subs r2, #1\n\t" "str r2, [r4, #24]\n\t" "beq 9f\n\t" "b 1b\n"
      "9:\t" "add sp, #16\n\t" "pop {r4-r7}\n\t" "mov r8, r4\n\t" "mov r9, r5\n\t" "mov r10, r6\n\t" "mov r11, r7\n\t" "pop {r3-r7, pc}\n"
      LIMITED("30", "31", "33") LIMITED("40", "41", "43") LIMITED("50", "51", "53") LIMITED("60", "61", "63")
      CLOSE("0", "32", "33") CLOSE("4", "42", "43") CLOSE("8", "52", "53") CLOSE("12", "62", "63")
      VOX_END("vox_packed_run") ".text\n\t");

/* clang-format on */

#endif
