#include "frontend/radix4.h"

#ifdef VOX_SPLIT_MULTIPLY
#include <stddef.h>

#include "frontend/butterfly.h"
#include "frontend/split/assembly.h"

/* `count` twiddles from w on, `apart` bytes from each other; what each turns is `step` bytes apart. */
typedef struct {
    const int16_t *w;
    uint32_t count;
    int32_t apart;
    uint32_t step;
} turns;

/* Turns first[0], first[step / 8], ... below `end` by the first twiddle, first[1], ... by the next one, and so on. _mirrored: the
 * cosines with the other sign; _opposite: the sines as well. At least one twiddle, and one point below `end` for the last. */
void vox_turn(vox_complex *first, const vox_complex *end, const turns *by);
void vox_turn_mirrored(vox_complex *first, const vox_complex *end, const turns *by);
void vox_turn_opposite(vox_complex *first, const vox_complex *end, const turns *by);

/* vox_butterfly() on legs that are turned already, in place, from p to before `end`; quarter: bytes from leg to leg. Legs 2 and 1
 * are swapped. */
void vox_add_legs(vox_complex *p, const vox_complex *end, uint32_t quarter);

#ifdef VOX_SPLIT_ASSEMBLY

/* clang-format off */

/* r0-r5: VOX_ROTATE, r6: z, r7: w, r9: step - 8, r10: end, r11: first, r12: apart, lr: last. */
#define TURN(name, cosine, sine) \
    VOX_FUNCTION(name) VOX_KEEP \
    "mov r11, r0\n\t" "mov r10, r1\n\t" "mov r6, r0\n\t" \
    "ldmia r2!, {r0, r1, r3, r4}\n\t" "movs r7, r0\n\t" "mov r12, r3\n\t" "muls r1, r3, r1\n\t" "adds r0, r0, r1\n\t" \
    "mov lr, r0\n\t" "subs r4, #8\n\t" "mov r9, r4\n" \
    "1:\t" "ldr r0, [r7]\n\t" "add r7, r12\n\t" "asrs r2, r0, #16\n\t" "sxth r0, r0\n\t" cosine sine "mov r8, r0\n" \
    "2:\t" "ldmia r6!, {r0, r1}\n\t" VOX_ROTATE "subs r6, #8\n\t" "stmia r6!, {r4, r5}\n\t" "add r6, r9\n\t" \
    "cmp r6, r10\n\t" "blo 2b\n\t" \
    "mov r6, r11\n\t" "adds r6, #8\n\t" "mov r11, r6\n\t" "cmp r7, lr\n\t" "bne 1b\n\t" VOX_RETURN VOX_END(name)

__asm(VOX_ASSEMBLY TURN("vox_turn", "", "")
      TURN("vox_turn_mirrored", "rsbs r0, r0, #0\n\t", "")
      TURN("vox_turn_opposite", "rsbs r0, r0, #0\n\t", "rsbs r2, r2, #0\n\t"));

/* r0: p, r1: another leg, r8: end, r9: quarter, r10: twice the quarter, r11: quarter - 8, r12: what there is no room for. */
__asm(VOX_FUNCTION("vox_add_legs") VOX_KEEP
      "mov r8, r1\n\t" "mov r9, r2\n\t" "lsls r1, r2, #1\n\t" "mov r10, r1\n\t" "subs r2, #8\n\t" "mov r11, r2\n"
      "1:\t" "mov r1, r0\n\t" "add r1, r10\n\t" "ldmia r1!, {r2, r3}\n\t" "add r1, r11\n\t" "ldmia r1!, {r4, r5}\n\t" /* legs 1, 3 */
      "adds r6, r2, r4\n\t" "subs r2, r2, r4\n\t" "adds r4, r3, r5\n\t" "subs r3, r3, r5\n\t" "mov r12, r4\n\t"
      "mov r1, r0\n\t" "add r1, r9\n\t" /* leg 2 */
      "ldr r5, [r0]\n\t" "asrs r5, r5, #1\n\t" "ldr r7, [r1]\n\t"
      "adds r4, r5, r7\n\t" "subs r5, r5, r7\n\t" "adds r7, r4, r6\n\t" "str r7, [r0]\n\t" "subs r4, r4, r6\n\t"
      "adds r6, r5, r3\n\t" "subs r5, r5, r3\n\t"
      "ldr r3, [r0, #4]\n\t" "asrs r3, r3, #1\n\t" "ldr r7, [r1, #4]\n\t" "str r6, [r1]\n\t"
      "adds r6, r3, r7\n\t" "subs r3, r3, r7\n\t" "subs r7, r3, r2\n\t" "str r7, [r1, #4]\n\t" "adds r3, r3, r2\n\t"
      "mov r2, r12\n\t" "adds r7, r6, r2\n\t" "str r7, [r0, #4]\n\t" "subs r6, r6, r2\n\t"
      "add r1, r9\n\t" "stmia r1!, {r4, r6}\n\t" "add r1, r11\n\t" "str r5, [r1]\n\t" "str r3, [r1, #4]\n\t"
      "adds r0, #8\n\t" "cmp r0, r8\n\t" "blo 1b\n\t" VOX_RETURN VOX_END("vox_add_legs") ".text\n\t");

/* clang-format on */

#else

static void turn(vox_complex *first, const vox_complex *end, const turns *by, int cosine, int sine)
{
    for (uint32_t i = 0; i < by->count; i++, first++) {
        const int16_t *w = by->w + (int32_t)i * (by->apart / 2);
        const vox_twiddle twiddle = vox_twiddle_make(cosine * w[0], sine * w[1]);
        for (vox_complex *z = first; z < end; z += by->step / sizeof *z) {
            *z = vox_rotate(*z, twiddle);
        }
    }
}

void vox_turn(vox_complex *first, const vox_complex *end, const turns *by)
{
    turn(first, end, by, 1, 1);
}

void vox_turn_mirrored(vox_complex *first, const vox_complex *end, const turns *by)
{
    turn(first, end, by, -1, 1);
}

void vox_turn_opposite(vox_complex *first, const vox_complex *end, const turns *by)
{
    turn(first, end, by, -1, -1);
}

void vox_add_legs(vox_complex *p, const vox_complex *end, uint32_t bytes)
{
    const uint32_t quarter = bytes / sizeof *p;
    for (; p < end; p++) {
        vox_butterfly(p, quarter, vox_half(p[0]), p[2u * quarter], p[quarter], p[3u * quarter]);
    }
}

#endif

/* Turns a leg by its twiddles, `step` of them apart. Those up to 3/8 of the circle are in the table, up to its half they mirror what
 * lies before, and the others are opposite to its beginning. */
static void turn_leg(vox_complex *first, const vox_complex *end, unsigned quarter, const int16_t *twiddle,
                     unsigned step, unsigned size)
{
    const unsigned all = quarter - 1u, stored = 3u * (size / 8u) / step, half = size / 2u / step;
    const unsigned direct = stored < all ? stored : all, mirrored = (half < all ? half : all) - direct;
    const uint32_t apart = 4u * quarter * (uint32_t)sizeof *first;
    const turns before = {twiddle + 2u * step, direct, (int32_t)(4u * step), apart};
    vox_turn(first, end, &before);
    if (mirrored > 0u) {
        const turns by = {twiddle + (size - 2u * (direct + 1u) * step), mirrored, -(int32_t)(4u * step), apart};
        vox_turn_mirrored(first + direct, end, &by);
    }
    if (direct + mirrored < all) {
        const unsigned done = direct + mirrored;
        const turns by = {twiddle + (2u * (done + 1u) * step - size), all - done, (int32_t)(4u * step), apart};
        vox_turn_opposite(first + done, end, &by);
    }
}

/* With eight registers at hand: one leg is turned after the other, then the sums are taken. */
void vox_radix4_stage(vox_complex *z, unsigned points, unsigned quarter, const int16_t *twiddle, unsigned stride)
{
    for (unsigned leg = 1; leg <= 3u; leg++) {
        vox_complex *first = z + (leg == 3u ? 3u : 3u - leg) * quarter; /* bit-reversed: legs 2 and 1 are swapped */
        for (unsigned i = 0; i < points; i += 4u * quarter) {
            first[i] = vox_half(first[i]);
        }
        turn_leg(first + 1, z + points, quarter, twiddle, leg * stride, 2u * points);
    }
    for (unsigned i = 0; i < points; i += 4u * quarter) {
        vox_add_legs(z + i, z + i + quarter, quarter * (uint32_t)sizeof *z);
    }
}

#endif
