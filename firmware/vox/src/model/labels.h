/* LABL section. */
#ifndef VOX_MODEL_LABELS_H
#define VOX_MODEL_LABELS_H

#include <stddef.h>
#include <stdint.h>

#include "format/cold.h"

/* Checks count, offsets, lengths and the terminating NULs. VOX_OK or VOX_ERR_DECISION. */
VOX_COLD int vox_labels_check(const uint8_t *section, size_t size);

#endif
