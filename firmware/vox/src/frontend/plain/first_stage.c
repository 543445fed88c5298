#include "frontend/first_stage.h"

#ifndef VOX_FIXED_DSP
#include "frontend/butterfly.h"
#include "frontend/reversed.h"

void vox_first_radix4(const vox_windowed *input, unsigned quarter, vox_complex *z)
{
    const unsigned complete = input->complete;
    const unsigned left = input->left;
    const unsigned step = 2u * quarter;
    const int16_t *x = input->samples;
    const uint16_t *w = input->window;
    unsigned reversed = 0, n = 0;
    for (; n < quarter && n + 3u * quarter < complete; n++) {
        const int16_t *leg_x = x;
        const uint16_t *leg_w = w;
        VOX_IN_REGISTER(leg_x);
        VOX_IN_REGISTER(leg_w);
        const vox_complex leg0 = vox_windowed_pair(leg_x, leg_w, left, 8u);
        const vox_complex leg1 = vox_windowed_pair(leg_x += step, leg_w += step, left, 8u);
        const vox_complex leg2 = vox_windowed_pair(leg_x += step, leg_w += step, left, 8u);
        const vox_complex leg3 = vox_windowed_pair(leg_x + step, leg_w + step, left, 8u);
        vox_butterfly(z + 4u * reversed, 1u, leg0, leg1, leg2, leg3);
        reversed = vox_next_reversed(reversed, quarter / 2u);
        x += 2;
        w += 2;
    }
    for (; n < quarter; n++) {
        const vox_complex leg0 = vox_windowed_padded(input, n, 8u);
        const vox_complex leg1 = vox_windowed_padded(input, n + quarter, 8u);
        const vox_complex leg2 = vox_windowed_padded(input, n + 2u * quarter, 8u);
        const vox_complex leg3 = vox_windowed_padded(input, n + 3u * quarter, 8u);
        vox_butterfly(z + 4u * reversed, 1u, leg0, leg1, leg2, leg3);
        reversed = vox_next_reversed(reversed, quarter / 2u);
    }
}

static inline void put_pair(vox_complex *pair, vox_complex leg0, vox_complex leg1)
{
    pair[0].re = leg0.re + leg1.re;
    pair[0].im = leg0.im + leg1.im;
    pair[1].re = leg0.re - leg1.re;
    pair[1].im = leg0.im - leg1.im;
}

void vox_first_radix2(const vox_windowed *input, unsigned half_size, vox_complex *z)
{
    const unsigned left = input->left, step = 2u * half_size;
    const int16_t *x = input->samples;
    const uint16_t *w = input->window;
    unsigned reversed = 0, n = 0;
    for (; n < half_size && n + half_size < input->complete; n++) {
        const vox_complex leg0 = vox_windowed_pair(x, w, left, 7u);
        put_pair(z + 2u * reversed, leg0, vox_windowed_pair(x + step, w + step, left, 7u));
        reversed = vox_next_reversed(reversed, half_size / 2u);
        x += 2;
        w += 2;
    }
    for (; n < half_size; n++) {
        const vox_complex leg0 = vox_windowed_padded(input, n, 7u);
        put_pair(z + 2u * reversed, leg0, vox_windowed_padded(input, n + half_size, 7u));
        reversed = vox_next_reversed(reversed, half_size / 2u);
    }
}

#endif
