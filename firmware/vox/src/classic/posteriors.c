#include "classic/posteriors.h"

uint32_t vox_highest(const int32_t *scores, uint32_t count)
{
    uint32_t best = 0;
    for (uint32_t c = 1; c < count; ++c) {
        best = scores[c] > scores[best] ? c : best;
    }
    return best;
}

void vox_settle(int16_t *posteriors, uint32_t count, uint32_t winner)
{
    const int top = posteriors[winner];
    for (uint32_t c = 0; c < count; ++c) {
        const int most = c < winner ? top - 1 : top;
        posteriors[c] = (int16_t)(posteriors[c] > most ? most : posteriors[c]);
    }
}
