/* From the 16-bit spectrum to the micro front end's features: bands, noise, gain, logarithm. */
#ifndef VOX_FRONTEND_MICRO_BANDS_H
#define VOX_FRONTEND_MICRO_BANDS_H

#include "frontend/micro_fft.h"
#include "vox/model_format.h"

typedef struct {
    const vox_micro_params *params;
    const uint16_t *edges;     /* [bands + 2] first bin of each segment, non-decreasing, 1 .. 256 */
    const uint16_t *rise;      /* [edges[bands + 1] - edges[0]] Q12, 0 .. 4096 */
    const int16_t *gain;       /* [VOX_MICRO_GAIN_ENTRIES] */
    const uint16_t *log;       /* [VOX_MICRO_LOG_ENTRIES] */
    const uint16_t *log_table; /* [33], of the level */
    unsigned bands;
} vox_micro_plan;

/* z, shift: of vox_micro_fft. noise[bands]: the estimates, 0 at first. Returns the Q9 log2 of the bands' summed energies. */
int16_t vox_micro_features(const vox_micro_plan *plan, const vox_micro_complex *z, unsigned shift, uint32_t *noise,
                           int16_t *features);

#endif
