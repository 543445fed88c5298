#include "frontend/gain.h"

#include "frontend/curves.h"

uint32_t vox_gain_state_size(const vox_gain_params *params, unsigned bands)
{
    const unsigned kept = (params->flags & VOX_GAIN_NOISE ? 1u : 0u) + (params->flags & VOX_GAIN_PCAN ? 1u : 0u);
    return (uint32_t)(sizeof(int32_t) * kept * bands);
}

/* Q16 log2 of t > 0 in Q16. */
static int32_t log2_q16(uint32_t t)
{
    return vox_log2(t) - 16 * VOX_OCTAVE;
}

/* log2((1 - share) 2^mean + share 2^value), all logarithms Q16; share: Q16, 1..65535. The greater of the two terms is
 * taken out, so that what is added lies between share or 1 - share and 1. */
static int32_t smoothed(int32_t mean, int32_t value, uint32_t share)
{
    const int32_t distance = value - mean;
    if (distance == 0) {
        return mean;
    }
    const uint32_t smaller = vox_exp2_signed(distance < 0 ? distance : -distance); /* Q16, at most 1 */
    if (distance < 0) {
        return mean + log2_q16(65536u - share + ((smaller * share + 32768u) >> 16));
    }
    return value + log2_q16(share + ((smaller * (65536u - share) + 32768u) >> 16));
}

void vox_gain(const vox_gain_params *params, unsigned bands, int warm, int32_t *state, int16_t *logmel)
{
    int32_t *noise = state;
    int32_t *mean = (params->flags & VOX_GAIN_NOISE) != 0u ? state + bands : state;
    for (unsigned b = 0; b < bands; b++) {
        int32_t log = logmel[b] * 128; /* Q16 */
        if ((params->flags & VOX_GAIN_NOISE) != 0u) {
            noise[b] = warm ? smoothed(noise[b], log, params->noise_smooth) : log;
            const int32_t below = noise[b] - log;
            const uint32_t taken = below >= 0 ? 65536u : vox_exp2_signed(below);
            const uint32_t left = 65536u - taken;
            log += log2_q16(left > params->noise_least ? left : params->noise_least);
            log = log < 0 ? 0 : log;
        }
        if ((params->flags & VOX_GAIN_PCAN) != 0u) {
            mean[b] = warm ? smoothed(mean[b], log, params->smooth) : log;
            int32_t reference = (mean[b] + 64) >> 7; /* Q9, 0..32767 */
            reference = reference < params->floor ? params->floor : reference;
            /* |.| < 2^16 octaves of Q9 each; the product is below 2^30 */
            log -= (reference * (int32_t)params->strength) >> 8;
            log -= params->offset * 128;
            log = log >= 0 ? log + log2_q16(65536u + vox_exp2_signed(-log)) : log2_q16(65536u + vox_exp2_signed(log));
        }
        logmel[b] = vox_limit((log + 64) >> 7);
    }
}
