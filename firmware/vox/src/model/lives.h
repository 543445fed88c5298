/* Whether a program reads only what it has written: docs/model-format.md, "PROG". */
#ifndef VOX_MODEL_LIVES_H
#define VOX_MODEL_LIVES_H

#include <stdbool.h>

#include "format/cold.h"
#include "vox/model_view.h"

/* A program that vox_program_check has passed: what each op reads, the output in the end and state for the next run were
 * written whole before, and nothing else was written to them since; and reserved bytes of ops are zero. VOX_OK or VOX_ERR_OP. */
VOX_COLD int vox_lives_check(const vox_model *model);

/* Of the same: whether all tensors but state, and all scratch, lie at `floor` in the arena or behind it. */
bool vox_lives_above(const vox_model *model, uint32_t floor);

#endif
