/* Cascades: models that wake the next one (docs/model-format.md, "WAKE"), on one front end and in one arena. */
#ifndef VOX_LISTENER_CASCADE_H
#define VOX_LISTENER_CASCADE_H

#include "vox/listener.h"

/* Arena bytes that do for every program of the model. */
size_t vox_cascade_arena_size(const vox_model *model);

/* What the stages that wake the model take beside arena and front end. stage_size: of one, for what it keeps itself. */
size_t vox_cascade_extra_size(const vox_model *model, size_t (*stage_size)(const vox_model *stage));

/* Gives a stage its memory from `at` on; returns what lies behind it. */
typedef uint8_t *vox_begin_stage(vox_listener *stage, const vox_model *model, uint8_t *arena, uint8_t *at);

/* Makes listener->wakers, from `at` on. */
void vox_cascade_init(vox_listener *listener, uint8_t *at, vox_begin_stage *begin_stage);

/* Whether the stage is awake for its newest frame. Before its turn, after the turn of what wakes it. */
void vox_cascade_wake(const vox_listener *listener, vox_listener *stage);

/* Runs of a stream program that are due where one may begin: 0 while it sleeps; when it wakes, its state is reset and
 * takes all frames that are held. */
unsigned vox_cascade_runs(vox_listener *stage);

#endif
