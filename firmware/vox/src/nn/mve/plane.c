#include "nn/target.h"

#if VOX_PLANE_ROOM == VOX_ROOM_MVE
#include <arm_mve.h>
#include <stdbool.h>
#include <string.h>

#include "nn/mve/rescale.h"
#include "nn/plane.h"
#include "nn/rescale.h"

/* Channels side by side: scratch holds as many padded rows of the input as the kernel has, in turns, so that a row of outputs may
 * take the place of one that is in there. */

static void put_line(const vox_planes *p, int8_t *line, int32_t y)
{
    const uint32_t columns = vox_axis_reach(&p->x) - p->x.pad, width = columns < p->x.in ? columns : p->x.in;
    int8_t *to = line + p->x.pad * p->channels;
    if (y >= 0 && y < (int32_t)p->y.in) {
        memcpy(to, p->input + (uint32_t)y * p->x.in * p->channels, width * p->channels);
    } else {
        memset(to, p->in_zero, width * p->channels);
    }
}

/* One row of a window for 16 channels, 8 at a time, even and odd ones apart. */
#define TAP_EIGHT(at, even, odd)                                                                                       \
    "vldrb.s16 %q[x], [%[from], #" at "]\n\t"                                                                          \
    "vldrb.s16 %q[w], [%[weights], #" at "]\n\t"                                                                       \
    "vmullb.s16 %q[t], %q[x], %q[w]\n\t"                                                                               \
    "vadd.i32 %q[" even "], %q[" even "], %q[t]\n\t"                                                                   \
    "vmullt.s16 %q[t], %q[x], %q[w]\n\t"                                                                               \
    "vadd.i32 %q[" odd "], %q[" odd "], %q[t]\n\t"
#define TAP                                                                                                            \
    TAP_EIGHT("0", "even0", "odd0")                                                                                    \
    TAP_EIGHT("8", "even1", "odd1") "add %[from], %[from], %[step]\n\tadd %[weights], %[weights], %[step]\n\t"

/* Where a row of outputs comes from. */
typedef struct {
    const vox_planes *p;
    const int8_t *lines; /* [y.kernel][bytes] */
    uint32_t bytes;
    uint32_t oldest; /* the line of the windows' first row */
    int8_t *to;
} outputs;

/* Eight channels of a pixel, even and odd ones apart. */
static inline void finish_8(const vox_planes *p, uint32_t channel, int32x4_t even, int32x4_t odd, bool common,
                            int8_t *to)
{
    const uint32x4_t places = vidupq_n_u32(0, 2);
    const int8_t *shifts = p->shift + channel;
    const int32x4_t shift0 = vldrbq_gather_offset_s32(shifts, places);
    const int32x4_t shift1 = vldrbq_gather_offset_s32(shifts + 1, places);
    const int32x4x2_t multiplier = vld2q_s32(p->multiplier + channel);
    if (common) {
        even = vox_rescale_4(even, multiplier.val[0], shift0, p->zero);
        odd = vox_rescale_4(odd, multiplier.val[1], shift1, p->zero);
    } else {
        even = vox_rescale_any_4(even, multiplier.val[0], shift0, p->zero);
        odd = vox_rescale_any_4(odd, multiplier.val[1], shift1, p->zero);
    }
    const int16x8_t both = vqmovntq_s32(vqmovnbq_s32(vuninitializedq_s16(), even), odd);
    vstrbq_s16(to, vminq_s16(vmaxq_s16(both, vdupq_n_s16(-128)), vdupq_n_s16(127)));
}

/* 16 channels of a row of outputs. */
VOX_TEMPLATE void sixteen(const outputs *o, uint32_t channel, bool common, bool three)
{
    const vox_planes *p = o->p;
    const uint32_t step = p->channels;
    const int8_t *const end = o->lines + p->y.kernel * o->bytes;
    const int8_t *first = o->lines + o->oldest * o->bytes + channel;
    int8_t *to = o->to + channel;
    for (uint32_t left = p->x.out; left > 0u; --left, to += step, first += p->x.stride * step) {
        const int32x4x2_t bias0 = vld2q_s32(p->bias + channel), bias1 = vld2q_s32(p->bias + channel + 8);
        int32x4_t even0 = bias0.val[0], odd0 = bias0.val[1], even1 = bias1.val[0], odd1 = bias1.val[1];
        const int8_t *weights = p->weights + channel, *row = first;
        for (uint32_t i = p->y.kernel; i > 0u; --i) {
            const int8_t *from = row;
            int16x8_t x, w, t;
            if (three) {
                __asm volatile(TAP TAP TAP
                               : [even0] "+w"(even0), [odd0] "+w"(odd0), [even1] "+w"(even1), [odd1] "+w"(odd1),
                                 [x] "=&w"(x), [w] "=&w"(w), [t] "=&w"(t), [from] "+l"(from), [weights] "+l"(weights)
                               : [step] "r"(step)
                               : "memory");
            } else {
                for (uint32_t j = p->x.kernel; j > 0u; --j) {
                    __asm volatile(
                        TAP
                        : [even0] "+w"(even0), [odd0] "+w"(odd0), [even1] "+w"(even1), [odd1] "+w"(odd1), [x] "=&w"(x),
                          [w] "=&w"(w), [t] "=&w"(t), [from] "+l"(from), [weights] "+l"(weights)
                        : [step] "r"(step)
                        : "memory");
                }
            }
            row += o->bytes;
            row -= row >= end ? p->y.kernel * o->bytes : 0u;
        }
        finish_8(p, channel, even0, odd0, common, to);
        finish_8(p, channel + 8u, even1, odd1, common, to + 8);
    }
}

static VOX_NOINLINE void sixteen_three(const outputs *o, uint32_t channel)
{
    sixteen(o, channel, true, true);
}

static VOX_NOINLINE void sixteen_any(const outputs *o, uint32_t channel)
{
    sixteen(o, channel, false, false);
}

/* What sixteens leave, four at a time. */
static VOX_NOINLINE void rest(const outputs *o, uint32_t channel)
{
    const vox_planes *p = o->p;
    const int8_t *const end = o->lines + p->y.kernel * o->bytes;
    for (; channel < p->channels; channel += 4u) {
        const mve_pred16_t lanes = vctp32q(p->channels - channel);
        const int32x4_t multiplier = vldrwq_z_s32(p->multiplier + channel, lanes);
        const int32x4_t shift = vldrbq_z_s32(p->shift + channel, lanes);
        const int8_t *first = o->lines + o->oldest * o->bytes + channel;
        int8_t *to = o->to + channel;
        for (uint32_t left = p->x.out; left > 0u; --left, to += p->channels, first += p->x.stride * p->channels) {
            int32x4_t sum = vldrwq_z_s32(p->bias + channel, lanes);
            const int8_t *w = p->weights + channel, *row = first;
            for (uint32_t i = p->y.kernel; i > 0u; --i) {
                const int8_t *from = row;
                for (uint32_t j = p->x.kernel; j > 0u; --j, from += p->channels, w += p->channels) {
                    sum = vaddq_s32(sum, vmulq_s32(vldrbq_z_s32(from, lanes), vldrbq_z_s32(w, lanes)));
                }
                row += o->bytes;
                row -= row >= end ? p->y.kernel * o->bytes : 0u;
            }
            const int32x4_t y = vox_rescale_any_4(sum, multiplier, shift, p->zero);
            vstrbq_p_s32(to, vminq_s32(vmaxq_s32(y, vdupq_n_s32(-128)), vdupq_n_s32(127)), lanes);
        }
    }
}

static void row_of_outputs(const outputs *o)
{
    const vox_planes *p = o->p;
    uint32_t channel = 0;
    for (; channel + 16u <= p->channels; channel += 16u) {
        if (p->x.kernel == 3u && vox_shifts_are_common(p->shift + channel, 16)) {
            sixteen_three(o, channel);
        } else {
            sixteen_any(o, channel);
        }
    }
    rest(o, channel);
}

void vox_plane_channels(const vox_planes *p)
{
    const uint32_t bytes = vox_axis_reach(&p->x) * p->channels;
    int8_t *lines = p->scratch;
    outputs o = {p, lines, bytes, 0, p->output};
    memset(lines, p->in_zero, p->y.kernel * bytes);
    int32_t next = -(int32_t)p->y.pad;
    uint32_t line = 0;
    for (uint32_t left = p->y.kernel - 1u; left > 0u; --left) {
        put_line(p, lines + line++ * bytes, next++);
    }
    uint32_t more = 1; /* rows that the next windows reach beyond those before them */
    for (uint32_t y = 0; y < p->y.out; ++y, o.to += p->x.out * p->channels) {
        for (; more > 0u; --more) {
            put_line(p, lines + line * bytes, next++);
            line = line + 1u == p->y.kernel ? 0u : line + 1u;
        }
        o.oldest = line;
        row_of_outputs(&o);
        more = p->y.stride;
    }
}

#endif
