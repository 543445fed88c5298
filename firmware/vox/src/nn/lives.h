/* Whether a program reads only what it has written: docs/model-format.md, "PROG". */
#ifndef VOX_NN_LIVES_H
#define VOX_NN_LIVES_H

#include <stdbool.h>

#include "vox/model_view.h"

/* A bit for each tensor: all of its bytes were written as this tensor, and none of them by anything else since. */
typedef struct {
    uint8_t whole[(VOX_MAX_TENSORS + 7u) / 8u];
} vox_lives;

/* As when a run begins: the input and state are written. */
void vox_lives_begin(const vox_model *model, vox_lives *lives);

/* One op, whose own check has passed: what it reads is whole; then what it writes is. False where it is not. */
bool vox_lives_pass(const vox_model *model, vox_lives *lives, const vox_op *op);

/* After the last op: the output is whole, and so is all state, for the next run. */
bool vox_lives_end(const vox_model *model, const vox_lives *lives);

/* The reserved bytes of an op, whose own check has passed, are zero. */
bool vox_op_reserved_zero(const vox_op *op);

#endif
