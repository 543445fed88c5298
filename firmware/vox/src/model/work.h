/* What a model takes of a processor: docs/model-format.md, "Work". */
#ifndef VOX_MODEL_WORK_H
#define VOX_MODEL_WORK_H

#include "format/cold.h"
#include "vox/model_view.h"

/* Of a model that hears, whose sections are checked and whose `work` is that of its program: adds the rest of a window to it,
 * fills frame_work, and returns VOX_ERR_WORK where a second of sound takes more than VOX_MAX_WORK_RATE. */
VOX_COLD int vox_work_check(vox_model *model);

#endif
