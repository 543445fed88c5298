#include "frontend/radix4.h"

#ifdef VOX_SPLIT_MULTIPLY
#include "frontend/butterfly.h"
#include "frontend/twiddle.h"

/* Turns z[0], z[step], ... below `end`. */
static void turn(vox_complex *z, const vox_complex *end, unsigned step, vox_twiddle w)
{
    do {
        *z = vox_rotate(*z, w);
        z += step;
    } while (z < end);
}

/* (a, b) to (a + b, a - b), where gcc must not look for a third register. */
#define SUM_AND_DIFFERENCE(a, b)                                                                                       \
    do {                                                                                                               \
        (a) += (b);                                                                                                    \
        VOX_IN_REGISTER(a);                                                                                            \
        (b) = (a) - ((b) << 1);                                                                                        \
    } while (0)

/* vox_butterfly() on legs that are turned already, in place: first the real parts, then the imaginary ones, so that seven
 * registers do. Sums are unsigned, because a - 2b may wrap on the way. */
static inline void add_legs(vox_complex *p, unsigned quarter)
{
    vox_complex *leg = p + 2u * quarter;
    VOX_IN_REGISTER(leg);
    uint32_t re1 = (uint32_t)leg->re, im1 = (uint32_t)leg->im;
    leg += quarter;
    VOX_IN_REGISTER(leg);
    uint32_t re3 = (uint32_t)leg->re, im3 = (uint32_t)leg->im;
    SUM_AND_DIFFERENCE(re1, re3);
    SUM_AND_DIFFERENCE(im1, im3);
    leg = p + quarter;
    VOX_IN_REGISTER(leg);
    uint32_t a = (uint32_t)(p->re >> 1), b = (uint32_t)leg->re;
    SUM_AND_DIFFERENCE(a, b);
    SUM_AND_DIFFERENCE(a, re1);
    SUM_AND_DIFFERENCE(b, im3);
    p->re = (int32_t)a;
    uint32_t c = (uint32_t)leg->im;
    leg->re = (int32_t)b;
    b = (uint32_t)(p->im >> 1);
    SUM_AND_DIFFERENCE(b, c); /* b, c: sum and difference of the imaginary parts of legs 0 and 2 */
    SUM_AND_DIFFERENCE(c, re3);
    SUM_AND_DIFFERENCE(b, im1);
    p->im = (int32_t)b;
    leg->im = (int32_t)re3;
    leg += quarter;
    VOX_IN_REGISTER(leg);
    leg->re = (int32_t)re1;
    leg->im = (int32_t)im1;
    leg += quarter;
    VOX_IN_REGISTER(leg);
    leg->re = (int32_t)im3;
    leg->im = (int32_t)c;
}

/* With eight registers at hand: one leg is turned after the other, then the sums are taken. */
void vox_radix4_stage(vox_complex *z, unsigned points, unsigned quarter, const int16_t *twiddle, unsigned stride)
{
    for (unsigned leg = 1; leg <= 3u; leg++) {
        vox_complex *first = z + (leg == 3u ? 3u : 3u - leg) * quarter; /* bit-reversed: legs 2 and 1 are swapped */
        for (unsigned i = 0; i < points; i += 4u * quarter) {
            first[i] = vox_half(first[i]);
        }
        const unsigned step = leg * stride, last = step * quarter;
        for (unsigned index = step; index < last; index += step) {
            VOX_IN_REGISTER(index);
            first++;
            turn(first, z + points, 4u * quarter, vox_twiddle_at(twiddle, index, 2u * points));
        }
    }
    for (unsigned i = 0; i < points; i += 4u * quarter) {
        vox_complex *p = z + i;
        unsigned count = quarter;
        do {
            add_legs(p, quarter);
            p++;
        } while (--count != 0u);
    }
}

#endif
