/* From the transform of pairs of samples to that of the samples. */
#ifndef VOX_FRONTEND_REAL_H
#define VOX_FRONTEND_REAL_H

#include "frontend/butterfly.h"
#include "frontend/split/assembly.h"

/* From the transform Z of z to half the transform X of x, in place, for bins k = `lower` upwards and their mirrors `upper` downwards,
 * with twiddles from w to `end`, at least one:
 * X[k] / 2 = (e - i w o) / 2 and X[M-k] / 2 = conj(e + i w o) / 2
 * with e = (Z[k] + conj Z[M-k]) / 2, o = (Z[k] - conj Z[M-k]) / 2, w = exp(-2 pi i k / N). */
#ifdef VOX_SPLIT_ASSEMBLY
void vox_real_bins(vox_complex *lower, vox_complex *upper, const int16_t *w, const int16_t *end);
#else
static inline void vox_real_bins(vox_complex *lower, vox_complex *upper, const int16_t *w, const int16_t *end)
{
    for (; w <= end; w += 2) {
        const vox_complex a = vox_half(*lower), b = vox_half(*upper);
        const vox_complex even = {a.re + b.re, a.im - b.im};
        const vox_complex odd = {a.im + b.im, b.re - a.re}; /* -i o */
        const vox_complex turned = vox_rotate(odd, vox_twiddle_load(w, 0));
        lower->re = (even.re >> 1) + turned.re;
        lower->im = (even.im >> 1) + turned.im;
        upper->re = (even.re >> 1) - turned.re;
        upper->im = turned.im - (even.im >> 1);
        lower++;
        upper--;
    }
}
#endif

#endif
