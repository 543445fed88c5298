#include "nn/target.h"

#if VOX_PLANE_ROOM == VOX_ROOM_MVE
#include <arm_mve.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "nn/ops.h"
#include "nn/plane.h"

/* A channel's plane as bytes: what a row of the kernel needs of it is one load, its products one instruction. Lanes behind the
 * kernel's row have weights of zero. What lies right of a row of the input also lies left of the next one, and where the plane is so
 * narrow that one load reaches all rows of a window, the kernel is taken as one row. */
#define LANES 16u
#define MOST_APART 8191u /* bytes between values that a gathering load of 16-bit offsets reaches */

typedef struct {
    int8_t *plane;
    int8_t *weights; /* [rows][chunks][LANES] */
    int32_t *sums;
    uint32_t columns;  /* bytes from row to row of the plane */
    uint32_t rows;     /* of the kernel as it is taken */
    uint32_t chunks;   /* of LANES in each */
    uint32_t together; /* rows of sums that there is room for */
} workplace;

static inline uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void fill(const vox_planes *p, const workplace *work, uint32_t channel)
{
    const uint32_t height = least(vox_axis_reach(&p->y) - p->y.pad, p->y.in), step = p->channels;
    const uint32_t width = least(vox_axis_reach(&p->x) - p->x.pad, p->x.in), bytes = p->x.in * step;
    const uint32_t columns = work->columns;
    const int8_t *input = p->input + channel;
    int8_t *plane = work->plane + p->y.pad * columns + p->x.pad;
    if (step > MOST_APART) {
        for (uint32_t i = 0; i < height * width; ++i) {
            plane[i / width * columns + i % width] = input[i / width * bytes + i % width * step];
        }
        return;
    }
    const uint16x8_t places = vmulq_n_u16(vidupq_n_u16(0, 1), (uint16_t)step);
    for (uint32_t x = 0; x < width; x += 8u, input += 8u * step, plane += 8) {
        const mve_pred16_t lanes = vctp16q(width - x);
        const int8_t *from = input;
        int8_t *to = plane;
        uint16x8_t values;
        register uint32_t left __asm("lr") = height;
        __asm volatile("vmsr p0, %[lanes]\n\t"
                       "dls lr, lr\n"
                       "1:\tvpstt\n\t"
                       "vldrbt.u16 %q[values], [%[from], %q[places]]\n\t"
                       "vstrbt.16 %q[values], [%[to]]\n\t"
                       "add %[from], %[bytes]\n\t"
                       "add %[to], %[columns]\n\t"
                       "le lr, 1b"
                       : [from] "+r"(from), [to] "+r"(to), [values] "=&w"(values), "+r"(left)
                       : [lanes] "r"((uint32_t)lanes), [places] "w"(places), [bytes] "r"(bytes), [columns] "r"(columns)
                       : "cc", "memory");
    }
}

static void take_weights(const vox_planes *p, const workplace *work, uint32_t channel)
{
    const uint32_t apart = work->rows == 1u ? work->columns : work->chunks * LANES;
    const int8_t *from = p->weights + channel;
    int8_t *row = work->weights;
    for (uint32_t i = p->y.kernel; i > 0u; --i, row += apart) {
        for (uint32_t j = 0; j < p->x.kernel; ++j, from += p->channels) {
            row[j] = *from;
        }
    }
}

/* Rows of windows. */
typedef struct {
    const int8_t *x;
    uint32_t columns;
    uint32_t skip; /* bytes from behind a row's windows to the next row */
    const int8_t *weights;
    int32_t *sums;
    uint32_t width, rows;
} windows;

#define FIRST(step) "vldrb.8 q0, [%[x0]], #" step "\n\tvmladav.s8 %[s], q0, %q[w0]\n\t"
#define OTHER(x, w, step) "vldrb.8 q0, [%[" x "]], #" step "\n\tvmladava.s8 %[s], q0, %q[" w "]\n\t"
#define ROWS(add, next)                                                                                                \
    __asm volatile(                                                                                                    \
        "2:\tdls lr, %[width]\n"                                                                                       \
        "1:\t" add "str %[s], [%[sums]], #4\n\t"                                                                       \
        "le lr, 1b\n\t" next "subs %[rows], #1\n\t"                                                                    \
        "bne 2b"                                                                                                       \
        : [x0] "+r"(x0), [x1] "+r"(x1), [x2] "+r"(x2), [sums] "+r"(sums), [s] "=&Te"(sum), [rows] "+r"(rows)           \
        : [w0] "w"(w0), [w1] "w"(w1), [w2] "w"(w2), [width] "r"(at->width), [skip] "r"(at->skip)                       \
        : "q0", "lr", "cc", "memory")
#define ONE_ROW(step) ROWS(FIRST(step), "add %[x0], %[skip]\n\t")
#define THREE_ROWS(step)                                                                                               \
    ROWS(FIRST(step) OTHER("x1", "w1", step) OTHER("x2", "w2", step),                                                  \
         "add %[x0], %[skip]\n\tadd %[x1], %[skip]\n\tadd %[x2], %[skip]\n\t")

/* Kernels of one row, or of three. */
static VOX_NOINLINE void sums_quickly(const windows *at, bool one, uint32_t stride)
{
    const int8_t *x0 = at->x, *x1 = x0 + at->columns, *x2 = x1 + at->columns;
    const int8x16_t w0 = vldrbq_s8(at->weights), w1 = one ? w0 : vldrbq_s8(at->weights + LANES);
    const int8x16_t w2 = one ? w0 : vldrbq_s8(at->weights + 2u * LANES);
    int32_t *sums = at->sums, sum;
    uint32_t rows = at->rows;
    if (one && stride == 1u) {
        ONE_ROW("1");
    } else if (one) {
        ONE_ROW("2");
    } else if (stride == 1u) {
        THREE_ROWS("1");
    } else {
        THREE_ROWS("2");
    }
}

/* Any kernel: adds LANES weights' products to a row of sums. */
static inline void add_products(const int8_t *x, const int8_t *weights, int32_t *sums, uint32_t count, uint32_t stride)
{
    const int8x16_t w = vldrbq_s8(weights);
    for (; count > 0u; --count, x += stride, ++sums) {
        *sums = vmladavaq_s8(*sums, vldrbq_s8(x), w);
    }
}

static void sums_of_rows(const vox_planes *p, const workplace *work, const int8_t *x, uint32_t count)
{
    const uint32_t width = p->x.out, stride = p->x.stride;
    if (work->chunks == 1u && (work->rows == 1u || work->rows == 3u)) {
        const windows at = {
            x, work->columns, p->y.stride * work->columns - width * stride, work->weights, work->sums, width, count};
        sums_quickly(&at, work->rows == 1u, stride);
        return;
    }
    memset(work->sums, 0, count * width * sizeof *work->sums);
    for (int32_t *sums = work->sums; count > 0u; --count, x += p->y.stride * work->columns, sums += width) {
        const int8_t *weights = work->weights, *row = x;
        for (uint32_t i = 0; i < work->rows; ++i, row += work->columns) {
            for (uint32_t k = 0; k < work->chunks; ++k, weights += LANES) {
                add_products(row + k * LANES, weights, sums, width, stride);
            }
        }
    }
}

/* `count` outputs of a channel from their sums, as vox_rescale_any_4. */
static void finish(const vox_planes *p, uint32_t channel, const int32_t *sums, int8_t *to, uint32_t count)
{
    const int32_t stored = p->shift[channel], shift = stored < VOX_MIN_SHIFT ? stored + VOX_SHIFT_WIDE : stored;
    const int32_t up = shift > 0 ? shift : 0, down = shift < 0 ? shift : 0;
    const int32x4_t away = vdupq_n_s32(down < 0 ? -1 : 0), low = vdupq_n_s32(-128), high = vdupq_n_s32(127);
    const uint32x4_t places = vmulq_n_u32(vidupq_n_u32(0, 1), p->channels);
    int32x4_t y, sign;
    register uint32_t left __asm("lr") = count;
    __asm volatile("dlstp.32 lr, lr\n"
                   "1:\tvldrw.32 %q[y], [%[sums]], #16\n\t"
                   "vadd.i32 %q[y], %q[y], %[bias]\n\t"
                   "vshl.s32 %q[y], %[up]\n\t"
                   "vqrdmulh.s32 %q[y], %q[y], %[multiplier]\n\t"
                   "vshr.s32 %q[sign], %q[y], #31\n\t"
                   "vand %q[sign], %q[sign], %q[away]\n\t"
                   "vadd.i32 %q[y], %q[y], %q[sign]\n\t"
                   "vrshl.s32 %q[y], %[down]\n\t"
                   "vadd.i32 %q[y], %q[y], %[zero]\n\t"
                   "vmax.s32 %q[y], %q[y], %q[low]\n\t"
                   "vmin.s32 %q[y], %q[y], %q[high]\n\t"
                   "vstrb.32 %q[y], [%[to], %q[places]]\n\t"
                   "add %[to], %[step]\n\t"
                   "letp lr, 1b"
                   : [sums] "+r"(sums), [to] "+r"(to), [y] "=&w"(y), [sign] "=&w"(sign), "+r"(left)
                   : [bias] "r"(p->bias[channel]), [up] "r"(up), [multiplier] "r"(p->multiplier[channel]),
                     [down] "r"(down), [zero] "r"(p->zero), [step] "r"(4u * p->channels), [away] "w"(away),
                     [low] "w"(low), [high] "w"(high), [places] "w"(places)
                   : "cc", "memory");
}

static workplace arrange(const vox_planes *p)
{
    const uint32_t reach = vox_axis_reach(&p->x), used = least(reach - p->x.pad, p->x.in);
    const uint32_t right = reach - p->x.pad - used, room = 2u * (p->x.out + p->y.out);
    workplace work;
    work.columns = right <= p->x.pad ? reach - right : reach;
    work.rows = p->y.kernel;
    work.chunks = (p->x.kernel + LANES - 1u) / LANES;
    if (p->x.kernel <= work.columns && (p->y.kernel - 1u) * work.columns + p->x.kernel <= LANES) {
        work.rows = 1;
        work.chunks = 1;
    }
    work.together = room / p->x.out;
    work.sums = p->scratch;
    work.weights = (int8_t *)(work.sums + room + 4u);
    work.plane = work.weights + work.rows * work.chunks * LANES;
    memset(work.weights, 0, work.rows * work.chunks * LANES);
    memset(work.plane, p->in_zero, vox_axis_reach(&p->y) * work.columns + right);
    return work;
}

void vox_plane_channels(const vox_planes *p)
{
    const workplace work = arrange(p);
    for (uint32_t channel = 0; channel < p->channels; ++channel) {
        fill(p, &work, channel);
        take_weights(p, &work, channel);
        int8_t *to = p->output + channel;
        const int8_t *x = work.plane;
        for (uint32_t left = p->y.out; left > 0u;) {
            const uint32_t some = least(work.together, left), count = some * p->x.out;
            sums_of_rows(p, &work, x, some);
            finish(p, channel, work.sums, to, count);
            x += some * p->y.stride * work.columns;
            to += count * p->channels;
            left -= some;
        }
    }
}

#endif
