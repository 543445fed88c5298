/* The windowed frame and the first stage of its transform in one pass; a part of fft.c. */
#ifndef VOX_FRONTEND_WINDOWED_H
#define VOX_FRONTEND_WINDOWED_H

#include "frontend/butterfly.h"
#ifdef VOX_FIXED_DSP
#include "frontend/radix4_dsp.h"
#endif

#define WINDOWED_BITS 24

/* Number of magnitude bits b of the frame, 0..15: -2^b <= x < 2^b for all samples. In x ^ (x << 1) the highest set bit is
 * bit b. Two samples are taken at a time; the bit that the lower one pushes into the upper one is bit 0, which counts as
 * b = 0 anyway. */
static unsigned magnitude_bits(const int16_t *samples, unsigned length)
{
    uint32_t bits = 0;
    unsigned i = 0;
    if (((uintptr_t)samples & 3u) == 0u) {
        const int16_t *pair = samples;
        for (; i + 8u <= length; i += 8u, pair += 8) {
            uint32_t word[4];
#if defined(__GNUC__)
            memcpy(word, __builtin_assume_aligned(pair, 4), sizeof word);
#else
            memcpy(word, pair, sizeof word);
#endif
            bits |= (word[0] ^ (word[0] << 1)) | (word[1] ^ (word[1] << 1));
            bits |= (word[2] ^ (word[2] << 1)) | (word[3] ^ (word[3] << 1));
        }
        bits = (bits | (bits >> 16)) & 0xFFFFu;
    }
    for (; i < length; i++) {
        const uint32_t word = (uint16_t)samples[i];
        bits |= (word ^ (word << 1)) & 0xFFFFu;
    }
    return vox_bit_length(bits | 1u) - 1u;
}

/* The windowed frame as a sequence of complex numbers, zero-padded; `left` scales it to WINDOWED_BITS + 7 bits. */
typedef struct {
    const int16_t *samples;
    const uint16_t *window;
    unsigned length;
    unsigned left;
} windowed;

/* Two samples at x with their weights at w (at most 32767, so that they multiply as signed halves of a word), floored to
 * 2^drop. */
static inline vox_complex windowed_pair(const int16_t *x, const uint16_t *w, unsigned left, unsigned drop)
{
    vox_complex z;
#ifdef VOX_FIXED_DSP
    int32_t samples, weights;
    memcpy(&samples, x, sizeof samples);
    memcpy(&weights, w, sizeof weights);
    z.re = vox_shift_left((int16_t)samples * (int16_t)weights, left) >> drop;
    z.im = vox_shift_left((samples >> 16) * (weights >> 16), left) >> drop;
#else
    z.re = vox_shift_left(x[0] * (int32_t)w[0], left) >> drop;
    z.im = vox_shift_left(x[1] * (int32_t)w[1], left) >> drop;
#endif
    return z;
}

/* z[n], where n may lie behind the last sample. tail: what follows the complete pairs. */
typedef struct {
    int16_t samples[4]; /* the last sample if their number is odd, and zeros */
    uint16_t window[4];
} windowed_tail;

static windowed_tail tail_of(const windowed *input)
{
    windowed_tail tail = {{0, 0, 0, 0}, {0, 0, 0, 0}};
    if (input->length % 2u != 0u) {
        tail.samples[0] = input->samples[input->length - 1u];
        tail.window[0] = input->window[input->length - 1u];
    }
    return tail;
}

static inline vox_complex windowed_padded(const windowed *input, const windowed_tail *tail, unsigned n, unsigned drop)
{
    const unsigned complete = input->length / 2u;
    const unsigned behind = n == complete ? 0u : 2u;
    const int16_t *x = n < complete ? input->samples + 2u * n : tail->samples + behind;
    const uint16_t *w = n < complete ? input->window + 2u * n : tail->window + behind;
    return windowed_pair(x, w, input->left, drop);
}

/* The bit-reversed counter after `reversed`; top: its highest bit. */
static inline unsigned next_reversed(unsigned reversed, unsigned top)
{
    while (reversed & top) {
        reversed ^= top;
        top >>= 1;
    }
    return reversed | top;
}

/* Window, bit reversal and the first stage in one pass; z has 4 * quarter points. One bit more is dropped than for
 * WINDOWED_BITS: the halving of the four legs. */
#ifdef VOX_FIXED_DSP

/* The 32 bits of x in reverse. */
static inline uint32_t reverse(uint32_t x)
{
    uint32_t reversed;
    __asm("rbit %0, %1" : "=r"(reversed) : "r"(x));
    return reversed;
}

/* Butterflies n..end - 1, of whose legs the first `legs`, 2..4, lie within the samples; the others are zero. */
VOX_INLINED void first_butterflies(const windowed *input, unsigned n, unsigned end, unsigned legs, unsigned quarter,
                                   vox_complex *z)
{
    const unsigned unreversed = 33u - vox_bit_length(quarter); /* quarter is 2^(bits - 1) */
    const unsigned left = input->left, step = 2u * quarter;
    const vox_complex zero = {0, 0};
    const int16_t *x = input->samples + 2u * n;
    const uint16_t *w = input->window + 2u * n;
    for (; n < end; n++) {
        const int16_t *leg_x = x;
        const uint16_t *leg_w = w;
        const vox_complex leg0 = windowed_pair(leg_x, leg_w, left, 8u);
        const vox_complex leg1 = windowed_pair(leg_x += step, leg_w += step, left, 8u);
        const vox_complex leg2 = legs > 2u ? windowed_pair(leg_x += step, leg_w += step, left, 8u) : zero;
        const vox_complex leg3 = legs > 3u ? windowed_pair(leg_x + step, leg_w + step, left, 8u) : zero;
        vox_complex *p = z + 4u * (reverse(n) >> unreversed);
        VOX_IN_REGISTER(p);
        vox_butterfly(p, 1u, leg0, leg1, leg2, leg3);
        x += 2;
        w += 2;
    }
}

/* All butterflies from n to end - 1. */
static void first_butterflies_padded(const windowed *input, unsigned n, unsigned end, unsigned quarter, vox_complex *z)
{
    const unsigned unreversed = 33u - vox_bit_length(quarter);
    const windowed_tail tail = tail_of(input);
    for (; n < end; n++) {
        const vox_complex leg0 = windowed_padded(input, &tail, n, 8u);
        const vox_complex leg1 = windowed_padded(input, &tail, n + quarter, 8u);
        const vox_complex leg2 = windowed_padded(input, &tail, n + 2u * quarter, 8u);
        const vox_complex leg3 = windowed_padded(input, &tail, n + 3u * quarter, 8u);
        vox_butterfly(z + 4u * (reverse(n) >> unreversed), 1u, leg0, leg1, leg2, leg3);
    }
}

static void first_run(const windowed *input, unsigned n, unsigned end, unsigned legs, unsigned quarter, vox_complex *z)
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
static void first_radix4(const windowed *input, unsigned quarter, vox_complex *z)
{
    const unsigned complete = input->length / 2u; /* complex points without padding */
    unsigned legs = 0, more = complete;
    for (; more >= quarter; more -= quarter) {
        legs++;
    }
    const unsigned odd = input->length % 2u;
    first_run(input, 0, more, legs + 1u, quarter, z);
    if (odd != 0u) {
        first_butterflies_padded(input, more, more + 1u, quarter, z);
    }
    first_run(input, more + odd, quarter, legs, quarter, z);
}

#else

static void first_radix4(const windowed *input, unsigned quarter, vox_complex *z)
{
    const unsigned complete = input->length / 2u; /* complex points without padding */
    const unsigned left = input->left;
    const unsigned step = 2u * quarter;
    const int16_t *x = input->samples;
    const uint16_t *w = input->window;
    unsigned reversed = 0, n = 0;
    for (; n < quarter && n + 3u * quarter < complete; n++) {
        const int16_t *leg_x = x;
        const uint16_t *leg_w = w;
        VOX_IN_REGISTER(leg_x);
        VOX_IN_REGISTER(leg_w);
        const vox_complex leg0 = windowed_pair(leg_x, leg_w, left, 8u);
        const vox_complex leg1 = windowed_pair(leg_x += step, leg_w += step, left, 8u);
        const vox_complex leg2 = windowed_pair(leg_x += step, leg_w += step, left, 8u);
        const vox_complex leg3 = windowed_pair(leg_x + step, leg_w + step, left, 8u);
        vox_butterfly(z + 4u * reversed, 1u, leg0, leg1, leg2, leg3);
        reversed = next_reversed(reversed, quarter / 2u);
        x += 2;
        w += 2;
    }
    const windowed_tail tail = tail_of(input);
    for (; n < quarter; n++) {
        const vox_complex leg0 = windowed_padded(input, &tail, n, 8u);
        const vox_complex leg1 = windowed_padded(input, &tail, n + quarter, 8u);
        const vox_complex leg2 = windowed_padded(input, &tail, n + 2u * quarter, 8u);
        const vox_complex leg3 = windowed_padded(input, &tail, n + 3u * quarter, 8u);
        vox_butterfly(z + 4u * reversed, 1u, leg0, leg1, leg2, leg3);
        reversed = next_reversed(reversed, quarter / 2u);
    }
}

#endif

/* The same with pairs; z has 2 * half_size points. */
static void first_radix2(const windowed *input, unsigned half_size, vox_complex *z)
{
    const windowed_tail tail = tail_of(input);
    unsigned reversed = 0, n = 0;
#ifdef VOX_FIXED_DSP
    /* Pairs within the samples. */
    const int16_t *x = input->samples;
    const uint16_t *w = input->window;
    for (; n + half_size < input->length / 2u; n++) {
        const vox_complex leg0 = windowed_pair(x, w, input->left, 7u);
        const vox_complex leg1 = windowed_pair(x + 2u * half_size, w + 2u * half_size, input->left, 7u);
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
#endif
    for (; n < half_size; n++) {
        const vox_complex leg0 = windowed_padded(input, &tail, n, 7u);
        const vox_complex leg1 = windowed_padded(input, &tail, n + half_size, 7u);
        vox_complex *pair = z + 2u * reversed;
        pair[0].re = leg0.re + leg1.re;
        pair[0].im = leg0.im + leg1.im;
        pair[1].re = leg0.re - leg1.re;
        pair[1].im = leg0.im - leg1.im;
        reversed = next_reversed(reversed, half_size / 2u);
    }
}

#endif
