#include "frontend/voice_quality.h"

#include "frontend/autocorrelation.h"
#include "frontend/fixed.h"
#include "frontend/octaves.h"

/* Periods are followed through the stream, on the decimated samples of the pitch: from one to the next, the lag is sought
 * at which a block of one period comes again with the least difference; after Milenkovic, "Least mean square measures of
 * voice perturbation" (1987). A frame takes those that start in the oldest hop of its samples. */

#define SEARCH_DIVISOR 12u /* a period may differ from the frame's by so much of it, and by two samples */
#define SEARCH_LEAST 2u
#define MOST_LAGS 20u        /* 2 * 110 / 12 + 1 */
#define FADING_SHIFT 2u      /* sums lose a quarter a frame */
#define MOST_JITTER_SHIFT 4u /* larger differences count as 1/16 of the period: a period was missed */
#define HNR_BLOCKS 2u        /* decimation blocks from one product to the next */

/* Where the parabola through three points has its vertex, in Q8 from the middle one, -128..128. */
static int32_t vertex(int32_t before, int32_t at, int32_t after)
{
    const int32_t up = at - before, down = at - after;
    const uint32_t bend = (uint32_t)up + (uint32_t)down;
    if (up < 0 || down < 0 || bend == 0u) {
        return 0;
    }
    const unsigned bits = vox_bit_length(bend), right = bits > 23u ? bits - 23u : 0u;
    const int32_t distance = ((up - down) >> right) * 128 / (int32_t)(bend >> right);
    return distance > 128 ? 128 : distance < -128 ? -128 : distance;
}

/* 10 log10(r / (1 - r)) in Q8 of the correlation r of samples a period apart. One sample in a few is enough. */
static int16_t harmonics_to_noise(const vox_pitch_plan *plan, const vox_pitch *pitch, const int16_t *samples)
{
    const unsigned lag = (pitch->period + 0x8000u) >> 16, factor = plan->factor, length = vox_pitch_length(plan);
    const int16_t *x = samples + plan->start + (vox_pitch_history(plan) - length) * factor;
    const int32_t mean = vox_shift_left(pitch->mean, plan->shift - 8u) / (int32_t)(factor * factor); /* of samples */
    const unsigned count = length / HNR_BLOCKS;
    /* In units of 2^7: sums of 90 products keep below 2^30. */
    int32_t shorter = 0, product = 0, longer = 0, energies = 0;
    for (unsigned n = 0; n < count; n++, x += HNR_BLOCKS * factor) {
        const int16_t *before = x - lag;
        shorter += x[0] * before[1] >> 7;
        product += x[0] * before[0] >> 7;
        longer += x[0] * before[-1] >> 7;
        energies += (x[0] * x[0] >> 7) + (before[0] * before[0] >> 7);
    }
    const int32_t offset = (int32_t)count * (mean * mean >> 7);
    product -= offset;
    energies -= 2 * offset;
    const int32_t distance = vertex(shorter - offset, product, longer - offset);
    const unsigned bits = vox_bit_length((uint32_t)energies), right = bits > 15u ? bits - 15u : 0u;
    const int32_t height = (product >> right) + (((longer - shorter) >> right) * distance >> 10);
    if (energies <= 0 || height <= 0) {
        return -11560; /* as below for r = 1 */
    }
    uint32_t r = ((uint32_t)height << 16) / (uint32_t)(energies >> right);
    r = r < 1u ? 1u : r > 32767u ? 32767u : r;
    return (int16_t)(((vox_octaves(r) - vox_octaves(32768u - r)) / 16 * 771 + 2048) >>
                     12); /* 10 log10(2) is 770.6 in Q8 */
}

/* Q8 length of the period that starts at x: where the block of `period` samples comes again, `reach` away at most. */
static uint32_t next_period(const int16_t *x, unsigned period, unsigned reach)
{
    const unsigned first = period - reach, count = 2u * reach + 1u;
    const int16_t *y = x + first;
    int32_t scores[MOST_LAGS]; /* twice the product less the other block's energy, but for a constant */
    vox_correlate_lags(x, period, y, count, scores);
    int32_t gained = 0;
    unsigned best = 0;
    for (unsigned i = 0; i < count; i++) {
        scores[i] = 2 * scores[i] - gained;
        best = scores[i] > scores[best] ? i : best;
        gained += (y[period + i] - y[i]) * (y[period + i] + y[i]);
    }
    uint32_t lag = 256u * (first + best);
    if (best > 0u && best + 1u < count) {
        lag += (uint32_t)vertex(scores[best - 1u], scores[best], scores[best + 1u]);
    }
    return lag;
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
    const unsigned bits = vox_bit_length(part), right = bits > 17u ? bits - 17u : 0u;
    const uint32_t ratio = whole >> right == 0u ? 0u : ((part >> right) << 15) / (whole >> right);
    return (int16_t)(ratio > 32767u ? 32767u : ratio);
}

static uint32_t distance_of(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

static int32_t height(int32_t x, int32_t mean)
{
    return x < mean ? mean - x : x - mean;
}

/* Index of the highest magnitude of x[count]. */
static unsigned highest(const int16_t *x, unsigned count, int32_t mean)
{
    unsigned peak = 0;
    for (unsigned i = 1; i < count; i++) {
        peak = height(x[i], mean) > height(x[peak], mean) ? i : peak;
    }
    return peak;
}

/* Adds up the periods that start in the oldest hop and follow another one. Blocks of one period have their highest magnitude
 * in the middle: what does not matter lies at their ends. */
static void follow(const vox_pitch_plan *plan, const vox_pitch *pitch, vox_voice_quality_state *state, const int16_t *x)
{
    const unsigned period = (pitch->period / plan->factor + 0x8000u) >> 16, history = vox_pitch_history(plan);
    const unsigned reach = period / SEARCH_DIVISOR < SEARCH_LEAST ? SEARCH_LEAST : period / SEARCH_DIVISOR;
    const uint32_t most = (uint32_t)period << (8u - MOST_JITTER_SHIFT);
    unsigned at = state->next;
    const unsigned half = period / 2u;
    const int32_t mean = pitch->mean >> 4;
    if (state->last_period == 0u) {
        at = highest(x, period, mean);
        at = at >= half ? at - half : at + period - half;
    } else if (at < plan->hop) { /* it has not gone far */
        at += half / 2u;
        at += highest(x + at, half + 1u, mean);
        at -= at < half ? at : half;
    }
    while (at < plan->hop && at + 2u * period + reach < history) {
        const uint32_t now = next_period(x + at, period, reach);
        int32_t total;
        const uint32_t amplitude = square_root(vox_energy(x + at, period, &total) << 2);
        if (state->last_period > 0u) {
            const uint32_t jitter = distance_of(now, state->last_period);
            state->jitters += jitter < most ? jitter : most;
            state->shimmers += distance_of(amplitude, state->last_amplitude);
            state->periods += now;
            state->amplitudes += amplitude;
        }
        state->last_period = now;
        state->last_amplitude = amplitude;
        at += (now + 128u) >> 8;
    }
    state->next = at - plan->hop;
    if (at < plan->hop) { /* what starts here is out of sight in the next frame */
        state->next = 0;
        state->last_period = 0;
    }
}

static void fade(uint32_t *sum)
{
    *sum -= *sum >> FADING_SHIFT;
}

void vox_voice_quality_frame(const vox_pitch_plan *plan, const vox_pitch *pitch, vox_voice_quality_state *state,
                             const int16_t *samples, const int16_t *decimated, vox_voice_quality *quality)
{
    quality->hnr = 0;
    quality->jitter = 0;
    quality->shimmer = 0;
    if (pitch->period == 0u) {
        memset(state, 0, sizeof *state);
        return;
    }
    quality->hnr = harmonics_to_noise(plan, pitch, samples);
    fade(&state->periods);
    fade(&state->jitters);
    fade(&state->amplitudes);
    fade(&state->shimmers);
    follow(plan, pitch, state, decimated);
    quality->jitter = ratio_q15(state->jitters, state->periods);
    quality->shimmer = ratio_q15(state->shimmers, state->amplitudes);
}
