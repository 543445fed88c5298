#include "nn/plane.h"

#include "nn/rescale.h"
#include "nn/target.h"

#if VOX_PLANE_ROOM == VOX_ROOM_PLAIN

/* Channel `channel` of the input, with what lies outside it, as bytes. */
static void fill(const vox_planes *p, uint32_t channel, int8_t *plane)
{
    const uint32_t rows = vox_axis_reach(&p->y), columns = vox_axis_reach(&p->x);
    for (uint32_t i = 0; i < rows; ++i) {
        for (uint32_t j = 0; j < columns; ++j) {
            const uint32_t y = i - p->y.pad, x = j - p->x.pad; /* outside: beyond every dimension */
            const bool inside = y < p->y.in && x < p->x.in;
            *plane++ = inside ? p->input[(y * p->x.in + x) * p->channels + channel] : (int8_t)p->in_zero;
        }
    }
}

static int32_t window(const vox_planes *p, uint32_t channel, const int8_t *plane)
{
    const int8_t *w = p->weights + channel;
    int32_t sum = p->bias[channel];
    for (uint32_t i = 0; i < p->y.kernel; ++i, plane += vox_axis_reach(&p->x)) {
        for (uint32_t j = 0; j < p->x.kernel; ++j, w += p->channels) {
            sum += plane[j] * *w;
        }
    }
    return sum;
}

void vox_plane_channels(const vox_planes *p)
{
    int8_t *plane = p->scratch;
    const uint32_t columns = vox_axis_reach(&p->x);
    for (uint32_t channel = 0; channel < p->channels; ++channel) {
        fill(p, channel, plane);
        int8_t *to = p->output + channel;
        for (uint32_t i = 0; i < p->y.out; ++i) {
            for (uint32_t j = 0; j < p->x.out; ++j, to += p->channels) {
                const int32_t sum = window(p, channel, plane + i * p->y.stride * columns + j * p->x.stride);
                const int32_t y = vox_rescale_channel(sum, p->multiplier[channel], p->shift[channel], p->zero);
                *to = (int8_t)vox_clamp(y, -128, 127);
            }
        }
    }
}

#endif
