/* The inner loops of planes. */
#ifndef VOX_NN_DSP_PLANE_ROWS_H
#define VOX_NN_DSP_PLANE_ROWS_H

#include <stdint.h>

/* Rows of windows over the plane of one channel; the places move on. Weights and bias are twice what they are (and 2^shift times that
 * where the shift is one to the left), which saves the rescaling a shift. A plane is rows of 16-bit values, read as words of two.
 * Windows that begin at the first value of a word take the weights in pairs (w0, w1), (w2, w3), ..., those that begin at the second one
 * in pairs (0, w0), (w1, w2), ...: both read the same words. The assembly knows the order of what follows. */
typedef struct {
    const uint32_t *x;       /* the next windows */
    const uint32_t *weights; /* [kernel_h][pairs][2]: as above, for the one and the other */
    int32_t bias;
    uint32_t row;  /* bytes from row to row of the plane */
    int8_t *to;    /* the next outputs */
    uint32_t left; /* of the row of outputs */
    uint32_t kind; /* VOX_PLANE_* */
    int32_t multiplier;
    int32_t power; /* -2^(32 + shift); 0: no shift to the right */
    int32_t zero;
    uint32_t step;       /* bytes from output to output */
    uint32_t advance;    /* bytes of the plane from six windows to the next six */
    uint32_t next;       /* bytes of the plane from the last windows of a row to the next row, modulo 2^32 */
    uint32_t out;        /* bytes from a row's last outputs to the next row, modulo 2^32 */
    uint32_t width;      /* outputs in a row */
    uint32_t height;     /* rows of outputs */
    uint32_t kernel_h;   /* rows of the kernel */
    uint32_t pair_bytes; /* of the pairs of a kernel's row */
    uint32_t skip;       /* bytes of the plane from behind the last pair to the next row */
} vox_plane_rows;

#define VOX_PLANE_AT_ONCE 6u /* windows */

/* Windows follow each other by one value or by two; where two pairs make up a kernel's row, that is written out, and all three rows of
 * the most usual kernel. */
#define VOX_PLANE_NEXT_3 0u
#define VOX_PLANE_NEXT_SHORT 1u
#define VOX_PLANE_NEXT 2u
#define VOX_PLANE_APART_SHORT 3u
#define VOX_PLANE_APART 4u

/* Sums, rescaled and limited to int8. */
void vox_plane_run(vox_plane_rows *rows);

#endif
