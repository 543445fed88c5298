#include "dc.h"

void rp2040_dc_init(rp2040_dc *dc, uint32_t rate)
{
    dc->mean = 0;
    dc->started = false;
    dc->shift = 1;
    while ((UINT32_C(32) << dc->shift) < rate && dc->shift < 15u) {
        ++dc->shift;
    }
}

int32_t rp2040_dc_remove(rp2040_dc *dc, int32_t x)
{
    if (!dc->started) {
        dc->started = true;
        dc->mean = x * 4096;
    }
    dc->mean += (x * 4096 - dc->mean) >> dc->shift;
    return x - ((dc->mean + 2048) >> 12);
}

int16_t rp2040_saturate(int32_t x, uint32_t shift)
{
    const int32_t limit = INT32_C(32767) >> shift;
    if (x > limit) {
        return INT16_MAX;
    }
    if (x < -limit - 1) {
        return INT16_MIN;
    }
    return (int16_t)(x * (INT32_C(1) << shift));
}
