/* The windowed frame, point by point. */
#ifndef VOX_FRONTEND_WINDOWED_H
#define VOX_FRONTEND_WINDOWED_H

#include "frontend/fixed.h"

#define VOX_WINDOWED_BITS 24

/* The windowed frame as a sequence of complex numbers, zero-padded; `left` scales it to VOX_WINDOWED_BITS + 7 bits. */
typedef struct {
    const int16_t *samples;
    const uint16_t *window;
    unsigned complete; /* pairs of samples */
    unsigned odd;      /* 1: one more sample behind them */
    int32_t last;      /* it times its weight; 0 where there is none */
    unsigned left;
} vox_windowed;

/* Two samples at x with their weights at w (at most 32767, so that they multiply as signed halves of a word), floored to
 * 2^drop. */
static inline vox_complex vox_windowed_pair(const int16_t *x, const uint16_t *w, unsigned left, unsigned drop)
{
    vox_complex z;
#ifdef VOX_FIXED_DSP
    int32_t samples, weights;
    memcpy(&samples, x, sizeof samples);
    memcpy(&weights, w, sizeof weights);
    z.re = vox_shift_left((int16_t)samples * (int16_t)weights, left) >> drop;
    z.im = vox_shift_left((samples >> 16) * (weights >> 16), left) >> drop;
#else
    z.re = vox_shift_left(x[0] * (int32_t)w[0], left) >> drop;
    z.im = vox_shift_left(x[1] * (int32_t)w[1], left) >> drop;
#endif
    return z;
}

/* z[n], where n may lie behind the last sample. */
static inline vox_complex vox_windowed_padded(const vox_windowed *input, unsigned n, unsigned drop)
{
    if (n < input->complete) {
        return vox_windowed_pair(input->samples + 2u * n, input->window + 2u * n, input->left, drop);
    }
    const vox_complex z = {n == input->complete ? vox_shift_left(input->last, input->left) >> drop : 0, 0};
    return z;
}

#endif
