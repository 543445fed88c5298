#include "frontend/cepstrum.h"

#include "frontend/curves.h"

int16_t vox_cepstrum(const int16_t *row, const int16_t *logmel, unsigned bands, unsigned lifter, unsigned shift)
{
    int32_t sum = 0; /* at most 65535 * 32767 < 2^31 */
    for (unsigned b = 0; b < bands; b++) {
        sum += row[b] * (int32_t)logmel[b];
    }
    /* |sum >> 12| <= 2^19, times 3072 is below 2^30.6; rounding at most 2^23 */
    return vox_limit((((sum >> 12) * (int32_t)lifter) + (1 << (shift - 1u))) >> shift);
}
