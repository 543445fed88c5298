#include "frontend/pitch.h"

#include <stdbool.h>

#include "frontend/autocorrelation.h"
#include "frontend/decimate.h"
#include "frontend/fixed.h"
#include "frontend/fixed_log2.h"
#include "vox/status.h"

/* The signal is decimated to about 4 kHz and low-passed at about 500 Hz; then, after McLeod and Wyvill (2005), for lags
 * from 1/600 to 1/55 s
 *     r(lag) = 2 sum x[n] x[n + lag] / sum (x[n]^2 + x[n + lag]^2),
 * whose peaks are the candidates. Each is rated by its height less something for the octaves of its lag, plus something
 * for lying near the last frame's period. */

#define DECIMATED_HZ 4000u
#define FINE_HZ 8000u
#define FINE_MOST 480u
#define BLOCKS_PER_SECOND_OF_40MS 25u /* 1 / 40 ms */
#define FILTER_BLOCKS 5u              /* more blocks than filtered samples */

/* Q15. The settings that come nearest to openSMILE's eGeMAPS on speech; bench/features/opensmile_pitch.py. */
#define VOICED_FROM_UNVOICED 27800
#define VOICED_FROM_VOICED 25000
#define OCTAVE_COST 2290
#define CONTINUITY_BONUS 1640
#define CONTINUITY_OCTAVES_SHIFT 2u /* within a quarter of an octave */

int vox_pitch_plan_init(vox_pitch_plan *plan, uint32_t rate, unsigned window)
{
    if (rate < 8000u || rate > 48000u || window * 1000u < 30u * rate || window * 10u > rate) {
        return VOX_ERR_ARGUMENT;
    }
    const unsigned factor = (unsigned)(rate / DECIMATED_HZ);
    const unsigned most = (unsigned)(rate / (BLOCKS_PER_SECOND_OF_40MS * factor));
    const unsigned blocks = window / factor < most ? window / factor : most;
    plan->rate = rate;
    plan->window = (uint16_t)window;
    plan->factor = (uint16_t)factor;
    plan->offset = (uint16_t)((window - blocks * factor) / 2u);
    plan->length = (uint16_t)(blocks - FILTER_BLOCKS);
    plan->shortest = (uint16_t)(rate / (factor * VOX_PITCH_HIGHEST_HZ));
    const unsigned lowest = (unsigned)(rate / (factor * VOX_PITCH_LOWEST_HZ)) + 1u;
    const unsigned half = plan->length / 2u;
    plan->longest = (uint16_t)(lowest < half ? lowest : half);
    plan->fine = (uint16_t)(rate / FINE_HZ);
    const unsigned fine_length = window / plan->fine - 3u;
    plan->fine_length = (uint16_t)(fine_length < FINE_MOST ? fine_length : FINE_MOST);
    return VOX_OK;
}

/* Decimated values; samples of 11 bits, padded to whole words; correlations at shortest - 1 .. longest + 1. For voice
 * quality values and samples only. */
size_t vox_pitch_scratch_size(const vox_pitch_plan *plan)
{
    const size_t words =
        plan->length + (plan->length + VOX_CORRELATION_PADDING + 1u) / 2u + (plan->longest - plan->shortest + 3u);
    const size_t fine_words = plan->fine_length + plan->fine_length / 2u + 1u;
    return (sizeof(int32_t) * (words > fine_words ? words : fine_words) + 7u) & ~(size_t)7u;
}

/* Blocks of `factor` samples to x[length] at the decimated rate: a triangle of twice the block, then (1, 4, 6, 4, 1), less
 * the mean, in 11 bits. Returns the exponent of their unit. Gain: 16 factor^2, so |value| <= 2304 * 2^15 < 2^27. */
static int decimate(const int16_t *samples, unsigned factor, unsigned length, int32_t *values, int16_t *x)
{
    int32_t falling = 0, a = 0, b = 0, c = 0, d = 0;
    int32_t total = 0; /* of 16ths, which keeps below 2^31 */
    int32_t least = INT32_MAX, most = INT32_MIN;
    const unsigned blocks = length + FILTER_BLOCKS;
    for (unsigned block = 0; block < blocks; block++, samples += factor) {
        const int32_t e = vox_triangle(samples, factor, &falling);
        if (block >= FILTER_BLOCKS) {
            const int32_t value = a + e + 4 * (b + d) + 6 * c;
            total += value >> 4;
            least = value < least ? value : least;
            most = value > most ? value : most;
            values[block - FILTER_BLOCKS] = value;
        }
        a = b;
        b = c;
        c = d;
        d = e;
    }
    return vox_to_correlation_bits(values, length, total / (int32_t)length * 16, least, most, x);
}

/* True if the root mean square of the decimated frame is below VOX_PITCH_FLOOR. */
static bool too_quiet(uint32_t energy, int exponent, const vox_pitch_plan *plan)
{
    const uint32_t floor = 16u * plan->factor * plan->factor * VOX_PITCH_FLOOR; /* below 2^16 */
    const uint64_t least = (uint64_t)(floor * floor) * plan->length;
    return exponent < 0 ? energy >> (-2 * exponent) < least : (uint64_t)energy << (2 * exponent) < least;
}

/* correlation[] of the lags from `first`, of samples with this energy -> Q15 normalised, 0..32767, negatives as 0. */
static void normalise(const int16_t *x, unsigned length, uint32_t energy, unsigned first, unsigned count,
                      int32_t *correlation)
{
    energy *= 2u;
    for (unsigned lag = 1; lag < first + count; lag++) {
        const int32_t head = x[lag - 1u], tail = x[length - lag];
        energy -= (uint32_t)(head * head + tail * tail);
        if (lag < first) {
            continue;
        }
        const unsigned bits = vox_bit_length(energy);
        const unsigned right = bits > 16u ? bits - 16u : 0u;
        const int32_t product = correlation[lag - first];
        uint32_t ratio = 0;
        if (product > 0 && energy > 0u) {
            ratio = ((((uint32_t)product << 1) >> right) << 15) / (energy >> right);
        }
        correlation[lag - first] = ratio > 32767u ? 32767 : (int32_t)ratio;
    }
}

/* A peak of the normalised correlation. */
typedef struct {
    uint32_t lag;   /* Q16 decimated samples */
    int32_t log;    /* Q16 octaves of the lag */
    int32_t height; /* Q15 */
    int32_t rating; /* Q15 */
} candidate;

/* The parabola through three points, the middle one not below the others. */
static candidate peak_at(const int32_t *r, unsigned lag)
{
    const int32_t rise = r[1] - r[-1];
    const int32_t bend = 2 * r[0] - r[-1] - r[1];
    candidate peak = {(uint32_t)lag << 16, 0, r[0], 0};
    if (bend > 0) {
        /* Half a lag at most: |rise| <= bend. */
        const int32_t distance = rise * 32768 / bend; /* Q16 */
        peak.lag = (uint32_t)((int32_t)peak.lag + distance);
        peak.height += (rise * (distance >> 2)) >> 16; /* a quarter of rise * distance */
        if (peak.height > 32767) {
            peak.height = 32767;
        }
    }
    peak.log = vox_log2_q16(peak.lag);
    return peak;
}

static candidate best_candidate(const int32_t *r, unsigned first, unsigned count, int32_t last_log)
{
    candidate best = {0, 0, 0, INT32_MIN};
    for (unsigned i = 1; i + 1u < count; i++) {
        if (r[i] <= 0 || r[i] <= r[i - 1u] || r[i] < r[i + 1u]) {
            continue;
        }
        candidate peak = peak_at(r + i, first + i);
        peak.rating = peak.height - ((peak.log >> 4) * OCTAVE_COST >> 12);
        if (last_log != 0) {
            const int32_t away = peak.log > last_log ? peak.log - last_log : last_log - peak.log;
            const int32_t near = 0x10000 - vox_shift_left(away, CONTINUITY_OCTAVES_SHIFT);
            peak.rating += near > 0 ? (near >> 4) * CONTINUITY_BONUS >> 12 : 0;
        }
        if (peak.rating > best.rating) {
            best = peak;
        }
    }
    return best;
}

/* A half at the threshold, 1 at a correlation of 1, 0 as far below it. */
static int16_t probability(int32_t height, int32_t threshold)
{
    const int32_t above = 16384 + (height - threshold) * 16384 / (32768 - threshold);
    return (int16_t)(above < 0 ? 0 : above > 32767 ? 32767 : above);
}

void vox_pitch_frame(const vox_pitch_plan *plan, vox_pitch_state *state, const int16_t *samples, int32_t *scratch,
                     vox_pitch *pitch)
{
    const unsigned length = plan->length, first = plan->shortest - 1u;
    const unsigned count = plan->longest - plan->shortest + 3u;
    int16_t *x = (int16_t *)(scratch + length);
    int32_t *correlation = scratch + length + (length + VOX_CORRELATION_PADDING + 1u) / 2u;

    pitch->period = 0;
    pitch->semitones = 0;
    pitch->voicing = 0;
    pitch->correlation = 0;
    const uint32_t last_period = state->period;
    state->period = 0;
    const int exponent = decimate(samples + plan->offset, plan->factor, length, scratch, x);
    const uint32_t energy = (uint32_t)vox_correlate(x, x, length);
    if (too_quiet(energy, exponent, plan)) {
        return;
    }
    memset(x + length, 0, sizeof(int16_t) * VOX_CORRELATION_PADDING);
    vox_autocorrelate(x, length, first, count, correlation);
    normalise(x, length, energy, first, count, correlation);
    const int32_t last_log = last_period == 0u ? 0 : vox_log2_q16(last_period / plan->factor);
    const candidate best = best_candidate(correlation, first, count, last_log);
    if (best.height == 0) {
        return;
    }
    const int32_t threshold = last_period == 0u ? VOICED_FROM_UNVOICED : VOICED_FROM_VOICED;
    pitch->correlation = (int16_t)best.height;
    pitch->voicing = probability(best.height, threshold);
    if (best.height < threshold) {
        return;
    }
    pitch->period = best.lag * plan->factor;
    state->period = pitch->period;
    /* 12 log2(rate / period / 27.5) in Q8, to nearest; the period is Q16, 27.5 is 55 / 2 */
    const int32_t octaves = vox_log2_q16(plan->rate * 2u) - vox_log2_q16(55u) + 0x100000 - vox_log2_q16(pitch->period);
    pitch->semitones = (int16_t)((octaves * 3 + 32) >> 6);
}
