#include "nn/plane.h"

#include "nn/target.h"

#if VOX_PLANE_ROOM == VOX_ROOM_DSP
#include <string.h>

#include "nn/dsp/pairs.h"
#include "nn/dsp/plane_rows.h"
#include "nn/rescale.h"

/* A channel with an unusual shift, one window after the other. */
static VOX_NOINLINE void channel_any(const vox_planes *p, uint32_t channel, const uint32_t *plane, uint32_t row)
{
    int8_t *to = p->output + channel;
    for (uint32_t y = 0; y < p->y.out; ++y) {
        for (uint32_t x = 0; x < p->x.out; ++x, to += p->channels) {
            const int16_t *from = (const int16_t *)(const void *)(plane + y * p->y.stride * row) + x * p->x.stride;
            const int8_t *w = p->weights + channel;
            int32_t sum = p->bias[channel];
            for (uint32_t i = 0; i < p->y.kernel; ++i, from += 2u * row) {
                for (uint32_t j = 0; j < p->x.kernel; ++j, w += p->channels) {
                    sum += from[j] * *w;
                }
            }
            *to = (int8_t)vox_clamp_full(vox_rescale_channel(sum, p->multiplier[channel], p->shift[channel], p->zero));
        }
    }
}

/* Two channels of `count` input columns to two planes. */
static inline void widen_two(const int8_t *from, uint32_t step, uint32_t count, int16_t *to, int16_t *other)
{
    for (; count >= 2u; count -= 2u, from += 2u * step, to += 2, other += 2) {
        uint16_t first, second;
        memcpy(&first, from, sizeof first);
        memcpy(&second, from + step, sizeof second);
        const uint32_t both = first | (uint32_t)second << 16, even = vox_even(both), odd = vox_odd(both);
        memcpy(to, &even, sizeof even);
        memcpy(other, &odd, sizeof odd);
    }
    if (count > 0u) {
        *to = from[0];
        *other = from[1];
    }
}

static inline void widen_one(const int8_t *from, uint32_t step, uint32_t count, int16_t *to)
{
    for (; count > 0u; --count, from += step) {
        *to++ = *from;
    }
}

static void pair_weights(const vox_planes *p, uint32_t channel, uint32_t pairs, uint32_t *to)
{
    const int8_t *w = p->weights + channel;
    for (uint32_t i = 0; i < p->y.kernel; ++i) {
        uint32_t before = 0;
        for (uint32_t k = 0; k < pairs; ++k, to += 2) {
            const uint32_t left = p->x.kernel - 2u * k; /* may be 0 */
            const uint32_t first = left > 0u ? (uint16_t)(2 * *w) : 0u;
            const uint32_t second = left > 1u ? (uint16_t)(2 * w[p->channels]) : 0u;
            to[0] = first | second << 16;
            to[1] = before | first << 16;
            before = second;
            w += (left > 1u ? 2u : left) * p->channels;
        }
    }
}

void vox_plane_channels(const vox_planes *p)
{
    const uint32_t rows = vox_axis_reach(&p->y), columns = vox_axis_reach(&p->x);
    const uint32_t row = (columns + 1u) / 2u, apart = rows * row + 4u; /* the last windows are read beyond their ends */
    const uint32_t pairs = p->x.kernel / 2u + 1u;
    uint32_t *weights = p->scratch;
    uint32_t *planes = weights + 2u * p->y.kernel * pairs;
    const uint32_t outside = ((uint32_t)p->in_zero & 0xFFFFu) | (uint32_t)p->in_zero << 16;
    for (uint32_t i = 0; i < 2u * apart; ++i) {
        planes[i] = outside;
    }
    const uint32_t height = rows - p->y.pad < p->y.in ? rows - p->y.pad : p->y.in;
    const uint32_t width = columns - p->x.pad < p->x.in ? columns - p->x.pad : p->x.in;
    const uint32_t kind = (p->x.stride == 1u ? VOX_PLANE_NEXT_SHORT : VOX_PLANE_APART_SHORT) + (pairs == 2u ? 0u : 1u);
    for (uint32_t channel = 0; channel < p->channels; channel += 2u) {
        const bool two = channel + 1u < p->channels;
        const int8_t *from = p->input + channel;
        int16_t *to = (int16_t *)(void *)(planes + p->y.pad * row) + p->x.pad;
        for (uint32_t y = 0; y < height; ++y, from += p->x.in * p->channels, to += 2u * row) {
            if (two) {
                widen_two(from, p->channels, width, to, to + 2u * apart);
            } else {
                widen_one(from, p->channels, width, to);
            }
        }
        for (uint32_t i = channel; i < channel + 1u + two; ++i) {
            const uint32_t *plane = planes + (i - channel) * apart;
            if (!vox_shift_is_common(p->shift[i])) {
                channel_any(p, i, plane, row);
                continue;
            }
            pair_weights(p, i, pairs, weights);
            vox_plane_rows rows_of = {plane,
                                      weights,
                                      4u * row,
                                      p->y.kernel,
                                      2 * p->bias[i],
                                      p->multiplier[i],
                                      vox_common_power(p->shift[i]),
                                      p->zero,
                                      p->output + i,
                                      p->channels,
                                      4u * row * p->y.stride,
                                      p->x.out,
                                      p->y.out,
                                      p->x.out * p->channels,
                                      8u * pairs,
                                      4u * (row - pairs),
                                      kind};
            vox_plane_run(&rows_of);
        }
    }
}

#endif
