#include "nn/target.h"

#if VOX_PLANE_ROOM == VOX_ROOM_PACKED
#include <stdbool.h>
#include <stddef.h>

#include "nn/packed/finish.h"
#include "nn/packed/windows.h"
#include "nn/plane.h"
#include "nn/rescale.h"

/* The plane holds the upper half of the rows in the lower halves of its words, the lower half of the rows in their upper halves, so
 * that a window yields an output of each. */
typedef struct {
    const vox_planes *p;
    uint32_t channel;
    uint32_t half;    /* rows of outputs in each half; an odd one in the middle is in both */
    uint32_t lower;   /* the first row of the lower half */
    uint32_t rows;    /* of the plane */
    uint32_t columns; /* of the plane */
    uint32_t *plane;  /* first in scratch */
    int32_t *weights;
    int32_t *sums;     /* [together][x.out][2] */
    uint32_t together; /* rows of outputs */
} halves;

/* One row of the plane, of two rows `apart`. */
static inline void fill_both(uint32_t *to, const int8_t *from, uint32_t apart, uint32_t step, uint32_t width)
{
    for (; width > 0u; --width, from += step) {
        *to++ = (uint32_t)from[0] + ((uint32_t)from[apart] << 16);
    }
}

/* The same where one may be outside. step: 0 repeats one value. */
static inline void fill_row(uint32_t *to, const int8_t *low, uint32_t low_step, const int8_t *high, uint32_t high_step,
                            uint32_t width)
{
    for (; width > 0u; --width, low += low_step, high += high_step) {
        *to++ = (uint32_t)*low + ((uint32_t)*high << 16);
    }
}

static void fill(const halves *h)
{
    const vox_planes *p = h->p;
    const int8_t zero = (int8_t)p->in_zero;
    const uint32_t wanted = h->columns - p->x.pad, width = wanted < p->x.in ? wanted : p->x.in;
    const uint32_t bytes = p->x.in * p->channels;
    const int8_t *input = p->input + h->channel;
    uint32_t *to = h->plane + p->x.pad;
    for (uint32_t i = 0; i < h->rows; ++i, to += h->columns) {
        const uint32_t low = i - p->y.pad, high = low + h->lower * p->y.stride; /* outside: beyond every height */
        const bool low_in = low < p->y.in, high_in = high < p->y.in;
        if (low_in && high_in) {
            fill_both(to, input + low * bytes, (high - low) * bytes, p->channels, width);
            continue;
        }
        fill_row(to, low_in ? input + low * bytes : &zero, low_in ? p->channels : 0u,
                 high_in ? input + high * bytes : &zero, high_in ? p->channels : 0u, width);
    }
}

/* The channel's weights as words. narrow: of windows of three by three, see packed/windows.h. */
static void put_weights(const halves *h, vox_window_words *window, bool three, bool *narrow)
{
    const vox_planes *p = h->p;
    const uint32_t step = p->channels, length = three ? 3u : 2u * window->pairs;
    const int8_t *w = p->weights + h->channel;
    int32_t *to = h->weights;
    *narrow = true;
    for (uint32_t i = 0; i < p->y.kernel; ++i) {
        int32_t total = 0;
        for (uint32_t j = 0; j < length; ++j) {
            int32_t weight = 0;
            if (j < p->x.kernel) {
                weight = *w;
                w += step;
            }
            total += weight < 0 ? -weight : weight;
            *to++ = weight;
        }
        *narrow = *narrow && total <= 255;
    }
}

/* Whether the factor is an eighth or more. */
static inline bool is_large(int32_t multiplier, int32_t shift)
{
    return multiplier >= 1 << 30 && shift >= -2;
}

/* What is beyond 2^12 such a factor puts beyond int8; the rest has 13 bits. */
static int32_t rescale_large(int32_t x, int32_t multiplier, unsigned left, unsigned right, int32_t zero)
{
    const int32_t scaled = (int32_t)((uint32_t)x << left);
    if (scaled >= 1 << 12 || scaled <= -(1 << 12)) {
        return scaled < 0 ? -128 : 127;
    }
    const int32_t q = (scaled * (multiplier >> 16) + ((scaled * (multiplier & 0xFFFF)) >> 16) + (1 << 14)) >> 15;
    return vox_clamp_full(vox_round_shift(q, right) + zero);
}

/* Outputs of every second sum, whatever the shift. */
static VOX_NOINLINE void finish_each(const halves *h, const int32_t *sums, int8_t *to, uint32_t count)
{
    const vox_planes *p = h->p;
    const int32_t multiplier = p->multiplier[h->channel], shift = p->shift[h->channel], zero = p->zero;
    const uint32_t step = p->channels;
    if (is_large(multiplier, shift)) {
        const unsigned left = shift > 0 ? (unsigned)shift : 0u, right = shift < 0 ? (unsigned)-shift : 0u;
        for (; count > 0u; --count, sums += 2, to += step) {
            *to = (int8_t)rescale_large(*sums, multiplier, left, right, zero);
        }
    } else if (vox_shift_is_common(shift)) {
        for (const int32_t power = vox_common_power(shift); count > 0u; --count, sums += 2, to += step) {
            *to = (int8_t)vox_clamp_full(vox_rescale_common(*sums, multiplier, power, zero));
        }
    } else {
        for (; count > 0u; --count, sums += 2, to += step) {
            *to = (int8_t)vox_clamp_full(vox_rescale_channel(*sums, multiplier, shift, zero));
        }
    }
}

static void channel_outputs(const halves *h, vox_window_words *window, bool three, bool narrow)
{
    const vox_planes *p = h->p;
    const uint32_t row = p->x.out * p->channels, apart = h->lower * row;
    vox_finish finish;
    const int32_t shift = p->shift[h->channel];
    const bool quickly = VOX_FINISH_PAIRS && vox_shift_is_common(shift) &&
                         vox_finish_set(&finish, p->multiplier[h->channel], shift, p->zero);
    finish.apart = apart;
    finish.step = p->channels;
    const uint32_t *x = h->plane;
    int8_t *to = p->output + h->channel;
    for (uint32_t left = h->half; left > 0u;) {
        const uint32_t some = left < h->together ? left : h->together, count = some * p->x.out;
        window->end = h->sums + 2u * count;
        if (!three) {
            vox_window_sums(x, window, h->sums);
        } else if (narrow) {
            vox_window_sums_narrow(x, window, h->sums);
        } else {
            vox_window_sums_three(x, window, h->sums);
        }
        if (quickly) {
            vox_finish_pairs(h->sums, &finish, to, count);
        } else {
            finish_each(h, h->sums, to, count);
            finish_each(h, h->sums + 1, to + apart, count);
        }
        x += some * p->y.stride * h->columns;
        to += some * row;
        left -= some;
    }
}

void vox_plane_channels(const vox_planes *p)
{
    const bool three = p->y.kernel == 3u && p->x.kernel == 3u;
    halves h = {p, 0, (p->y.out + 1u) / 2u, p->y.out / 2u, 0, vox_axis_reach(&p->x), p->scratch, NULL, NULL, 0};
    h.rows = (h.half - 1u) * p->y.stride + p->y.kernel;
    h.weights = (int32_t *)(void *)(h.plane + h.rows * h.columns);
    const uint32_t pairs = (p->x.kernel + 1u) / 2u, width = 8u * p->x.out;
    h.sums = h.weights + 2u * pairs * p->y.kernel;
    h.together = (p->room - 4u * h.rows * h.columns - 8u * pairs * p->y.kernel) / width;
    vox_window_words window = {h.weights, 0, 0, 0, 0, p->y.kernel, pairs, width, 0, NULL};
    const int32_t columns = (int32_t)(4u * h.columns), length = (int32_t)(three ? 12u : 8u * window.pairs);
    window.step = columns - length;
    window.back = (three ? 2 * columns + length : (int32_t)p->y.kernel * columns) - (int32_t)(4u * p->x.stride);
    window.skip = columns * (int32_t)p->y.stride - (int32_t)(4u * p->x.stride * p->x.out);
    const uint32_t outside = (uint32_t)p->in_zero + ((uint32_t)p->in_zero << 16);
    for (uint32_t i = 0; i < h.rows * h.columns; ++i) {
        h.plane[i] = outside;
    }
    for (; h.channel < p->channels; ++h.channel) {
        bool narrow;
        fill(&h);
        put_weights(&h, &window, three, &narrow);
        const uint32_t terms = three && narrow ? 3u : three ? 6u : p->y.kernel * window.pairs;
        const uint32_t bias = (uint32_t)p->bias[h.channel];
        window.start_high = bias + terms;
        window.start_low = bias - terms * 0x7FFFu + (window.start_high << 16);
        channel_outputs(&h, &window, three, narrow);
    }
}

#endif
