#include "frontend/voice_quality.h"

#include "frontend/autocorrelation.h"
#include "frontend/decimate.h"
#include "frontend/fixed.h"
#include "frontend/fixed_log2.h"

/* The signal is decimated to 8..12 kHz (at the rates of a model). From one period to the next, the lag is sought at which a block of one period
 * matches best: Milenkovic, "Least mean square measures of voice perturbation" (1987). */

#define SEARCH_DIVISOR 12u /* a period may differ from the frame's by so much of it, and by two samples */
#define SEARCH_LEAST 2u

#define LAGS_AT_ONCE 4u
#define FILTER_BLOCKS 3u /* more blocks than filtered samples */

/* Triangle and (1, 2, 1). */
static void filter(const int16_t *samples, unsigned factor, unsigned length, int32_t *values)
{
#ifdef VOX_FIXED_DSP
    if (factor == 2u) { /* 16 kHz: both in one, added up over four blocks */
        int32_t a = vox_load_pair(samples), b = vox_load_pair(samples + 2), c = vox_load_pair(samples + 4);
        for (unsigned i = 0; i < length; i++) {
            const int32_t d = vox_load_pair(samples + 2u * i + 6u);
            int32_t value = vox_multiply_pairs(a, 0x00000001);
            value = vox_add_products(b, 0x00020003, value);
            value = vox_add_products(c, 0x00040003, value);
            values[i] = vox_add_products(d, 0x00020001, value);
            a = b;
            b = c;
            c = d;
        }
        return;
    }
#endif
    int32_t falling = 0, a = 0, b = 0;
    for (unsigned block = 0; block < length + FILTER_BLOCKS; block++, samples += factor) {
        const int32_t c = vox_triangle(samples, factor, &falling);
        if (block >= FILTER_BLOCKS) {
            values[block - FILTER_BLOCKS] = a + 2 * b + c;
        }
        a = b;
        b = c;
    }
}

/* Samples at the decimated rate, by a triangle and (1, 2, 1), so that parabolas meet the peaks of their correlation; less
 * their mean, in 11 bits. Returns their number. */
static unsigned decimated(const vox_pitch_plan *plan, const int16_t *samples, int32_t *values, int16_t *x)
{
    const unsigned factor = plan->fine, length = plan->fine_length, blocks = length + FILTER_BLOCKS;
    int32_t total = 0, least = INT32_MAX, most = INT32_MIN;
    samples += (plan->window - blocks * factor) / 2u;
    filter(samples, factor, length, values);
    for (unsigned i = 0; i < length; i++) {
        const int32_t value = values[i]; /* below 2^23 for a factor of 6 */
        total += value >> 3;
        least = value < least ? value : least;
        most = value > most ? value : most;
    }
    (void)vox_to_correlation_bits(values, length, total / (int32_t)length * 8, least, most, x);
    return length;
}

/* 2 product / (energies) in Q15, -32768..32767; 0 without energy. */
static int32_t match(int32_t product, uint32_t energies)
{
    if (energies == 0u) {
        return 0;
    }
    const unsigned bits = vox_bit_length(energies), right = bits > 15u ? bits - 15u : 0u;
    const int32_t ratio = (product >> right) * 65536 / (int32_t)(energies >> right);
    return ratio > 32767 ? 32767 : ratio < -32768 ? -32768 : ratio;
}

static uint32_t energy_of(const int16_t *x, unsigned count)
{
    return (uint32_t)vox_correlate(x, x, count);
}

/* Where the parabola through three points has its vertex, in Q8 from the middle one, -128..128; *height: what it reaches
 * there, Q0. */
static int32_t vertex(int32_t before, int32_t at, int32_t after, int32_t *height)
{
    const int32_t bend = 2 * at - before - after, rise = after - before;
    *height = at;
    if (bend <= 0 || rise > bend || rise < -bend) {
        return 0;
    }
    const int32_t distance = rise * 128 / bend;
    *height += (rise * distance) >> 10;
    return distance;
}

/* Correlation with the next period over the whole frame, Q15. lag: Q8. */
static int32_t correlation_at(const int16_t *x, unsigned length, uint32_t lag)
{
    const unsigned first = ((lag + 128u) >> 8) - 1u, last = first + 2u;
    int32_t r[3], height;
    vox_correlate_lags(x, length - last, x + first, 3, r); /* what all three have; then what is left of two */
    r[0] += vox_correlate(x + length - last, x + length - 2, 2);
    r[1] += x[length - last] * x[length - 1u];
    uint32_t head = energy_of(x, length - first);
    uint32_t tail = head + energy_of(x + length - first, first) - energy_of(x, first);
    for (unsigned i = 0; i < 3u; i++) {
        const unsigned at = first + i;
        r[i] = match(r[i], head + tail);
        head -= (uint32_t)(x[length - at - 1u] * x[length - at - 1u]);
        tail -= (uint32_t)(x[at] * x[at]);
    }
    (void)vertex(r[0], r[1], r[2], &height);
    return height;
}

/* Q8 length of the period that starts at x: where the block of `period` samples, whose energy is `own`, comes again,
 * `reach` away at most. */
static uint32_t next_period(const int16_t *x, unsigned period, unsigned reach, uint32_t own)
{
    const unsigned first = period - reach, count = 2u * reach + 1u;
    const int16_t *y = x + first;
    uint32_t other = energy_of(y, period);
    int32_t products[LAGS_AT_ONCE], best = INT32_MIN, before_best = 0, after_best = 0, last = INT32_MIN;
    unsigned at = 0;
    for (unsigned i = 0; i < count; i++, y++) {
        const unsigned part = i % LAGS_AT_ONCE;
        if (part == 0u) {
            vox_correlate_lags(x, period, y, count - i < LAGS_AT_ONCE ? count - i : LAGS_AT_ONCE, products);
        }
        const int32_t r = match(products[part], own + other);
        if (i > 0u && at + 1u == i) {
            after_best = r;
        }
        if (r > best) {
            best = r;
            before_best = last;
            at = i;
        }
        last = r;
        other += (uint32_t)(y[period] * y[period]);
        other -= (uint32_t)(y[0] * y[0]);
    }
    int32_t height;
    const int32_t distance =
        at == 0u || at + 1u == count ? 0 : vertex(before_best, best, after_best, &height); /* at an end: none */
    return (uint32_t)((int32_t)(256u * (first + at)) + distance);
}

/* floor(sqrt(x)) */
static uint32_t square_root(uint32_t x)
{
    uint32_t root = 0;
    for (uint32_t bit = 0x8000u; bit != 0u; bit >>= 1) {
        if ((root | bit) * (root | bit) <= x) {
            root |= bit;
        }
    }
    return root;
}

static int16_t ratio_q15(uint32_t part, uint32_t whole)
{
    const unsigned bits = vox_bit_length(whole), right = bits > 16u ? bits - 16u : 0u;
    const uint32_t ratio = whole == 0u ? 0u : ((part >> right) << 15) / (whole >> right);
    return (int16_t)(ratio > 32767u ? 32767u : ratio);
}

static uint32_t distance_of(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

/* Periods from the first one that has its highest magnitude in the middle; as many as the frame holds. */
static void perturbation(const int16_t *x, unsigned length, unsigned period, vox_voice_quality *quality)
{
    unsigned reach = period / SEARCH_DIVISOR;
    reach = reach < SEARCH_LEAST ? SEARCH_LEAST : reach;
    unsigned peak = 1;
    for (unsigned i = 2; i <= period && i < length; i++) {
        const int32_t here = x[i] < 0 ? -x[i] : x[i], there = x[peak] < 0 ? -x[peak] : x[peak];
        peak = here > there ? i : peak;
    }
    unsigned start = peak > period / 2u ? peak - period / 2u : peak + period - period / 2u;
    uint32_t last_period = 0, last_amplitude = 0, periods = 0, amplitudes = 0, jitters = 0, shimmers = 0;
    unsigned count = 0;
    /* The block, the farthest place where it may come again, and one sample for the energies. */
    while (start + 2u * period + reach + 1u < length) {
        const uint32_t energy = energy_of(x + start, period);
        const uint32_t now = next_period(x + start, period, reach, energy);
        const uint32_t loud = square_root(energy);
        if (count > 0u) {
            jitters += distance_of(now, last_period);
            shimmers += distance_of(loud, last_amplitude);
        }
        periods += now;
        amplitudes += loud;
        last_period = now;
        last_amplitude = loud;
        start += (now + 128u) >> 8;
        count++;
    }
    if (count >= 2u) {
        quality->jitter = ratio_q15(jitters * count / (count - 1u), periods);
        quality->shimmer = ratio_q15(shimmers * count / (count - 1u), amplitudes);
    }
}

void vox_voice_quality_frame(const vox_pitch_plan *plan, const vox_pitch *pitch, const int16_t *samples,
                             int32_t *scratch, vox_voice_quality *quality)
{
    quality->hnr = 0;
    quality->jitter = 0;
    quality->shimmer = 0;
    if (pitch->period == 0u) {
        return;
    }
    int16_t *x = (int16_t *)(scratch + plan->fine_length);
    const unsigned length = decimated(plan, samples, scratch, x);
    const uint32_t period = (pitch->period >> 8) / plan->fine; /* Q8 */
    int32_t r = correlation_at(x, length, period);
    r = r < 1 ? 1 : r > 32767 ? 32767 : r;
    const int32_t octaves = vox_log2_q16((uint32_t)r) - vox_log2_q16(32768u - (uint32_t)r);
    quality->hnr = (int16_t)((octaves / 16 * 771 + 2048) >> 12); /* 10 log10(2) in Q8 is 770.6 */
    perturbation(x, length, (period + 128u) >> 8, quality);
}
