#ifndef VOX_NN_TILE_PATCH_H
#define VOX_NN_TILE_PATCH_H

#include <stdbool.h>
#include <stdint.h>

/* Rows of the input that make up a patch. */
typedef struct {
    const int8_t *from;
    uint32_t step; /* bytes from one to the next */
    uint32_t count;
    uint32_t bytes; /* of each */
} vox_tile_rows;

#endif
