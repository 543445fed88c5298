/* Whether a program reads only what it has written: docs/model-format.md, "PROG". */
#ifndef VOX_NN_LIVES_H
#define VOX_NN_LIVES_H

#include <stdbool.h>

#include "vox/model_view.h"

/* A bit for each tensor: all of its bytes were written as this tensor, and none of them by anything else since. */
typedef struct {
    uint8_t whole[(VOX_MAX_TENSORS + 7u) / 8u];
} vox_lives;

/* As when a run begins: the input alone is written. */
void vox_lives_begin(const vox_model *model, vox_lives *lives);

bool vox_lives_whole(const vox_lives *lives, unsigned tensor);

/* One op, whose own check has passed: what it reads is whole; then what it writes is. False where it is not. */
bool vox_lives_pass(const vox_model *model, vox_lives *lives, const vox_op *op);

/* The reserved bytes of an op, whose own check has passed, are zero. */
bool vox_op_reserved_zero(const vox_op *op);

#endif
