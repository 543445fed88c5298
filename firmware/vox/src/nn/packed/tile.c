/* The inner loops of packed tiles. For Armv6-M they are assembly as a whole because gcc would carry the sums through the lower
 * registers on each round, and hands out no upper register at all at -Os. */
#include "nn/packed/tile.h"

#include "nn/target.h"

#if defined(VOX_NN_PACKED_ASSEMBLY)
#include "nn/packed/assembly.h"
#include "nn/packed/pair.h"

/* clang-format off */

__asm(VOX_ASSEMBLY VOX_FUNCTION("vox_packed_sums")
      "push {r3-r7, lr}\n\t"
      "mov r4, r8\n\t" "mov r5, r9\n\t" "mov r6, r10\n\t" "mov r7, r11\n\t" "push {r4-r7}\n\t"
      "ldmia r3!, {r4, r5}\n\t" "mov r8, r4\n\t" "mov r9, r5\n\t" "mov r10, r4\n\t" "mov r11, r5\n\t"
      "movs r4, #0x80\n\t" "lsls r4, r4, #8\n\t" "adds r4, #1\n\t" "rsbs r4, r4, #0\n\t" "mov r12, r4\n\t" /* 2^15 - 1 - 2^16 */
      "adds r1, r1, r2\n\t" "rsbs r2, r2, #0\n"
      "1:\t"
      VOX_PAIR
      VOX_PAIR
      "bne 1b\n\t"
      "mov r0, r8\n\t" "mov r1, r9\n\t" "lsls r3, r1, #16\n\t" "subs r0, r0, r3\n\t"
      "mov r2, r10\n\t" "mov r3, r11\n\t" "lsls r4, r3, #16\n\t" "subs r2, r2, r4\n\t"
      "ldr r4, [sp, #16]\n\t" "stmia r4!, {r0-r3}\n\t"
      "pop {r4-r7}\n\t" "mov r8, r4\n\t" "mov r9, r5\n\t" "mov r10, r6\n\t" "mov r11, r7\n\t"
      "pop {r3-r7, pc}"
      VOX_END("vox_packed_sums"));

/* r1: end of the values, r2: minus the count of those left. What fours leave comes first, one by one. */
#define VOX_PUT(store) \
    "adds r1, r1, r2\n\t" "rsbs r2, r2, #0\n\t" "beq 3f\n" \
    "1:\t" "lsls r3, r2, #30\n\t" "beq 2f\n\t" store("0") "adds r0, #8\n\t" "adds r2, #1\n\t" "b 1b\n\t" \
    "4:\t" store("0") "adds r2, #1\n\t" store("8") "adds r2, #1\n\t" store("16") "adds r2, #1\n\t" store("24") \
    "adds r0, #32\n\t" "adds r2, #1\n" \
    "2:\t" "cmp r2, #0\n\t" "bmi 4b\n"
#define VOX_FIRST(at) "ldrsb r3, [r1, r2]\n\t" "str r3, [r0, #" at "]\n\t"
#define VOX_SECOND(at) \
    "ldrsb r3, [r1, r2]\n\t" "ldr r4, [r0, #" at "]\n\t" "lsls r3, r3, #16\n\t" "adds r4, r4, r3\n\t" \
    "str r4, [r0, #" at "]\n\t"

__asm(VOX_FUNCTION("vox_packed_put_first") VOX_PUT(VOX_FIRST) "3:\tbx lr" VOX_END("vox_packed_put_first"));
__asm(VOX_FUNCTION("vox_packed_put_second") "push {r4, lr}\n\t" VOX_PUT(VOX_SECOND)
      "3:\tpop {r4, pc}" VOX_END("vox_packed_put_second"));
__asm(".text\n\t");

/* clang-format on */

#elif defined(VOX_NN_PACKED)

#define LEAST_WORD (0x7FFFu - 0x10000u) /* 2^15 - 1 on the lower half, one off the upper one */

void vox_packed_sums(const uint8_t *tile, const int8_t *weights, uint32_t row, int32_t sums[VOX_TILE])
{
    const uint32_t *x = (const void *)tile;
    const int8_t *const end = weights + row;
    uint32_t low01 = (uint32_t)sums[0], high01 = (uint32_t)sums[1];
    uint32_t low23 = low01, high23 = high01;
    for (; weights < end; weights += 2, x += 4) {
        const uint32_t first = (uint32_t)weights[0], second = (uint32_t)weights[1];
        const uint32_t word01 = LEAST_WORD + first * x[0] + second * x[2];
        const uint32_t word23 = LEAST_WORD + first * x[1] + second * x[3];
        low01 += word01;
        high01 += (uint32_t)((int32_t)word01 >> 16);
        low23 += word23;
        high23 += (uint32_t)((int32_t)word23 >> 16);
    }
    sums[0] = (int32_t)(low01 - (high01 << 16));
    sums[1] = (int32_t)high01;
    sums[2] = (int32_t)(low23 - (high23 << 16));
    sums[3] = (int32_t)high23;
}

uint32_t *vox_packed_put_first(uint32_t *to, const int8_t *from, uint32_t count)
{
    for (const int8_t *const end = from + count; from < end; ++from, to += 2) {
        *to = (uint32_t)*from;
    }
    return to;
}

uint32_t *vox_packed_put_second(uint32_t *to, const int8_t *from, uint32_t count)
{
    for (const int8_t *const end = from + count; from < end; ++from, to += 2) {
        *to += (uint32_t)*from << 16;
    }
    return to;
}

#endif
