/* Windows over a plane of words, each of which holds two values: x0 + x1 * 2^16. */
#ifndef VOX_NN_PACKED_WINDOWS_H
#define VOX_NN_PACKED_WINDOWS_H

#include <stdint.h>

/* Rows of windows. Two products at a time, as in packed/tile.h: start_low and start_high take the place of the bias. */
typedef struct {
    const int32_t
        *weights; /* [rows][2 * pairs], a kernel's row filled up by zeros; [3][3] for windows of three by three */
    uint32_t start_low, start_high;
    int32_t step; /* bytes from behind a kernel's row to the next one */
    int32_t back; /* bytes from behind a window to the start of the next window */
    uint32_t rows, pairs;
    uint32_t width;     /* bytes of sums in a row of windows */
    int32_t skip;       /* bytes from behind a row's windows to the next row's first one */
    const int32_t *end; /* of the sums */
} vox_window_words;

/* Two sums of each window up to window->end, whole rows. */
void vox_window_sums(const uint32_t *x, const vox_window_words *window, int32_t *sums);

/* The same for windows of three by three; and for narrow ones, of which no row of weights adds up to more than 255. */
void vox_window_sums_three(const uint32_t *x, const vox_window_words *window, int32_t *sums);
void vox_window_sums_narrow(const uint32_t *x, const vox_window_words *window, int32_t *sums);

#endif
