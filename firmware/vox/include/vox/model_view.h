/* An opened .vxm model as its parts see it: pointers into the file, which stays where it is. vox/model.h opens it. */
#ifndef VOX_MODEL_VIEW_H
#define VOX_MODEL_VIEW_H

#include <stdint.h>

#include "vox/model_format.h"

typedef struct {
    const uint8_t *data; /* the file; must outlive the model and everything made from it */
    uint32_t size;       /* bytes, from the header */
    uint32_t crc;        /* from the header: identifies the model */
    uint32_t work;       /* of an analysis window, or of a bare network's inference; docs/model-format.md, "Work" */
    uint32_t frame_work; /* of a feature frame */
    /* Each pair points into data; NULL and 0 where the file has no such section. */
    const vox_program_params *program;
    const vox_tensor *tensors;
    const uint8_t *ops;
    const uint8_t *weights;
    uint32_t weights_size;
    const uint8_t *frontend; /* FRNT section: starts with vox_frontend_params */
    uint32_t frontend_size;
    const uint8_t *functionals;  /* FUNC section: starts with vox_functionals_params; NULL where windows go in whole */
    const uint8_t *norm;         /* NORM section: starts with vox_norm_params */
    const uint8_t *decision;     /* DECI section: starts with vox_decision_params */
    const uint8_t *labels;       /* LABL section */
    const vox_wake_params *wake; /* WAKE section: what wakes the program; NULL where it is always awake */
    uint32_t wake_size;
    const char *meta; /* META section, not NUL-terminated */
    uint32_t meta_size;
} vox_model;

#endif
