/* Overflow-proof range checks for offsets that come out of a file. */
#ifndef VOX_FORMAT_BOUNDS_H
#define VOX_FORMAT_BOUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True if count items of item_size bytes (small: at most 65536) at `offset` lie within `size` and offset is a multiple
 * of `align` (a power of two). */
static inline bool vox_in_bounds(size_t size, uint32_t offset, uint32_t count, uint32_t item_size, uint32_t align)
{
    return (offset & (align - 1u)) == 0 && offset <= size && (uint64_t)count * item_size <= (uint64_t)(size - offset);
}

#endif
