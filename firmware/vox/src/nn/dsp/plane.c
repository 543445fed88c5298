#include "nn/plane.h"

#include "nn/target.h"

#if VOX_PLANE_ROOM == VOX_ROOM_DSP
#include <string.h>

#include "nn/dsp/pairs.h"
#include "nn/dsp/plane_rows.h"
#include "nn/rescale.h"

/* One axis of planes, and bytes from value to value along it. */
typedef struct {
    vox_axis axis;
    uint32_t in, out, weights;
} side;

/* How one channel's plane is laid out. */
typedef struct {
    const vox_planes *p;
    side y, x;
    uint32_t rows;  /* of the plane */
    uint32_t row;   /* words */
    uint32_t apart; /* words from plane to plane */
    uint32_t pairs; /* of a kernel's row */
} layout;

static layout lay_out(const vox_planes *p, side y, side x)
{
    layout l = {p, y, x, vox_axis_reach(&y.axis), (vox_axis_reach(&x.axis) + 1u) / 2u, 0, x.axis.kernel / 2u + 1u};
    l.apart = l.rows * l.row + 4u; /* the last windows are read beyond their ends */
    return l;
}

static uint64_t layout_bytes(const layout *l)
{
    return 8u * (uint64_t)(l->y.axis.kernel * l->pairs + l->apart);
}

/* Roughly the instructions of a channel, where they do not wrap: only a choice hangs on them, which changes no bits. */
static uint32_t effort(const layout *l)
{
    const uint32_t width = l->x.axis.out, rest = width % VOX_PLANE_AT_ONCE, products = l->y.axis.kernel * l->pairs;
    const uint32_t last = rest == 0u ? 0u : rest <= 2u ? 28u + 5u * products : 45u + 10u * products;
    return l->y.axis.out * (10u + width / VOX_PLANE_AT_ONCE * (45u + 10u * products) + last) + 10u * l->y.axis.in;
}

/* Rows are the input's, or its columns where that takes less. */
static layout choose_layout(const vox_planes *p)
{
    const side y = {p->y, p->x.in * p->channels, p->x.out * p->channels, p->x.kernel * p->channels};
    const side x = {p->x, p->channels, p->channels, p->channels};
    const layout straight = lay_out(p, y, x), turned = lay_out(p, x, y);
    return layout_bytes(&turned) <= p->room && effort(&turned) < effort(&straight) ? turned : straight;
}

/* A channel whose sums may reach 2^30, or with a large factor, one window after the other. */
static VOX_NOINLINE void channel_any(const layout *l, uint32_t channel, const uint32_t *plane)
{
    const vox_planes *p = l->p;
    for (uint32_t y = 0; y < l->y.axis.out; ++y) {
        int8_t *to = p->output + channel + y * l->y.out;
        const int16_t *windows = (const int16_t *)(const void *)(plane + y * l->y.axis.stride * l->row);
        for (uint32_t x = 0; x < l->x.axis.out; ++x, to += l->x.out, windows += l->x.axis.stride) {
            const int16_t *from = windows;
            int32_t sum = p->bias[channel];
            for (uint32_t i = 0; i < l->y.axis.kernel; ++i, from += 2u * l->row) {
                const int8_t *w = p->weights + channel + i * l->y.weights;
                for (uint32_t j = 0; j < l->x.axis.kernel; ++j, w += l->x.weights) {
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
    for (const int8_t *last = from + (count & ~1u) * step; from != last; from += 2u * step, to += 2, other += 2) {
        uint16_t first, second;
        memcpy(&first, from, sizeof first);
        memcpy(&second, from + step, sizeof second);
        const uint32_t both = first | (uint32_t)second << 16, even = vox_even(both), odd = vox_odd(both);
        memcpy(to, &even, sizeof even);
        memcpy(other, &odd, sizeof odd);
    }
    if ((count & 1u) != 0u) {
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

/* Values of an axis that windows see. */
static inline uint32_t seen(const vox_axis *axis)
{
    const uint32_t reach = vox_axis_reach(axis) - axis->pad;
    return reach < axis->in ? reach : axis->in;
}

/* A channel, or two. */
static void widen(const layout *l, uint32_t channel, bool two, uint32_t *planes)
{
    const uint32_t height = seen(&l->y.axis), width = seen(&l->x.axis), step = l->x.in;
    const int8_t *from = l->p->input + channel;
    int16_t *to = (int16_t *)(void *)(planes + l->y.axis.pad * l->row) + l->x.axis.pad;
    for (uint32_t y = 0; y < height; ++y, from += l->y.in, to += 2u * l->row) {
        if (two) {
            widen_two(from, step, width, to, to + 2u * l->apart);
        } else {
            widen_one(from, step, width, to);
        }
    }
}

/* Each weight 2^shift times. */
static void pair_weights(const layout *l, uint32_t channel, unsigned shift, uint32_t *to)
{
    const int8_t *row = l->p->weights + channel;
    for (uint32_t i = 0; i < l->y.axis.kernel; ++i, row += l->y.weights) {
        const int8_t *w = row;
        uint32_t before = 0;
        for (uint32_t left = l->x.axis.kernel;; left -= 2u, to += 2) {
            const uint32_t first = left > 0u ? (uint32_t)*w << shift & 0xFFFFu : 0u;
            to[1] = before | first << 16;
            if (left < 2u) {
                to[0] = first;
                to += 2;
                break;
            }
            before = (uint32_t)w[l->x.weights] << shift & 0xFFFFu;
            to[0] = first | before << 16;
            w += 2u * l->x.weights;
        }
    }
}

/* Shifts to the left go into the weights, if 16 bits hold them. */
static inline bool is_quick(int shift)
{
    return shift >= VOX_MIN_SHIFT && shift <= 7;
}

static void channel_quick(const layout *l, uint32_t channel, const uint32_t *plane, uint32_t *weights)
{
    const vox_planes *p = l->p;
    const int shift = p->shift[channel];
    const unsigned left = 1u + (shift > 0 ? (unsigned)shift : 0u);
    const uint32_t row = 4u * l->row, advance = 2u * VOX_PLANE_AT_ONCE * l->x.axis.stride;
    const uint32_t before = (l->x.axis.out - 1u) / VOX_PLANE_AT_ONCE; /* blocks in front of a row's last one */
    const bool is_short = l->pairs == 2u;
    const uint32_t next_kind = !is_short                ? VOX_PLANE_NEXT
                               : l->y.axis.kernel == 3u ? VOX_PLANE_NEXT_3
                                                        : VOX_PLANE_NEXT_SHORT;
    const uint32_t apart_kind = is_short ? VOX_PLANE_APART_SHORT : VOX_PLANE_APART;
    pair_weights(l, channel, left, weights);
    vox_plane_rows rows = {
        .x = plane,
        .weights = weights,
        .bias = (int32_t)((uint32_t)p->bias[channel] << left),
        .row = row,
        .to = p->output + channel,
        .left = l->x.axis.out,
        .kind = l->x.axis.stride == 1u ? next_kind : apart_kind,
        .multiplier = p->multiplier[channel],
        .power = (int32_t)(shift < 0 ? 0u - (1u << (32 + shift)) : 0u),
        .zero = p->zero,
        .step = l->x.out,
        .advance = advance,
        .next = row * l->y.axis.stride - before * advance,
        .out = l->y.out - before * VOX_PLANE_AT_ONCE * l->x.out,
        .width = l->x.axis.out,
        .height = l->y.axis.out,
        .kernel_h = l->y.axis.kernel,
        .pair_bytes = 8u * l->pairs,
        .skip = 4u * (l->row - l->pairs),
    };
    vox_plane_run(&rows);
}

void vox_plane_channels(const vox_planes *p)
{
    const layout l = choose_layout(p);
    uint32_t *weights = p->scratch;
    uint32_t *planes = weights + 2u * l.y.axis.kernel * l.pairs;
    const uint32_t outside = ((uint32_t)p->in_zero & 0xFFFFu) | (uint32_t)p->in_zero << 16;
    for (uint32_t i = 0; i < 2u * l.apart; ++i) {
        planes[i] = outside;
    }
    for (uint32_t channel = 0; channel < p->channels; channel += 2u) {
        const bool two = channel + 1u < p->channels;
        widen(&l, channel, two, planes);
        for (uint32_t i = channel; i < channel + 1u + two; ++i) {
            const uint32_t *plane = planes + (i - channel) * l.apart;
            if (is_quick(p->shift[i])) {
                channel_quick(&l, i, plane, weights);
            } else {
                channel_any(&l, i, plane);
            }
        }
    }
}

#endif
