/* Real FFT of a windowed frame: block floating input, 32-bit data, 16-bit twiddles. */
#ifndef VOX_FRONTEND_FFT_H
#define VOX_FRONTEND_FFT_H

#include <stdint.h>

/* What a frame is transformed with; the tables are those of the FRNT section. */
typedef struct {
    const uint16_t *window; /* [length] Q15, 0..32768 */
    const int16_t *twiddle; /* pairs cos, sin of 2*pi*k/size for k = 0..3*size/8, Q15; |w| <= 1 + 2^-15 */
    unsigned length;        /* 16..size */
    unsigned size;          /* 64..4096, a power of two */
} vox_fft_plan;

/* samples[length] -> spectrum: pairs re, im of bins `first`..`last` (0 <= first <= last <= size / 2) at spectrum[2 * bin];
 * the other pairs hold anything. spectrum: int32_t[size + 2].
 * Returns e: spectrum = 2^e * (transform of samples * window / 32768), so that the largest sample is near 2^24 before the
 * transform whatever the level of the frame. */
int vox_fft_windowed(const vox_fft_plan *plan, const int16_t *samples, unsigned first, unsigned last,
                     int32_t *spectrum);

#endif
