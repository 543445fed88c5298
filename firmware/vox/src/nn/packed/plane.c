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
    uint32_t *plane;
    int32_t *weights;
    int32_t *sums; /* [x.out][2] */
} halves;

/* One row of the plane. step: 0 repeats one value. */
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

/* Outputs of every second sum, whatever the shift. */
static VOX_NOINLINE void finish_each(const halves *h, const int32_t *sums, int8_t *to)
{
    const vox_planes *p = h->p;
    const int32_t multiplier = p->multiplier[h->channel], shift = p->shift[h->channel];
    for (uint32_t left = p->x.out; left > 0u; --left, sums += 2, to += p->channels) {
        const int32_t y = vox_rescale_either(*sums, multiplier, shift, p->zero);
        *to = (int8_t)vox_clamp_full(y);
    }
}

static void channel_outputs(const halves *h, const vox_window_words *window, bool three, bool narrow)
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
    for (uint32_t y = 0; y < h->half; ++y, x += p->y.stride * h->columns, to += row) {
        if (!three) {
            vox_window_sums(x, window, h->sums, p->x.out);
        } else if (narrow) {
            vox_window_sums_narrow(x, window, h->sums, p->x.out);
        } else {
            vox_window_sums_three(x, window, h->sums, p->x.out);
        }
        if (quickly) {
            vox_finish_pairs(h->sums, &finish, to, p->x.out);
        } else {
            finish_each(h, h->sums, to);
            finish_each(h, h->sums + 1, to + apart);
        }
    }
}

void vox_plane_channels(const vox_planes *p)
{
    const bool three = p->y.kernel == 3u && p->x.kernel == 3u;
    halves h = {p, 0, (p->y.out + 1u) / 2u, p->y.out / 2u, 0, vox_axis_reach(&p->x), NULL, p->scratch, NULL};
    vox_window_words window = {h.weights, 0, 0, 0, 0, p->y.kernel, (p->x.kernel + 1u) / 2u};
    h.rows = (h.half - 1u) * p->y.stride + p->y.kernel;
    h.sums = h.weights + 2u * window.pairs * p->y.kernel;
    h.plane = (uint32_t *)(void *)(h.sums + 2u * p->x.out);
    const int32_t columns = (int32_t)(4u * h.columns), length = (int32_t)(three ? 12u : 8u * window.pairs);
    window.step = columns - length;
    window.back = (three ? 2 * columns + length : (int32_t)p->y.kernel * columns) - (int32_t)(4u * p->x.stride);
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
