/* LABL section. */
#ifndef VOX_MODEL_LABELS_H
#define VOX_MODEL_LABELS_H

#include <stddef.h>
#include <stdint.h>

/* Checks count, offsets, lengths and the terminating NULs. VOX_OK or VOX_ERR_DECISION. */
int vox_labels_check(const uint8_t *section, size_t size);

#endif
