/* From spectrum to log-mel features: triangles over mel segments, block floating by segment. */
#ifndef VOX_FRONTEND_MEL_H
#define VOX_FRONTEND_MEL_H

#include <stdint.h>

typedef struct {
    const uint16_t *edges;     /* [bands + 2] first bin of each segment, non-decreasing */
    const uint16_t *rise;      /* [edges[bands + 1] - edges[0]] Q15, 0..32768 */
    const uint16_t *log_table; /* [33] */
    unsigned bands;
} vox_mel_plan;

/* spectrum: pairs re, im of bin k at spectrum[2 * k], 2^scale times the true one.
 * features[bands]: Q9 log2 of each band's energy. Returns the Q9 log2 of their sum. */
int16_t vox_mel_features(const vox_mel_plan *plan, const int32_t *spectrum, int scale, int16_t *features);

#endif
