#include "frontend/first_stage.h"

#ifdef VOX_FIXED_DSP
#include "frontend/butterfly.h"
#include "frontend/reversed.h"

/* The 32 bits of x in reverse. */
static inline uint32_t reverse(uint32_t x)
{
    uint32_t reversed;
    __asm("rbit %0, %1" : "=r"(reversed) : "r"(x));
    return reversed;
}

/* Butterflies n..end - 1, of whose legs the first `legs`, 2..4, lie within the samples; the others are zero. */
VOX_FORCE_INLINE void first_butterflies(const vox_windowed *input, unsigned n, unsigned end, unsigned legs,
                                        unsigned quarter, vox_complex *z)
{
    const unsigned unreversed = 33u - vox_bit_length(quarter); /* quarter is 2^(bits - 1) */
    const unsigned left = input->left, step = 2u * quarter;
    const vox_complex zero = {0, 0};
    const int16_t *x = input->samples + 2u * n;
    const uint16_t *w = input->window + 2u * n;
    for (; n < end; n++) {
        const int16_t *leg_x = x;
        const uint16_t *leg_w = w;
        const vox_complex leg0 = vox_windowed_pair(leg_x, leg_w, left, 8u);
        const vox_complex leg1 = vox_windowed_pair(leg_x += step, leg_w += step, left, 8u);
        const vox_complex leg2 = legs > 2u ? vox_windowed_pair(leg_x += step, leg_w += step, left, 8u) : zero;
        const vox_complex leg3 = legs > 3u ? vox_windowed_pair(leg_x + step, leg_w + step, left, 8u) : zero;
        vox_complex *p = z + 4u * (reverse(n) >> unreversed);
        VOX_IN_REGISTER(p);
        vox_butterfly(p, 1u, leg0, leg1, leg2, leg3);
        x += 2;
        w += 2;
    }
}

/* All butterflies from n to end - 1. */
static void first_butterflies_padded(const vox_windowed *input, unsigned n, unsigned end, unsigned quarter,
                                     vox_complex *z)
{
    const unsigned unreversed = 33u - vox_bit_length(quarter);
    for (; n < end; n++) {
        const vox_complex leg0 = vox_windowed_padded(input, n, 8u);
        const vox_complex leg1 = vox_windowed_padded(input, n + quarter, 8u);
        const vox_complex leg2 = vox_windowed_padded(input, n + 2u * quarter, 8u);
        const vox_complex leg3 = vox_windowed_padded(input, n + 3u * quarter, 8u);
        vox_butterfly(z + 4u * (reverse(n) >> unreversed), 1u, leg0, leg1, leg2, leg3);
    }
}

static void first_run(const vox_windowed *input, unsigned n, unsigned end, unsigned legs, unsigned quarter,
                      vox_complex *z)
{
    if (legs == 4u) {
        first_butterflies(input, n, end, 4u, quarter, z);
    } else if (legs == 3u) {
        first_butterflies(input, n, end, 3u, quarter, z);
    } else if (legs == 2u) {
        first_butterflies(input, n, end, 2u, quarter, z);
    } else {
        first_butterflies_padded(input, n, end, quarter, z);
    }
}

/* The first `more` butterflies have one leg more within the samples than the others; behind them one may have half a
 * leg. */
void vox_first_radix4(const vox_windowed *input, unsigned quarter, vox_complex *z)
{
    const unsigned complete = input->complete;
    unsigned legs = 0, more = complete;
    for (; more >= quarter; more -= quarter) {
        legs++;
    }
    const unsigned odd = input->odd;
    first_run(input, 0, more, legs + 1u, quarter, z);
    if (odd != 0u) {
        first_butterflies_padded(input, more, more + 1u, quarter, z);
    }
    first_run(input, more + odd, quarter, legs, quarter, z);
}

void vox_first_radix2(const vox_windowed *input, unsigned half_size, vox_complex *z)
{
    unsigned reversed = 0, n = 0;
    /* Pairs within the samples. */
    const int16_t *x = input->samples;
    const uint16_t *w = input->window;
    for (; n + half_size < input->complete; n++) {
        const vox_complex leg0 = vox_windowed_pair(x, w, input->left, 7u);
        const vox_complex leg1 = vox_windowed_pair(x + 2u * half_size, w + 2u * half_size, input->left, 7u);
        vox_complex *pair = z + 2u * (reverse(n) >> (33u - vox_bit_length(half_size)));
        VOX_IN_REGISTER(pair);
        pair[0].re = leg0.re + leg1.re;
        pair[0].im = leg0.im + leg1.im;
        pair[1].re = leg0.re - leg1.re;
        pair[1].im = leg0.im - leg1.im;
        x += 2;
        w += 2;
    }
    reversed = reverse(n) >> (33u - vox_bit_length(half_size));
    for (; n < half_size; n++) {
        const vox_complex leg0 = vox_windowed_padded(input, n, 7u);
        const vox_complex leg1 = vox_windowed_padded(input, n + half_size, 7u);
        vox_complex *pair = z + 2u * reversed;
        pair[0].re = leg0.re + leg1.re;
        pair[0].im = leg0.im + leg1.im;
        pair[1].re = leg0.re - leg1.re;
        pair[1].im = leg0.im - leg1.im;
        reversed = vox_next_reversed(reversed, half_size / 2u);
    }
}

#endif
