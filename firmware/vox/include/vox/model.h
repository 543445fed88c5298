/* An opened .vxm model: the file stays where it is (flash or a buffer) and is read in place. */
#ifndef VOX_MODEL_H
#define VOX_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "vox/model_format.h"
#include "vox/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const uint8_t *data; /* the file; must outlive the model and everything made from it */
    uint32_t size;       /* bytes, from the header */
    uint32_t crc;        /* from the header: identifies the model */
    /* Each pair points into data; NULL and 0 where the file has no such section. */
    const vox_program_params *program;
    const vox_tensor *tensors;
    const uint8_t *ops;
    const uint8_t *weights;
    uint32_t weights_size;
    const uint8_t *frontend;    /* FRNT section: starts with vox_frontend_params */
    const uint8_t *functionals; /* FUNC section: starts with vox_functionals_params; NULL where windows go in whole */
    const uint8_t *norm;        /* NORM section: starts with vox_norm_params */
    const uint8_t *decision;    /* DECI section: starts with vox_decision_params */
    const uint8_t *labels;      /* LABL section */
    const char *meta;           /* META section, not NUL-terminated */
    uint32_t meta_size;
} vox_model;

/* Checks the whole file (bounds, alignment, CRC, tables, shapes, op arguments) and fills *model.
 * After VOX_OK no input whatsoever can make the runtime read or write outside the model and the memory handed to it.
 * data: 8-byte aligned. size: bytes available, may exceed the file. Errors: any of vox_status but _FRAME, _STORAGE. */
int vox_model_open(vox_model *model, const void *data, size_t size);

/* True if the model classifies sound: front end, normalisation, labels and decision settings are there. */
static inline int vox_model_hears(const vox_model *model)
{
    return model->frontend != NULL;
}

/* Number of labels, 0 for a bare network. */
unsigned vox_model_label_count(const vox_model *model);

/* Label `index` as NUL-terminated UTF-8, or "" where index is out of range. */
const char *vox_model_label(const vox_model *model, unsigned index);

/* CRC-32 (IEEE 802.3, as zlib's): start with 0, feed pieces in order. */
uint32_t vox_crc32(uint32_t crc, const void *data, size_t size);

#ifdef __cplusplus
}
#endif
#endif
