#include "frontend/waveform.h"

#include "frontend/curves.h"

int16_t vox_energy_of(const int16_t *samples, unsigned count)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < count; i++) {
        sum += (uint32_t)(samples[i] * (int32_t)samples[i]);
    }
    if (sum == 0u) {
        return 0;
    }
    const int32_t log = vox_log2(sum) - vox_log2(count);
    return (int16_t)(log < 0 ? 0 : (log + 64) >> 7);
}

int16_t vox_zero_crossings(const int16_t *samples, unsigned count)
{
    uint32_t crossings = 0;
    for (unsigned i = 1; i < count; i++) {
        crossings += ((uint32_t)(samples[i] ^ samples[i - 1u]) >> 31) & 1u;
    }
    const uint32_t share = (crossings << 15) / (count - 1u);
    return (int16_t)(share > (uint32_t)INT16_MAX ? INT16_MAX : share);
}
