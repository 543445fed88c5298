#include "frontend/micro_fft.h"

#include <stdbool.h>

#include "frontend/fixed.h"
#include "frontend/section.h"

#define POINTS (VOX_MICRO_FFT / 2u)

/* 32767 / 2 and / 4 in Q15: what halves and quarters a value. */
#define HALF 16383
#define QUARTER 8191

/* Sums keep their lower 16 bits; none that a sound makes has more. */
static inline int16_t narrow(int32_t x)
{
    return (int16_t)(uint16_t)((uint32_t)x & 0xFFFFu);
}

static inline int16_t rounded(int32_t q15)
{
    return narrow((q15 + (1 << 14)) >> 15);
}

static inline vox_micro_complex scaled(vox_micro_complex x, int32_t factor)
{
    const vox_micro_complex y = {rounded(x.re * factor), rounded(x.im * factor)};
    return y;
}

/* x times cosine + i sine. */
static inline vox_micro_complex times(vox_micro_complex x, int32_t cosine, int32_t sine)
{
    const vox_micro_complex y = {rounded(x.re * cosine - x.im * sine), rounded(x.re * sine + x.im * cosine)};
    return y;
}

static inline vox_micro_complex sum(vox_micro_complex a, vox_micro_complex b)
{
    const vox_micro_complex y = {narrow(a.re + b.re), narrow(a.im + b.im)};
    return y;
}

static inline vox_micro_complex difference(vox_micro_complex a, vox_micro_complex b)
{
    const vox_micro_complex y = {narrow(a.re - b.re), narrow(a.im - b.im)};
    return y;
}

static inline vox_micro_complex turned(vox_micro_complex x, const int16_t *twiddle, unsigned index)
{
    int16_t cosine, sine;
    vox_twiddle_folded(twiddle, index, VOX_MICRO_FFT, &cosine, &sine);
    return times(x, cosine, -sine);
}

/* Four transforms of `quarter` points at p, p + quarter, ... become one of 4 * quarter points. The factor of point 0 is 1: in
 * the table it is 32767, which leaves a quarter of any value as it is. */
static void combine(vox_micro_complex *p, unsigned quarter, const int16_t *twiddle)
{
    const unsigned step = VOX_MICRO_FFT / (4u * quarter);
    for (unsigned j = 0; j < quarter; j++, p++) {
        vox_micro_complex leg[4];
        for (unsigned i = 0; i < 4u; i++) {
            leg[i] = scaled(p[i * quarter], QUARTER);
            if (i * j > 0u) {
                leg[i] = turned(leg[i], twiddle, i * j * step);
            }
        }
        const vox_micro_complex even = sum(leg[0], leg[2]), odd = sum(leg[1], leg[3]);
        const vox_micro_complex apart = difference(leg[0], leg[2]), across = difference(leg[1], leg[3]);
        p[0] = sum(even, odd);
        p[2u * quarter] = difference(even, odd);
        p[quarter].re = narrow(apart.re + across.im);
        p[quarter].im = narrow(apart.im - across.re);
        p[3u * quarter].re = narrow(apart.re - across.im);
        p[3u * quarter].im = narrow(apart.im + across.re);
    }
}

/* The spectrum of the real samples, from that of the even ones + i times the odd ones. */
static void split(vox_micro_complex *z, const int16_t *twiddle)
{
    for (unsigned k = 1; k <= POINTS / 2u; k++) {
        const vox_micro_complex mirrored = {z[POINTS - k].re, narrow(-z[POINTS - k].im)};
        const vox_micro_complex a = scaled(z[k], HALF), b = scaled(mirrored, HALF);
        const vox_micro_complex even = sum(a, b);
        const vox_micro_complex odd = times(difference(a, b), -twiddle[2u * k + 1u], -twiddle[2u * k]);
        z[k].re = narrow((even.re + odd.re) >> 1);
        z[k].im = narrow((even.im + odd.im) >> 1);
        z[POINTS - k].re = narrow((even.re - odd.re) >> 1);
        z[POINTS - k].im = narrow((odd.im - even.im) >> 1);
    }
}

/* Where point n goes before the first stage: its digits of two bits in reverse. */
static unsigned place_of(unsigned n)
{
    return (n & 3u) << 6 | (n & 12u) << 2 | (n & 48u) >> 2 | n >> 6;
}

static inline int16_t windowed(const int16_t *samples, const uint16_t *window, unsigned length, unsigned n)
{
    return n < length ? narrow((samples[n] * (int32_t)window[n]) >> 12) : (int16_t)0;
}

/* Of the largest magnitude. -32768 counts for nothing, which costs its sign where nothing else is as loud. */
static unsigned bits_of(const int16_t *samples, const uint16_t *window, unsigned length)
{
    int32_t most = 0;
    for (unsigned n = 0; n < length; n++) {
        const int32_t x = windowed(samples, window, length, n), magnitude = narrow(x < 0 ? -x : x);
        most = magnitude > most ? magnitude : most;
    }
    return vox_bit_length((uint32_t)most);
}

unsigned vox_micro_fft(const int16_t *samples, const uint16_t *window, unsigned length, const int16_t *twiddle,
                       vox_micro_complex *z)
{
    const unsigned shift = 15u - bits_of(samples, window, length);
    for (unsigned n = 0; n < POINTS; n++) {
        const uint32_t re = (uint32_t)windowed(samples, window, length, 2u * n);
        const uint32_t im = (uint32_t)windowed(samples, window, length, 2u * n + 1u);
        vox_micro_complex *to = z + place_of(n);
        to->re = narrow((int32_t)(re << shift & 0xFFFFu));
        to->im = narrow((int32_t)(im << shift & 0xFFFFu));
    }
    for (unsigned quarter = 1; quarter < POINTS; quarter *= 4u) {
        for (unsigned at = 0; at < POINTS; at += 4u * quarter) {
            combine(z + at, quarter, twiddle);
        }
    }
    split(z, twiddle);
    return shift;
}
