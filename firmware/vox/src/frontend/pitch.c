#include "frontend/pitch.h"

#include <stdbool.h>

#include "frontend/autocorrelation.h"
#include "frontend/decimate.h"
#include "frontend/fixed.h"
#include "frontend/fixed_log2.h"
#include "frontend/octaves.h"
#include "vox/status.h"

/* The signal is decimated to about 4 kHz and low-passed at about 500 Hz; then, after McLeod and Wyvill (2005), for lags
 * from 1/600 to 1/55 s
 *     r(lag) = 2 sum x[n] x[n - lag] / sum (x[n]^2 + x[n - lag]^2),
 * n over 30 ms, whose peaks are the candidates. Each is rated by its height less something for the octaves of its lag, plus
 * something for lying near the last frame's period.
 *
 * The samples have a fixed scale, so that the sums over a block of them never change: a frame adds up those of its new
 * samples only. Sums of integers are exact; where nothing can be kept, all blocks are added up anew, to the same values. */

#define DECIMATED_HZ 4000u
#define FILTER_BLOCKS 5u     /* more blocks than filtered samples */
#define WINDOWS_A_SECOND 33u /* of 30 ms */

/* Q15. The settings that come nearest to openSMILE's eGeMAPS on speech; bench/features/opensmile.py. */
#define VOICED_FROM_UNVOICED 28400
#define VOICED_FROM_VOICED 25000
#define OCTAVE_COST_SHIFT 4u   /* 1/16 an octave */
#define CONTINUITY_BONUS 4096  /* at the last frame's period; none half an octave away */
#define QUIET_SHIFT 7u         /* 21 dB below the loudest frame: unvoiced */
#define LOUDEST_FALLS_SHIFT 6u /* a frame */

static unsigned at_most(unsigned x, unsigned limit)
{
    return x < limit ? x : limit;
}

int vox_pitch_plan_init(vox_pitch_plan *plan, uint32_t rate, unsigned window, unsigned hop)
{
    if (rate < 8000u || rate > 48000u || window * 1000u < 30u * rate || window * 10u > rate || hop == 0u) {
        return VOX_ERR_ARGUMENT;
    }
    const unsigned factor = (unsigned)(rate / DECIMATED_HZ);
    const unsigned room = window / factor - FILTER_BLOCKS,
                   lowest = (unsigned)(rate / (factor * VOX_PITCH_LOWEST_HZ)) + 1u;
    const unsigned longest = at_most(lowest, room / 2u);
    const unsigned most =
        at_most((unsigned)(rate / (factor * WINDOWS_A_SECOND)), room - longest - 1u) / VOX_PITCH_BLOCKS;
    unsigned block = most;
    for (unsigned size = most * 3u / 4u; size <= most; size++) {
        if (hop % (factor * size) == 0u) { /* the largest that hops are made of */
            block = size;
        }
    }
    const unsigned length = VOX_PITCH_BLOCKS * block, history = length + longest + 1u;
    const bool whole = hop % (factor * block) == 0u && hop / factor < length;
    const unsigned kept = whole ? history - hop / factor : 0u;
    /* The middle of the window and 5 ms, since x[n - lag] lies in front. */
    const unsigned end = window / 2u + length * factor / 2u + (unsigned)(rate / 200u);
    const unsigned needed = (history + FILTER_BLOCKS) * factor;
    const uint32_t gain = 16u * factor * factor;
    plan->reference = vox_log2_q16(rate * 2u) - vox_log2_q16(55u) + 0x100000; /* 27.5 is 55 / 2 */
    plan->window = (uint16_t)window;
    plan->start = (uint16_t)(end > window ? window - needed : end > needed ? end - needed : 0u);
    plan->hop = (uint16_t)at_most((hop + factor / 2u) / factor, UINT16_MAX);
    plan->kept = (uint16_t)kept;
    plan->shortest = (uint16_t)(rate / (factor * VOX_PITCH_HIGHEST_HZ));
    plan->longest = (uint16_t)longest;
    plan->block = (uint16_t)block;
    plan->factor = (uint8_t)factor;
    plan->shift = (uint8_t)vox_bit_length(16u * gain - 1u);
    plan->floor = (gain * gain >> plan->shift) * (VOX_PITCH_FLOOR * VOX_PITCH_FLOOR) * length >> plan->shift;
    return VOX_OK;
}

/* Lags that sums are kept of: those searched, and one more on either side. */
static unsigned lag_count(const vox_pitch_plan *plan)
{
    return plan->longest - plan->shortest + 3u;
}

size_t vox_pitch_memory_size(const vox_pitch_plan *plan)
{
    return sizeof(int32_t) * (VOX_PITCH_BLOCKS * lag_count(plan) + (vox_pitch_history(plan) + 1u) / 2u);
}

const int16_t *vox_pitch_decimated(const vox_pitch_plan *plan, const int32_t *memory)
{
    return (const int16_t *)(memory + VOX_PITCH_BLOCKS * lag_count(plan));
}

/* Blocks of `factor` samples to x[count] at the decimated rate: a triangle of twice the block, then (1, 4, 6, 4, 1), to
 * nearest. |sums| <= 2304 * 2^15 < 2^27. */
static void decimate(const int16_t *samples, unsigned factor, unsigned shift, unsigned count, int16_t *x)
{
    int32_t rising = 0, a = 0, b = 0, c = 0, d = 0;
    const int32_t half = 1 << (shift - 1u);
    for (unsigned left = count + FILTER_BLOCKS; left > 0u; left--) {
        const int32_t e = vox_triangle(samples, factor, &rising);
        samples += factor;
        if (left <= count) {
            *x++ = (int16_t)((a + e + 4 * (b + d) + 6 * c + half) >> shift);
        }
        a = b;
        b = c;
        c = d;
        d = e;
    }
}

/* Brings the memory up to this frame: decimated samples, and the sums of the blocks that are new. */
static void advance(const vox_pitch_plan *plan, vox_pitch_state *state, int32_t *memory, const int16_t *samples)
{
    const unsigned count = lag_count(plan), history = vox_pitch_history(plan), length = vox_pitch_length(plan);
    const unsigned kept = state->started != 0u ? plan->kept : 0u, fresh = history - kept;
    int16_t *x = (int16_t *)(memory + VOX_PITCH_BLOCKS * count);
    memmove(x, x + fresh, sizeof *x * kept);
    decimate(samples + plan->start + kept * plan->factor, plan->factor, plan->shift, fresh, x + kept);
    state->started = 1;
    for (unsigned left = at_most(fresh, length); left > 0u; left -= plan->block) {
        const int16_t *block = x + history - left;
        vox_correlate_lags(block, plan->block, block - plan->longest - 1u, count, memory + state->oldest * count);
        state->oldest = (uint16_t)(state->oldest + 1u < VOX_PITCH_BLOCKS ? state->oldest + 1u : 0u);
    }
}

/* Q15 quotient of a product and half the sum of the energies; what is below a quarter has no use, and counts as 0. */
static int32_t normalised(uint32_t product, uint32_t energy)
{
    if ((int32_t)product <= 0 || product <= energy >> 2) {
        return 0;
    }
    const unsigned bits = vox_bit_length(energy | product), right = bits > 16u ? bits - 16u : 0u;
    const uint32_t ratio = ((product >> right) << 15) / (energy >> right);
    return ratio > 32767u ? 32767 : (int32_t)ratio;
}

/* A peak of the correlation. */
typedef struct {
    uint32_t lag;   /* Q16 decimated samples */
    int32_t log;    /* Q16 octaves of the lag */
    int32_t height; /* Q15 */
    int32_t rating; /* Q15 */
} candidate;

/* The parabola through the correlations at lag - 1, lag, lag + 1, the middle one not below the others. last_log: Q16 octaves
 * of the last frame's period, 0 where there is none. */
static candidate peak_at(unsigned lag, int32_t before, int32_t at, int32_t after, int32_t last_log)
{
    const int32_t rise = after - before, bend = 2 * at - before - after; /* |rise| <= bend */
    const int32_t distance = bend > 0 ? rise * 32768 / bend : 0;         /* Q16, half a lag at most */
    const int32_t height = at + (rise * (distance >> 2) >> 16);
    candidate peak;
    peak.lag = (lag << 16) + (uint32_t)distance;
    peak.log = vox_octaves(peak.lag);
    peak.height = height > 32767 ? 32767 : height;
    peak.rating = peak.height - (peak.log >> (1u + OCTAVE_COST_SHIFT));
    const int32_t away = peak.log > last_log ? peak.log - last_log : last_log - peak.log;
    if (last_log != 0 && away < 0x8000) {
        peak.rating += CONTINUITY_BONUS - away / (0x8000 / CONTINUITY_BONUS);
    }
    return peak;
}

/* The two windows: that of the frame, and the one in front of it by a lag, which slides. */
typedef struct {
    const int16_t *in; /* what comes in with the next lag; `length` samples further, what goes out */
    int32_t total;     /* of both */
    uint32_t energies; /* about the mean of the frame's */
} windows;

static inline void slide(windows *two, int32_t length, int32_t mean)
{
    const int32_t near = two->in[0], far = two->in[length];
    two->in--;
    two->total += near - far;
    two->energies += (uint32_t)((near - far) * (near + far - 2 * mean));
}

/* The peak with the best rating among lags shortest..longest; height 0 if there is none. total, energy: of the window. The
 * mean that is taken off is that of the window; the energy of the one before, about it, is at most four times as large as
 * 180 * 2^22, so that all sums keep below 2^32 and products below 2^31. */
static candidate best_peak(const vox_pitch_plan *plan, const int32_t *memory, int32_t total, uint32_t energy,
                           int32_t last_log)
{
    const int32_t length = (int32_t)vox_pitch_length(plan), mean = total / length, squares = mean * mean * length;
    const unsigned count = lag_count(plan), end = plan->longest + 2u;
    const int32_t *sums = memory + count; /* the products fall back from the end of each block's */
    windows two = {vox_pitch_decimated(plan, memory) + plan->longest, 2 * total, 2u * energy};
    candidate best = {0, 0, 0, INT32_MIN};
    int32_t before = INT32_MAX, at = INT32_MAX; /* no peak at the first lag */
    unsigned lag = 1;
    for (; lag + 1u < plan->shortest; lag++) {
        slide(&two, length, mean);
    }
    for (; lag < end; lag++) {
        slide(&two, length, mean);
        sums--;
        const uint32_t product = (uint32_t)sums[0] + (uint32_t)sums[count] + (uint32_t)sums[2u * count];
        const int32_t after = normalised(product - (uint32_t)(mean * two.total - squares), two.energies >> 1);
        if (at > before && at >= after) {
            const candidate peak = peak_at(lag - 1u, before, at, after, last_log);
            best = peak.rating > best.rating ? peak : best;
        }
        before = at;
        at = after;
    }
    return best;
}

/* A half at the threshold, 1 at a correlation of 1, 0 as far below it. */
static int16_t probability(int32_t height, int32_t threshold)
{
    const int32_t above = 16384 + (height - threshold) * 16384 / (32768 - threshold);
    return (int16_t)(above < 0 ? 0 : above > 32767 ? 32767 : above);
}

void vox_pitch_frame(const vox_pitch_plan *plan, vox_pitch_state *state, int32_t *memory, const int16_t *samples,
                     vox_pitch *pitch)
{
    const uint32_t last_period = state->period;
    const vox_pitch none = {0, 0, 0, 0, 0};
    *pitch = none;
    state->period = 0;
    advance(plan, state, memory, samples);
    const int16_t *x = vox_pitch_decimated(plan, memory);
    int32_t total;
    const uint32_t energy = vox_energy(x + plan->longest + 1u, vox_pitch_length(plan), &total);
    const uint32_t loudest = state->loudest - (state->loudest >> LOUDEST_FALLS_SHIFT);
    state->loudest = energy > loudest ? energy : loudest;
    if (energy < plan->floor || energy < state->loudest >> QUIET_SHIFT) {
        return;
    }
    const int32_t last_log = last_period == 0u ? 0 : vox_octaves(last_period / plan->factor);
    const candidate best = best_peak(plan, memory, total, energy, last_log);
    if (best.height == 0) {
        return;
    }
    const int32_t threshold = last_period == 0u ? VOICED_FROM_UNVOICED : VOICED_FROM_VOICED;
    pitch->mean = total * 16 / (int32_t)vox_pitch_length(plan);
    pitch->correlation = (int16_t)best.height;
    pitch->voicing = probability(best.height, threshold);
    if (best.height < threshold) {
        return;
    }
    pitch->period = best.lag * plan->factor;
    state->period = pitch->period;
    /* 12 log2 of the frequency over 27.5 Hz in Q8, to nearest */
    pitch->semitones = (int16_t)(((plan->reference - vox_log2_q16(pitch->period)) * 3 + 32) >> 6);
}
