/* Which model runs. The one in use is let go only when its successor has been checked in every respect. */
#ifndef APP_MODEL_H
#define APP_MODEL_H

#include "state.h"

/* A model of `size` bytes, which stay where they are while it runs. Ends sound and runs where it is taken.
 * origin: VOX_MODEL_*; slot: of a pushed one. VOX_OK, or why it was not taken. */
int app_use_model(app_state *app, const uint8_t *data, size_t size, uint8_t origin, uint8_t slot);

/* The built-in model, or none; app->model_status says which. */
void app_use_built_in(app_state *app);

/* The model pushed before the board was switched off, else the built-in one. */
void app_use_kept(app_state *app);

/* Bytes set aside for a running model, and those that the one in use takes. */
uint32_t app_arena_size(void);
uint32_t app_arena_used(const app_state *app);

/* For the tensors of the network alone; NULL without a model. A clip has to start anew after. */
void *app_network_arena(app_state *app);

/* The model's name out of META, up to max bytes without an end; 0 bytes where it has none. */
size_t app_model_name(const vox_model *model, char *name, size_t max);

#endif
