#include "frontend/fft.h"

#include "frontend/butterfly.h"
#include "frontend/section.h"
#include "frontend/windowed.h"
#ifdef VOX_FIXED_DSP
#include "frontend/radix4_dsp.h"
#endif

/* A size-N real transform is a complex one of size M = N/2 over z[n] = x[2n] + i x[2n+1], followed by the split step.
 *
 * Why nothing overflows, for any samples and any tables that vox_frontend_check lets pass (|w| <= 1 + 2^-15):
 * windowed samples lie in -2^24..2^24, so |z| <= sqrt(2) * 2^24 = 2^24.5. A radix-2 stage doubles the bound at most. A
 * radix-4 stage adds four legs, each halved, three of them rotated: at most 2 * (1 + 2^-15) times the bound, plus less
 * than 9 for the floors. The largest size, M = 2048, has one radix-2 and five radix-4 stages:
 * 2^24.5 * 2 * 2^5 * (1 + 2^-15)^5 + 9 * 2^5 < 2^30.51. The split step takes halves of two such values, and then half the
 * sum of two of those, so that its results keep below the same bound. Sums on the way are sums of fewer of the same
 * terms. */

#ifndef VOX_FIXED_DSP
static inline vox_twiddle twiddle_up_to_three_quarters(const int16_t *table, unsigned index, unsigned size)
{
    int16_t cosine, sine;
    vox_twiddle_folded(table, index, size, &cosine, &sine);
    return vox_twiddle_make(cosine, sine);
}
#endif

/* One stage: groups of four transforms of `quarter` points become one of 4 * quarter points. The sub-transforms lie in
 * bit-reversed order: those of the samples 0, 2, 1, 3 modulo 4. `stride`: twiddle index of one step.
 * Leg 0 is halved; a turned leg comes out halved; the legs of the first butterfly of a group are not turned but halved. */
#ifdef VOX_SPLIT_MULTIPLY

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
static void radix4_stage(vox_complex *z, unsigned points, unsigned quarter, const int16_t *twiddle, unsigned stride)
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
            turn(first, z + points, 4u * quarter, twiddle_up_to_three_quarters(twiddle, index, 2u * points));
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

#elif defined(VOX_FIXED_DSP)

/* quarter: known to the compiler, or 0. */
VOX_INLINED void radix4_stage_of(vox_complex *z, unsigned points, unsigned quarter, unsigned length,
                                 const int16_t *twiddle, unsigned stride)
{
    for (unsigned i = 0; i < points; i += 4u * length) {
        vox_complex *p = z + i;
        VOX_IN_REGISTER(p);
        vox_butterfly(p, length, vox_half(p[0]), vox_half(p[2u * length]), vox_half(p[length]),
                      vox_half(p[3u * length]));
    }
    vox_radix4_turned_dsp(z, quarter, points, length, twiddle, stride);
}

static void radix4_stage(vox_complex *z, unsigned points, unsigned quarter, const int16_t *twiddle, unsigned stride)
{
    if (quarter == 4u) {
        radix4_stage_of(z, points, 4u, 4u, twiddle, stride);
    } else if (quarter == 16u) {
        radix4_stage_of(z, points, 16u, 16u, twiddle, stride);
    } else if (quarter == 64u) {
        radix4_stage_of(z, points, 64u, 64u, twiddle, stride);
    } else {
        radix4_stage_of(z, points, 0u, quarter, twiddle, stride);
    }
}

#else

/* The butterfly with the same twiddles in each of `groups` groups. */
static void turned_groups(vox_complex *p, unsigned quarter, unsigned groups, vox_twiddle w1, vox_twiddle w2,
                          vox_twiddle w3)
{
    do {
        vox_butterfly(p, quarter, vox_half(p[0]), vox_rotate(p[2u * quarter], w1), vox_rotate(p[quarter], w2),
                      vox_rotate(p[3u * quarter], w3));
        p += 4u * quarter;
    } while (--groups != 0u);
}

static void radix4_stage(vox_complex *z, unsigned points, unsigned quarter, const int16_t *twiddle, unsigned stride)
{
    for (unsigned i = 0; i < points; i += 4u * quarter) {
        vox_complex *p = z + i;
        VOX_IN_REGISTER(p);
        vox_butterfly(p, quarter, vox_half(p[0]), vox_half(p[2u * quarter]), vox_half(p[quarter]),
                      vox_half(p[3u * quarter]));
    }
    for (unsigned j = 1; j < quarter; j++) {
        VOX_IN_REGISTER(j);
        const unsigned index = j * stride;
        const vox_twiddle w1 = vox_twiddle_load(twiddle, index);
        const vox_twiddle w2 = twiddle_up_to_three_quarters(twiddle, 2u * index, 2u * points);
        const vox_twiddle w3 = twiddle_up_to_three_quarters(twiddle, 3u * index, 2u * points);
        turned_groups(z + j, quarter, points / (4u * quarter), w1, w2, w3);
    }
}

#endif

/* From the transform Z of z to half the transform X of x, in place, for bins first..last (and their mirrors):
 * X[k] / 2 = (e - i w o) / 2 and X[M-k] / 2 = conj(e + i w o) / 2
 * with e = (Z[k] + conj Z[M-k]) / 2, o = (Z[k] - conj Z[M-k]) / 2, w = exp(-2 pi i k / N). */
static void split(vox_complex *z, unsigned points, const int16_t *twiddle, unsigned first, unsigned last)
{
    if (first == 0u || last == points) {
        const vox_complex zero = vox_half(z[0]);
        z[0].re = zero.re + zero.im;
        z[0].im = 0;
        z[points].re = zero.re - zero.im;
        z[points].im = 0;
    }
    /* k runs over the lower of every two mirrored bins of which one at least is wanted. */
    const unsigned mirror_first = points - last, mirror_last = points - first;
    unsigned low = first < mirror_first ? first : mirror_first;
    unsigned high = last < mirror_last ? last : mirror_last;
    if (last >= points / 2u && first <= points / 2u) {
        high = points / 2u;
    }
    if (low == 0u) {
        low = 1u;
    }
    vox_complex *lower = z + low, *upper = z + (points - low);
    for (const int16_t *end = twiddle + 2u * high, *w = twiddle + 2u * low; w <= end; w += 2) {
        const vox_complex a = vox_half(*lower), b = vox_half(*upper);
        const vox_complex even = {a.re + b.re, a.im - b.im};
        const vox_complex odd = {a.im + b.im, b.re - a.re}; /* -i o */
        const vox_complex turned = vox_rotate(odd, vox_twiddle_load(w, 0));
        lower->re = (even.re >> 1) + turned.re;
        lower->im = (even.im >> 1) + turned.im;
        upper->re = (even.re >> 1) - turned.re;
        upper->im = turned.im - (even.im >> 1);
        lower++;
        upper--;
    }
}

int vox_fft_windowed(const vox_fft_plan *plan, const int16_t *samples, unsigned first, unsigned last, int32_t *spectrum)
{
    const unsigned points = plan->size / 2u;
    const unsigned bits = magnitude_bits(samples, plan->length);
    const windowed input = {samples, plan->window, plan->length, 16u - bits};
    vox_complex *z = (vox_complex *)(void *)spectrum;
    unsigned quarter, halvings = 0;
    if ((vox_bit_length(points) & 1u) != 0u) { /* points is a power of four */
        first_radix4(&input, points / 4u, z);
        quarter = 4u;
        halvings = 1u;
    } else {
        first_radix2(&input, points / 2u, z);
        quarter = 2u;
    }
    for (; quarter < points; quarter *= 4u) {
        radix4_stage(z, points, quarter, plan->twiddle, plan->size / (4u * quarter));
        halvings++;
    }
    split(z, points, plan->twiddle, first, last);
    /* samples * window / 2^15 was scaled by 2^(WINDOWED_BITS - bits); the split step took one more half. */
    return (int)WINDOWED_BITS - (int)bits - (int)halvings - 1;
}
