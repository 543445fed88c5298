/* The four-point transform of the FFT's stages. */
#ifndef VOX_FRONTEND_BUTTERFLY_H
#define VOX_FRONTEND_BUTTERFLY_H

#include "frontend/fixed.h"

/* Four-point transform of the legs, which come halved, to p[0], p[quarter], p[2 * quarter], p[3 * quarter]. */
static inline void vox_butterfly(vox_complex *p, unsigned quarter, vox_complex leg0, vox_complex leg1, vox_complex leg2,
                                 vox_complex leg3)
{
    const int32_t sum13_re = leg1.re + leg3.re, sum13_im = leg1.im + leg3.im;
    const int32_t difference13_re = leg1.re - leg3.re, difference13_im = leg1.im - leg3.im;
    const int32_t sum02_re = leg0.re + leg2.re, sum02_im = leg0.im + leg2.im;
    const int32_t difference02_re = leg0.re - leg2.re, difference02_im = leg0.im - leg2.im;
    p->re = sum02_re + sum13_re;
    p->im = sum02_im + sum13_im;
    p += quarter;
    p->re = difference02_re + difference13_im;
    p->im = difference02_im - difference13_re;
    p += quarter;
    p->re = sum02_re - sum13_re;
    p->im = sum02_im - sum13_im;
    p += quarter;
    p->re = difference02_re - difference13_im;
    p->im = difference02_im + difference13_re;
}

static inline vox_complex vox_half(vox_complex x)
{
    x.re >>= 1;
    x.im >>= 1;
    return x;
}

#endif
