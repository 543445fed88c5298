#include "nn/target.h"

#if defined(VOX_NN_PACKED_ASSEMBLY)
#include "nn/packed/assembly.h"
#include "nn/packed/finish.h"
#include "nn/rescale.h"

/* Called from below. */
int32_t vox_finish_exactly(int32_t x, const vox_finish *f);
int32_t vox_finish_exactly(int32_t x, const vox_finish *f)
{
    return vox_clamp_full(vox_rescale_common(x, f->multiplier, f->power, f->zero));
}

/* clang-format off */

/* r0: sums, r1: to, r5: factor, r6: total, r7: drop, r8: add, r9: limit, r10: apart, r11: end of the sums, r12: vox_finish, lr: step. */
#define ONE(beyond, limited, close, store) \
    "ldmia r0!, {r3}\n\t" "asrs r3, r7\n\t" "sxth r2, r3\n\t" "cmp r2, r3\n\t" "bne " beyond "f\n\t" \
    "muls r3, r5, r3\n\t" "add r3, r8\n\t" "movs r4, r3\n\t" "asrs r4, r6\n\t" \
    "sxtb r2, r4\n\t" "cmp r2, r4\n\t" "bne " limited "f\n\t" "rors r3, r6\n\t" "cmp r3, r9\n\t" "bhs " close "f\n" store ":\t"
#define LIMITED(beyond, limited, store) \
    beyond ":\t" "movs r4, r3\n" limited ":\t" "asrs r4, r4, #31\n\t" "movs r2, #127\n\t" "eors r4, r2\n\t" "b " store "b\n"
#define CLOSE(close, store) \
    close ":\t" "mov r2, r12\n\t" "mov r3, lr\n\t" "push {r0, r1, r2, r3}\n\t" "subs r0, #4\n\t" "ldr r0, [r0]\n\t" "movs r1, r2\n\t" \
    "bl vox_finish_exactly\n\t" "movs r4, r0\n\t" "pop {r0, r1, r2, r3}\n\t" "mov r12, r2\n\t" "mov lr, r3\n\t" "b " store "b\n"

__asm(VOX_ASSEMBLY VOX_FUNCTION("vox_finish_pairs")
      "push {r4-r7, lr}\n\t"
      "mov r4, r8\n\t" "mov r5, r9\n\t" "mov r6, r10\n\t" "mov r7, r11\n\t" "push {r3-r7}\n\t"
      "lsls r3, r3, #3\n\t" "adds r3, r3, r0\n\t" "mov r11, r3\n\t" "mov r12, r1\n\t"
      "ldmia r1!, {r5, r6, r7}\n\t" "ldmia r1!, {r3, r4}\n\t" "mov r8, r3\n\t" "mov r9, r4\n\t"
      "ldmia r1!, {r3, r4}\n\t" "mov r10, r3\n\t" "mov lr, r4\n\t" "movs r1, r2\n"
      "1:\t" ONE("3", "4", "5", "2") "strb r4, [r1]\n\t"
      ONE("6", "7", "8", "9") "mov r2, r10\n\t" "strb r4, [r1, r2]\n\t" "add r1, lr\n\t" "cmp r0, r11\n\t" "bne 1b\n\t"
      "pop {r3-r7}\n\t" "mov r8, r4\n\t" "mov r9, r5\n\t" "mov r10, r6\n\t" "mov r11, r7\n\t" "pop {r4-r7, pc}\n"
      LIMITED("3", "4", "2") LIMITED("6", "7", "9") CLOSE("5", "2") CLOSE("8", "9")
      VOX_END("vox_finish_pairs") ".text\n\t");

/* clang-format on */

#elif defined(VOX_NN_PACKED)
#include "nn/packed/finish.h"
#include "nn/rescale.h"

static int8_t exactly(int32_t x, const vox_finish *f)
{
    return (int8_t)vox_clamp_full(vox_rescale_common(x, f->multiplier, f->power, f->zero));
}

void vox_finish_pairs(const int32_t *sums, const vox_finish *f, int8_t *to, uint32_t pairs)
{
    for (; pairs > 0u; --pairs, sums += 2, to += f->step) {
        to[0] = exactly(sums[0], f);
        to[f->apart] = exactly(sums[1], f);
    }
}

#endif
