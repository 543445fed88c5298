/* An opened .vxm model: the file stays where it is (flash or a buffer) and is read in place. */
#ifndef VOX_MODEL_H
#define VOX_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "vox/crc32.h"
#include "vox/model_format.h"
#include "vox/model_view.h"
#include "vox/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Checks the whole file (bounds, alignment, CRC, tables, shapes, op arguments) and fills *model.
 * After VOX_OK no input whatsoever can make the runtime read or write outside the model and the memory handed to it.
 * data: 8-byte aligned. size: bytes available, may exceed the file. Errors: any of vox_status but _FRAME, _STORAGE. */
int vox_model_open(vox_model *model, const void *data, size_t size);

/* True if the model classifies sound: front end, normalisation, labels and decision settings are there. */
static inline int vox_model_hears(const vox_model *model)
{
    return model->frontend != NULL;
}

/* Feature frames, or rows of functionals, that a run of the program takes. Of a model that hears. Fewer than the
 * window's frames: a stream program, which runs every time that so many frames are new, and keeps state. */
static inline unsigned vox_model_rows(const vox_model *model)
{
    const vox_frontend_params *frontend = (const vox_frontend_params *)(const void *)model->frontend;
    const uint16_t *dims = model->tensors[model->program->input].dims;
    return model->functionals != NULL ? 1u : (unsigned)((uint32_t)dims[1] * dims[2] * dims[3] / frontend->bands);
}

/* True if the program is a stream program. Of a model that hears. */
static inline int vox_model_streams(const vox_model *model)
{
    const vox_decision_params *decision = (const vox_decision_params *)(const void *)model->decision;
    return model->functionals == NULL && vox_model_rows(model) < decision->window;
}

/* The model that wakes this one (docs/model-format.md, "WAKE"): VOX_OK, or VOX_ERR_STATE where none does. */
int vox_model_waker(const vox_model *model, vox_model *waker);

/* Frames that the listener holds for the program: what a run takes, or what it still hears when it wakes. */
static inline unsigned vox_model_held(const vox_model *model)
{
    return model->wake == NULL ? vox_model_rows(model) : model->wake->lookback;
}

/* Number of labels, 0 for a bare network. */
unsigned vox_model_label_count(const vox_model *model);

/* Label `index` as NUL-terminated UTF-8, or "" where index is out of range. */
const char *vox_model_label(const vox_model *model, unsigned index);

#ifdef __cplusplus
}
#endif
#endif
