#include "frontend/loudness.h"

#include "frontend/curves.h"

#define HIGHEST (5 * VOX_OCTAVE) /* a band of 32 fills the result by itself */

int16_t vox_loudness(const int16_t *logmel, const int16_t *weights, unsigned bands, unsigned compression)
{
    uint32_t sum = 0; /* Q18: bands * 2^23 at most */
    for (unsigned b = 0; b < bands; b++) {
        const int32_t log = vox_limit(logmel[b] + (int32_t)weights[b]);
        const int32_t compressed = (log * (int32_t)compression) >> 8; /* Q16 */
        sum += vox_exp2_signed((compressed > HIGHEST ? HIGHEST : compressed) + 2 * VOX_OCTAVE);
    }
    sum = (sum + 128u) >> 8;
    return (int16_t)(sum > (uint32_t)INT16_MAX ? INT16_MAX : sum);
}
