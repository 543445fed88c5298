/* Real FFT of 512 points in 16 bits, as the micro front end's features are defined by it. */
#ifndef VOX_FRONTEND_MICRO_FFT_H
#define VOX_FRONTEND_MICRO_FFT_H

#include <stdint.h>

#define VOX_MICRO_FFT 512u

typedef struct {
    int16_t re;
    int16_t im;
} vox_micro_complex;

/* samples[length] under window[length] (Q12), length at most VOX_MICRO_FFT -> z[VOX_MICRO_FFT / 2]: of bins
 * 1 .. VOX_MICRO_FFT / 2 - 1 the transform times 2^result / VOX_MICRO_FFT; z[0] holds anything. twiddle: cos, sin of
 * 2 pi k / VOX_MICRO_FFT for k = 0 .. 3/8 of it, 32767 for 1. */
unsigned vox_micro_fft(const int16_t *samples, const uint16_t *window, unsigned length, const int16_t *twiddle,
                       vox_micro_complex *z);

#endif
