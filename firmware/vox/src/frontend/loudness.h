/* Perceived loudness: mel band energies, weighted and compressed, added up. */
#ifndef VOX_FRONTEND_LOUDNESS_H
#define VOX_FRONTEND_LOUDNESS_H

#include <stdint.h>

/* Q10 sum over the bands of 2^((logmel + weight) * compression), limited to 32767.
 * logmel: Q9 log2, 0..32767; weights: Q9 log2; compression: Q15, 1..32768. */
int16_t vox_loudness(const int16_t *logmel, const int16_t *weights, unsigned bands, unsigned compression);

#endif
