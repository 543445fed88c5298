#include "nn/packed/windows.h"

#include <stdbool.h>

#include "nn/target.h"

#if defined(VOX_NN_PACKED_ASSEMBLY)
#include "nn/packed/assembly.h"

/* clang-format off */

/* r0: x, r1: weights, r8: whole words, r9: upper halves, r10: step, r11: to, r12: 2^15 - 1 - 2^16, lr: end of a row's sums; on the
 * stack: the structure. */
#define OPEN \
    "push {r4-r7, lr}\n\t" "mov r4, r8\n\t" "mov r5, r9\n\t" "mov r6, r10\n\t" "mov r7, r11\n\t" "push {r1, r4-r7}\n\t" \
    "mov r11, r2\n\t" "ldr r3, [r1, #28]\n\t" "adds r3, r3, r2\n\t" "mov lr, r3\n\t" \
    "movs r4, #0x80\n\t" "lsls r4, r4, #8\n\t" "adds r4, #1\n\t" "rsbs r4, r4, #0\n\t" "mov r12, r4\n\t" \
    "ldr r4, [r1, #12]\n\t" "mov r10, r4\n"
#define WINDOW "1:\t" "ldr r7, [sp]\n\t" "ldmia r7!, {r1, r2, r3}\n\t" "mov r8, r2\n\t" "mov r9, r3\n\t"
#define NEXT \
    "ldr r7, [sp]\n\t" "ldr r7, [r7, #16]\n\t" "subs r0, r0, r7\n\t" \
    "mov r2, r8\n\t" "mov r3, r9\n\t" "lsls r4, r3, #16\n\t" "subs r2, r2, r4\n\t" "mov r4, r11\n\t" "stmia r4!, {r2, r3}\n\t" \
    "mov r11, r4\n\t" "cmp r4, lr\n\t" "bne 1b\n\t" \
    "ldr r7, [sp]\n\t" "ldr r2, [r7, #32]\n\t" "adds r0, r0, r2\n\t" "ldr r2, [r7, #28]\n\t" "add lr, r2\n\t" \
    "ldr r2, [r7, #36]\n\t" "cmp r4, r2\n\t" "bne 1b\n\t" \
    "pop {r3-r7}\n\t" "mov r8, r4\n\t" "mov r9, r5\n\t" "mov r10, r6\n\t" "mov r11, r7\n\t" "pop {r4-r7, pc}"
#define ADD(word) "add " word ", r12\n\t" "add r8, " word "\n\t" "asrs " word ", " word ", #16\n\t" "add r9, " word "\n\t"
#define THREE \
    "ldmia r1!, {r5, r6, r7}\n\t" "ldmia r0!, {r2, r3, r4}\n\t" "muls r2, r5, r2\n\t" "muls r3, r6, r3\n\t" "muls r4, r7, r4\n\t" \
    "adds r2, r2, r3\n\t"
#define NARROW THREE "adds r2, r2, r4\n\t" ADD("r2")
#define WIDE THREE ADD("r2") ADD("r4")

__asm(VOX_ASSEMBLY VOX_FUNCTION("vox_window_sums_narrow") OPEN WINDOW
      NARROW "add r0, r10\n\t" NARROW "add r0, r10\n\t" NARROW NEXT VOX_END("vox_window_sums_narrow"));
__asm(VOX_FUNCTION("vox_window_sums_three") OPEN WINDOW
      WIDE "add r0, r10\n\t" WIDE "add r0, r10\n\t" WIDE NEXT VOX_END("vox_window_sums_three"));

/* r4: rows left, r7: pairs left */
__asm(VOX_FUNCTION("vox_window_sums") OPEN WINDOW
      "ldr r4, [r7, #8]\n"
      "2:\t" "ldr r7, [sp]\n\t" "ldr r7, [r7, #24]\n"
      "3:\t" "ldmia r1!, {r5, r6}\n\t" "ldmia r0!, {r2, r3}\n\t" "muls r2, r5, r2\n\t" "muls r3, r6, r3\n\t" "adds r2, r2, r3\n\t"
      ADD("r2") "subs r7, #1\n\t" "bne 3b\n\t"
      "add r0, r10\n\t" "subs r4, #1\n\t" "bne 2b\n\t" NEXT VOX_END("vox_window_sums") ".text\n\t");

/* clang-format on */

#elif defined(VOX_NN_PACKED)

#define LEAST_WORD (0x7FFFu - 0x10000u) /* 2^15 - 1 on the lower half, one off the upper one */

/* Past a window; past a row where it was the last one. */
static inline const uint32_t *next_window(const uint32_t *x, const vox_window_words *window, uint32_t *left)
{
    x -= window->back / 4;
    if (--*left == 0u) {
        *left = window->width / 8u;
        x += window->skip / 4;
    }
    return x;
}

void vox_window_sums(const uint32_t *x, const vox_window_words *window, int32_t *sums)
{
    const int32_t step = window->step / 4;
    uint32_t left = window->width / 8u;
    for (; sums < window->end; sums += 2, x = next_window(x, window, &left)) {
        uint32_t low = window->start_low, high = window->start_high;
        const int32_t *w = window->weights;
        for (uint32_t rows = window->rows; rows > 0u; --rows, x += step) {
            for (uint32_t pairs = window->pairs; pairs > 0u; --pairs, x += 2, w += 2) {
                const uint32_t word = LEAST_WORD + (uint32_t)w[0] * x[0] + (uint32_t)w[1] * x[1];
                low += word;
                high += (uint32_t)((int32_t)word >> 16);
            }
        }
        sums[0] = (int32_t)(low - (high << 16));
        sums[1] = (int32_t)high;
    }
}

static inline void sums_three(const uint32_t *x, const vox_window_words *window, int32_t *sums, bool narrow)
{
    const int32_t *const w = window->weights;
    const int32_t step = window->step / 4 + 3;
    uint32_t left = window->width / 8u;
    for (; sums < window->end; sums += 2) {
        uint32_t low = window->start_low, high = window->start_high;
        for (unsigned i = 0; i < 9u; i += 3u, x += step) {
            uint32_t word = LEAST_WORD + (uint32_t)w[i] * x[0] + (uint32_t)w[i + 1u] * x[1];
            const uint32_t third = (uint32_t)w[i + 2u] * x[2];
            if (!narrow) {
                low += word;
                high += (uint32_t)((int32_t)word >> 16);
                word = LEAST_WORD;
            }
            word += third;
            low += word;
            high += (uint32_t)((int32_t)word >> 16);
        }
        x = next_window(x - window->step / 4, window, &left);
        sums[0] = (int32_t)(low - (high << 16));
        sums[1] = (int32_t)high;
    }
}

void vox_window_sums_three(const uint32_t *x, const vox_window_words *window, int32_t *sums)
{
    sums_three(x, window, sums, false);
}

void vox_window_sums_narrow(const uint32_t *x, const vox_window_words *window, int32_t *sums)
{
    sums_three(x, window, sums, true);
}

#endif
