#include "norm/norm.h"

#include <string.h>

#include "format/bounds.h"
#include "vox/model_format.h"
#include "vox/status.h"

#define RUNNING_BITS 15 /* behind the point of a running mean: of i16 features, it stays below 2^30 in magnitude */
#define RUNNING_ONE (1 << RUNNING_BITS)

static const uint8_t *shifts_of(const vox_norm_params *params, const uint8_t *section)
{
    return section + params->multiplier_offset + 2u * params->bands;
}

/* i16[bands]: where the running means start; the shift of their time constant is behind them. */
static const int16_t *starts_of(const vox_norm_params *params, const uint8_t *section)
{
    return (const void *)shifts_of(params, section);
}

static int check_running(const vox_norm_params *params, const uint8_t *section, size_t size)
{
    if (!vox_in_bounds(size, params->multiplier_offset, 2u * params->bands + 1u, 2, 2)) {
        return VOX_ERR_FRONTEND;
    }
    const unsigned shift = (uint16_t)starts_of(params, section)[params->bands];
    return shift >= 1u && shift <= VOX_MAX_RUNNING_SHIFT ? VOX_OK : VOX_ERR_FRONTEND;
}

int vox_norm_check(const uint8_t *section, size_t size, unsigned bands, unsigned type)
{
    const vox_norm_params *params = (const void *)section;
    if (size < sizeof *params || params->mode > VOX_NORM_RUNNING || params->bands != bands) {
        return VOX_ERR_FRONTEND;
    }
    if (type == VOX_TYPE_S16) {
        if (params->zero_point != 0) {
            return VOX_ERR_FRONTEND;
        }
    } else if (type != VOX_TYPE_S8 || params->mode == VOX_NORM_RAW || params->zero_point < -128 ||
               params->zero_point > 127) {
        return VOX_ERR_FRONTEND;
    }
    if (params->mode == VOX_NORM_RAW) {
        return VOX_OK;
    }
    const bool scaled = params->mode == VOX_NORM_SCALE;
    if (params->shift > (scaled ? 0 : 30) || !vox_in_bounds(size, params->offset_offset, bands, 2, 2) ||
        !vox_in_bounds(size, params->multiplier_offset, bands, scaled ? 3 : 2, 2)) {
        return VOX_ERR_FRONTEND;
    }
    const int16_t *multiplier = (const void *)(section + params->multiplier_offset);
    for (unsigned b = 0; b < bands; ++b) {
        if (multiplier[b] < 1 || (scaled && shifts_of(params, section)[b] > 30)) {
            return VOX_ERR_FRONTEND;
        }
    }
    return params->mode == VOX_NORM_RUNNING ? check_running(params, section, size) : VOX_OK;
}

size_t vox_norm_state_size(const uint8_t *section)
{
    const vox_norm_params *params = (const void *)section;
    return params->mode == VOX_NORM_RUNNING ? params->bands * sizeof(int32_t) : 0u;
}

void vox_norm_reset(const uint8_t *section, int32_t *state)
{
    const vox_norm_params *params = (const void *)section;
    for (unsigned b = 0; params->mode == VOX_NORM_RUNNING && b < params->bands; ++b) {
        state[b] = starts_of(params, section)[b] * RUNNING_ONE;
    }
}

void vox_norm_follow(const uint8_t *section, int32_t *state, int16_t *frame)
{
    const vox_norm_params *params = (const void *)section;
    if (params->mode != VOX_NORM_RUNNING) {
        return;
    }
    const unsigned shift = (uint16_t)starts_of(params, section)[params->bands];
    for (unsigned b = 0; b < params->bands; ++b) {
        state[b] += (frame[b] * RUNNING_ONE - state[b]) >> shift; /* both below 2^30: their difference fits */
        const int32_t left = frame[b] - (state[b] >> RUNNING_BITS);
        frame[b] = (int16_t)(left < -32768 ? -32768 : left > 32767 ? 32767 : left);
    }
}

/* Floor of sum / count, count > 0. */
static int32_t floor_mean(int32_t sum, int32_t count)
{
    const int32_t quotient = sum / count;
    return sum % count < 0 ? quotient - 1 : quotient;
}

/* Floor of the mean of up to 2^17 values. Upper and lower bytes are summed apart, so that nothing leaves 32 bits. */
static int32_t window_mean(const int16_t *ring, uint32_t first, uint32_t step, uint32_t count)
{
    int32_t high = 0;
    int32_t low = 0;
    for (uint32_t i = 0; i < count; ++i) {
        const int32_t value = ring[first + i * step];
        high += value >> 8;
        low += value & 255;
    }
    /* sum = high * 256 + low, and high = quotient * n + rest with rest < 2^17 */
    const int32_t n = (int32_t)count;
    const int32_t quotient = floor_mean(high, n);
    const int32_t rest = high - quotient * n;
    return quotient * 256 + floor_mean(rest * 256 + low, n);
}

static void put(void *input, unsigned type, uint32_t at, int32_t value)
{
    const int32_t limit = type == VOX_TYPE_S16 ? 32767 : 127;
    value = value < -limit - 1 ? -limit - 1 : value > limit ? limit : value;
    if (type == VOX_TYPE_S16) {
        ((int16_t *)input)[at] = (int16_t)value;
    } else {
        ((int8_t *)input)[at] = (int8_t)value;
    }
}

static void copy_raw(const vox_norm_frames *from, uint32_t bands, int16_t *input)
{
    const uint32_t all = from->held * bands, first = from->first * bands, values = from->frames * bands;
    const uint32_t left = values > all - first ? all - first : values;
    memcpy(input, from->values + first, sizeof *input * left);
    memcpy(input + left, from->values, sizeof *input * (values - left));
}

void vox_norm_ring(const uint8_t *section, const vox_norm_frames *from, unsigned type, void *input)
{
    const vox_norm_params *params = (const void *)section;
    const int16_t *ring = from->values;
    const unsigned bands = params->bands, frames = from->frames;
    const uint32_t values = (uint32_t)frames * bands, all = (uint32_t)from->held * bands;
    if (params->mode == VOX_NORM_RAW) {
        copy_raw(from, bands, input);
        return;
    }
    const int16_t *offset = (const void *)(section + params->offset_offset);
    const int16_t *multiplier = (const void *)(section + params->multiplier_offset);
    const uint8_t *shifts = params->mode == VOX_NORM_SCALE ? shifts_of(params, section) : NULL;
    const int32_t common = params->mode == VOX_NORM_MEAN ? window_mean(ring, 0, 1, values) : 0;
    for (unsigned b = 0; b < bands; ++b) {
        const int32_t mean =
            offset[b] + (params->mode == VOX_NORM_BAND_MEAN ? window_mean(ring, b, bands, frames) : common);
        const int32_t scale = multiplier[b];
        const unsigned shift = shifts != NULL ? shifts[b] : params->shift;
        const int32_t rounding = (int32_t)((1u << shift) >> 1);
        uint32_t at = (uint32_t)from->first * bands + b;
        for (uint32_t out = b; out < values; out += bands) {
            int32_t value = ring[at] - mean;
            value = value < -32768 ? -32768 : value > 32767 ? 32767 : value;
            /* |value * scale| <= 2^30, rounding <= 2^29: no overflow */
            put(input, type, out, ((value * scale + rounding) >> shift) + params->zero_point);
            at += bands;
            if (at >= all) {
                at -= all;
            }
        }
    }
}
