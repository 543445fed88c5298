/* NORM section: from a window of feature frames to the program's int8 input. */
#ifndef VOX_LISTENER_NORM_H
#define VOX_LISTENER_NORM_H

#include <stddef.h>
#include <stdint.h>

/* VOX_OK or VOX_ERR_FRONTEND. */
int vox_norm_check(const uint8_t *section, size_t size, unsigned bands);

/* ring[frames][bands], the oldest frame at `head`; input[frames][bands], oldest first. */
void vox_norm_ring(const uint8_t *section, const int16_t *ring, unsigned frames, unsigned head, int8_t *input);

#endif
