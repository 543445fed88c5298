/* Bytes of op records that are there to be zero. */
#ifndef VOX_PROGRAM_RESERVED_H
#define VOX_PROGRAM_RESERVED_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint8_t code;  /* VOX_OP_* */
    uint8_t first; /* from the start of the record */
    uint8_t count;
} vox_reserved_bytes;

/* Of all operators; one may have several. */
extern const vox_reserved_bytes vox_reserved[];
extern const size_t vox_reserved_count;

#endif
