#include "vox/frontend_batch.h"

#include "frontend/fixed.h"
#include "frontend/log2.h"
#include "frontend/section.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(VOX_PLAIN_C)
#define VOX_BATCH 1
#endif

#ifdef VOX_BATCH

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif

/* Eight frames side by side, one in each lane; the arithmetic is that of fft.c and mel.c, line by line. Products that wrap
 * do so in neither. */
#define LANES VOX_BATCH_FRAMES
typedef int32_t lanes __attribute__((vector_size(4 * LANES)));
typedef uint32_t unsigned_lanes __attribute__((vector_size(4 * LANES)));

typedef struct {
    lanes re;
    lanes im;
} lanes_complex;

static inline lanes multiply_high(lanes x, lanes w)
{
    return (x >> 16) * w + (((x & 0xFFFF) * w) >> 16);
}

static inline lanes broadcast(int32_t x)
{
    const lanes zero = {0};
    return zero + x;
}

static inline lanes_complex turned(lanes_complex x, int16_t cosine, int16_t sine)
{
    const lanes c = broadcast(cosine), s = broadcast(sine);
    const lanes_complex y = {multiply_high(x.re, c) + multiply_high(x.im, s),
                             multiply_high(x.im, c) - multiply_high(x.re, s)};
    return y;
}

static inline lanes_complex halved(lanes_complex x)
{
    const lanes_complex y = {x.re >> 1, x.im >> 1};
    return y;
}

static inline void four_points(lanes_complex *p, unsigned quarter, lanes_complex leg0, lanes_complex leg1,
                               lanes_complex leg2, lanes_complex leg3)
{
    const lanes_complex sum13 = {leg1.re + leg3.re, leg1.im + leg3.im};
    const lanes_complex difference13 = {leg1.re - leg3.re, leg1.im - leg3.im};
    const lanes_complex sum02 = {leg0.re + leg2.re, leg0.im + leg2.im};
    const lanes_complex difference02 = {leg0.re - leg2.re, leg0.im - leg2.im};
    p[0].re = sum02.re + sum13.re;
    p[0].im = sum02.im + sum13.im;
    p[quarter].re = difference02.re + difference13.im;
    p[quarter].im = difference02.im - difference13.re;
    p[2u * quarter].re = sum02.re - sum13.re;
    p[2u * quarter].im = sum02.im - sum13.im;
    p[3u * quarter].re = difference02.re - difference13.im;
    p[3u * quarter].im = difference02.im + difference13.re;
}

static void stage(lanes_complex *z, unsigned points, unsigned quarter, const int16_t *twiddle)
{
    const unsigned stride = points / (2u * quarter);
    for (unsigned j = 0; j < quarter; j++) {
        int16_t w[6];
        for (unsigned leg = 1; leg <= 3u; leg++) {
            vox_twiddle_folded(twiddle, leg * j * stride, 2u * points, &w[2u * leg - 2u], &w[2u * leg - 1u]);
        }
        for (unsigned i = j; i < points; i += 4u * quarter) {
            lanes_complex *p = z + i;
            if (j == 0u) {
                four_points(p, quarter, halved(p[0]), halved(p[2u * quarter]), halved(p[quarter]),
                            halved(p[3u * quarter]));
            } else {
                four_points(p, quarter, halved(p[0]), turned(p[2u * quarter], w[0], w[1]),
                            turned(p[quarter], w[2], w[3]), turned(p[3u * quarter], w[4], w[5]));
            }
        }
    }
}

static inline lanes gather(const int16_t *samples, unsigned hop)
{
    lanes x;
    for (unsigned f = 0; f < LANES; f++) {
        x[f] = samples[f * hop];
    }
    return x;
}

/* Windowed samples, bit-reversed; returns the magnitude bits of the frames. */
static lanes window(const vox_frontend *frontend, const int16_t *samples, lanes_complex *z)
{
    const unsigned length = frontend->params->window, hop = frontend->params->hop;
    const unsigned points = frontend->params->fft_size / 2u;
    lanes mask = {0}, bits;
    for (unsigned n = 0; n < points; n++) { /* in order for now: the scale is not known yet */
        const lanes zero = {0};
        z[n].re = 2u * n < length ? gather(samples + 2u * n, hop) : zero;
        z[n].im = 2u * n + 1u < length ? gather(samples + 2u * n + 1u, hop) : zero;
        mask |= (z[n].re ^ (z[n].re << 1)) | (z[n].im ^ (z[n].im << 1));
    }
    for (unsigned f = 0; f < LANES; f++) {
        bits[f] = (int32_t)vox_bit_length((uint32_t)(mask[f] & 0xFFFF) | 1u) - 1;
    }
    const lanes left = 16 - bits;
    for (unsigned n = 0, reversed = 0; n < points; n++) {
        const int32_t w_re = 2u * n < length ? frontend->window[2u * n] : 0;
        const int32_t w_im = 2u * n + 1u < length ? frontend->window[2u * n + 1u] : 0;
        z[n].re = ((z[n].re * w_re) << left) >> 7;
        z[n].im = ((z[n].im * w_im) << left) >> 7;
        if (reversed < n) {
            const lanes_complex other = z[reversed];
            z[reversed] = z[n];
            z[n] = other;
        }
        unsigned top = points / 2u;
        while (reversed & top) {
            reversed ^= top;
            top >>= 1;
        }
        reversed |= top;
    }
    return bits;
}

static void split(lanes_complex *z, unsigned points, const int16_t *twiddle)
{
    const lanes_complex zero = halved(z[0]);
    const lanes none = {0};
    z[0].re = zero.re + zero.im;
    z[0].im = none;
    z[points].re = zero.re - zero.im;
    z[points].im = none;
    for (unsigned k = 1; k <= points / 2u; k++) {
        const lanes_complex a = halved(z[k]), b = halved(z[points - k]);
        const lanes_complex even = {(a.re + b.re) >> 1, (a.im - b.im) >> 1};
        const lanes_complex odd = {a.im + b.im, b.re - a.re};
        const lanes_complex t = turned(odd, twiddle[2u * k], twiddle[2u * k + 1u]);
        z[k].re = even.re + t.re;
        z[k].im = even.im + t.im;
        z[points - k].re = even.re - t.re;
        z[points - k].im = t.im - even.im;
    }
}

/* The two energies of a segment in each lane. The sums are kept in pieces of 16 bits: no lane exceeds 2^29. */
static void measure(const lanes_complex *bin, const lanes_complex *end, const uint16_t *weights, const lanes unit,
                    vox_energy *rise, vox_energy *fall)
{
    lanes mask = {0}, shift;
    for (const lanes_complex *p = bin; p < end; p++) {
        mask |= (p->re ^ (p->re << 1)) | (p->im ^ (p->im << 1));
    }
    for (unsigned f = 0; f < LANES; f++) {
        const int32_t bits = (int32_t)vox_bit_length((uint32_t)mask[f] | 1u) - 1;
        shift[f] = bits > 15 ? bits - 15 : 0;
    }
    unsigned_lanes total_lower = {0}, total_upper = {0}, part0 = {0}, part1 = {0}, part2 = {0};
    for (const lanes_complex *p = bin; p < end; p++) {
        const lanes re = p->re >> shift, im = p->im >> shift;
        const unsigned_lanes power = (unsigned_lanes)(re * re) + (unsigned_lanes)(im * im);
        const unsigned_lanes lower = power & 0xFFFFu, upper = power >> 16;
        const uint32_t weight = *weights++;
        const unsigned_lanes weighted_lower = lower * weight, weighted_upper = upper * weight;
        total_lower += lower;
        total_upper += upper;
        part0 += weighted_lower & 0xFFFFu;
        part1 += (weighted_lower >> 16) + (weighted_upper & 0xFFFFu);
        part2 += weighted_upper >> 16;
    }
    for (unsigned f = 0; f < LANES; f++) {
        const uint64_t rising = part0[f] + ((uint64_t)part1[f] << 16) + ((uint64_t)part2[f] << 32);
        const uint64_t total = total_lower[f] + ((uint64_t)total_upper[f] << 16);
        const int32_t exponent = unit[f] + 2 * shift[f];
        rise[f] = vox_energy_make(rising, exponent);
        fall[f] = vox_energy_make((total << 15) - rising, exponent);
    }
}

static void eight_frames(const vox_frontend *frontend, const int16_t *samples, lanes_complex *z, int16_t *features,
                         int16_t *levels)
{
    const vox_frontend_params *params = frontend->params;
    const unsigned points = params->fft_size / 2u, bands = params->bands;
    const lanes bits = window(frontend, samples, z);
    unsigned quarter = 1;
    int32_t halvings = 0;
    if ((vox_bit_length(points) & 1u) == 0u) {
        for (unsigned i = 0; i < points; i += 2u) {
            const lanes_complex a = z[i], b = z[i + 1u];
            z[i].re = a.re + b.re;
            z[i].im = a.im + b.im;
            z[i + 1u].re = a.re - b.re;
            z[i + 1u].im = a.im - b.im;
        }
        quarter = 2;
    }
    for (; quarter < points; quarter *= 4u) {
        stage(z, points, quarter, frontend->twiddle);
        halvings++;
    }
    split(z, points, frontend->twiddle);
    const lanes unit = -2 * (23 - bits - halvings) - 15;
    vox_energy all[LANES], rising[LANES], rise[LANES], fall[LANES];
    for (unsigned f = 0; f < LANES; f++) {
        all[f].mantissa = 0;
        all[f].exponent = INT16_MIN;
    }
    const uint16_t *weights = frontend->rise;
    for (unsigned s = 0; s <= bands; s++) {
        const unsigned first = frontend->edges[s], end = frontend->edges[s + 1u];
        measure(z + first, z + end, weights, unit, rise, fall);
        weights += end - first;
        for (unsigned f = 0; f < LANES; f++) {
            if (s > 0u) {
                const vox_energy energy = vox_energy_add(rising[f], fall[f]);
                features[f * bands + s - 1u] = vox_energy_log2(energy, frontend->log_table);
                all[f] = vox_energy_add(all[f], energy);
            }
            rising[f] = rise[f];
        }
    }
    for (unsigned f = 0; f < LANES; f++) {
        levels[f] = vox_energy_log2(all[f], frontend->log_table);
    }
}

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

size_t vox_frontend_batch_size(const uint8_t *section)
{
#ifdef VOX_BATCH
    const vox_frontend_params *params = (const vox_frontend_params *)(const void *)section;
    return sizeof(lanes_complex) * (params->fft_size / 2u + 1u) + sizeof(lanes);
#else
    (void)section;
    return 8u;
#endif
}

void vox_frontend_batch(vox_frontend *frontend, const int16_t *samples, size_t frames, void *memory, int16_t *features,
                        int16_t *levels)
{
    const unsigned hop = frontend->params->hop, bands = frontend->params->bands;
#ifdef VOX_BATCH
    if (frontend->params->kind == VOX_FRONTEND_LOGMEL && __builtin_cpu_supports("avx2")) {
        const uintptr_t aligned = ((uintptr_t)memory + sizeof(lanes) - 1u) & ~(uintptr_t)(sizeof(lanes) - 1u);
        while (frames >= LANES) {
            eight_frames(frontend, samples, (lanes_complex *)aligned, features, levels);
            samples += LANES * hop;
            features += LANES * bands;
            levels += LANES;
            frames -= LANES;
        }
    }
#else
    (void)memory;
#endif
    while (frames > 0u) {
        *levels++ = vox_frontend_frame(frontend, samples, features);
        samples += hop;
        features += bands;
        frames--;
    }
}
