/* Many frames of a clip at once, for hosts: log-mel with AVX2 eight at a time, one in each lane, otherwise one after the
 * other. The same bits as vox_frontend_frame. A device has no use for it. */
#ifndef VOX_FRONTEND_BATCH_H
#define VOX_FRONTEND_BATCH_H

#include "vox/frontend.h"

#ifdef __cplusplus
extern "C" {
#endif

#define VOX_BATCH_FRAMES 8u

/* Bytes of memory that vox_frontend_batch needs for a checked section. */
size_t vox_frontend_batch_size(const uint8_t *section);

/* The frames that follow: frame i (0 <= i < frames) is made of samples[i * hop .. i * hop + span - 1]. features: [frames][bands],
 * levels: [frames]. memory: 8-byte aligned. */
void vox_frontend_batch(vox_frontend *frontend, const int16_t *samples, size_t frames, void *memory, int16_t *features,
                        int16_t *levels);

#ifdef __cplusplus
}
#endif
#endif
