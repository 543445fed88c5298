#include "frontend/cepstrum.h"

#include "frontend/curves.h"

int16_t vox_cepstrum(const int16_t *row, const int16_t *logmel, unsigned bands, unsigned lifter, unsigned shift)
{
    int32_t sum = 0; /* at most 65535 * 32767 < 2^31 */
    unsigned b = 0;
#ifdef VOX_FIXED_DSP
    for (; b + 2u <= bands; b += 2u) {
        int32_t weights, logs;
        memcpy(&weights, row + b, sizeof weights);
        memcpy(&logs, logmel + b, sizeof logs);
        __asm("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(weights), "r"(logs));
    }
#endif
    for (; b < bands; b++) {
        sum += row[b] * (int32_t)logmel[b];
    }
    /* |sum >> 12| <= 2^19, times 3072 is below 2^30.6; rounding at most 2^23 */
    return vox_limit((((sum >> 12) * (int32_t)lifter) + (1 << (shift - 1u))) >> shift);
}
