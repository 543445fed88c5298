/* The inner loops of planes. */
#ifndef VOX_NN_DSP_PLANE_ROWS_H
#define VOX_NN_DSP_PLANE_ROWS_H

#include <stdint.h>

/* Rows of windows over the plane of one channel; the pointers move on. Weights and bias are twice what they are, which saves the
 * rescaling a shift. A plane is rows of 16-bit values, read as words of two. Windows that begin at the first value of a word take the
 * weights in pairs (w0, w1), (w2, w3), ..., those that begin at the second one in pairs (0, w0), (w1, w2), ...: both read the same
 * words. */
typedef struct {
    const uint32_t *x;       /* the first window */
    const uint32_t *weights; /* [kernel_h][pairs][2]: as above, for the one and the other */
    uint32_t row;            /* bytes from row to row of the plane */
    uint32_t kernel_h;
    int32_t bias;
    int32_t multiplier;
    int32_t power; /* vox_common_power */
    int32_t zero;
    int8_t *to;
    uint32_t step;       /* bytes from output to output */
    uint32_t next;       /* bytes of the plane from row to row of windows */
    uint32_t width;      /* outputs in a row */
    uint32_t height;     /* rows of outputs */
    uint32_t out;        /* bytes from row to row of outputs */
    uint32_t pair_bytes; /* of the pairs of a kernel's row */
    uint32_t skip;       /* bytes of the plane from behind the last pair to the next row */
    uint32_t kind;       /* VOX_PLANE_* */
} vox_plane_rows;

/* Windows follow each other by one value or by two; and where two pairs make up a kernel's row, all is written out. */
#define VOX_PLANE_NEXT_SHORT 0u
#define VOX_PLANE_NEXT 1u
#define VOX_PLANE_APART_SHORT 2u
#define VOX_PLANE_APART 3u

/* Sums, rescaled and limited to int8. */
void vox_plane_run(vox_plane_rows *rows);

#endif
