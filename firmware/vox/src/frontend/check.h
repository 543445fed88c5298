/* Checks of a FRNT section that several kinds of front ends share. */
#ifndef VOX_FRONTEND_CHECK_H
#define VOX_FRONTEND_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/cold.h"

/* True if `bytes` bytes at `offset`, a multiple of 4 behind the parameters, lie in a section of `size` bytes. */
VOX_COLD bool vox_check_table(uint32_t offset, uint32_t bytes, size_t size);

/* Everything in vox_frontend_params but the kind and the mel tables; section: 8-byte aligned. */
VOX_COLD bool vox_check_common(const uint8_t *section, size_t size);

/* The mel tables, for so many bands. */
VOX_COLD bool vox_check_mel(const uint8_t *section, size_t size, unsigned bands);

#endif
