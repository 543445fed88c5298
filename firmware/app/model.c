#include "model.h"

#include <string.h>

#include "builtin_model.h"
#include "hal.h"
#include "signature.h"
#include "source.h"
#include "vox/nn.h"

static uint64_t arena[VOX_ARENA_BYTES / sizeof(uint64_t)];

uint32_t app_arena_size(void)
{
    return (uint32_t)sizeof arena;
}

uint32_t app_arena_used(const app_state *app)
{
    if (app->model_status == VOX_OK) {
        return (uint32_t)vox_listener_size(&app->model);
    }
    return app->model_origin == VOX_MODEL_NONE ? 0u : (uint32_t)vox_program_arena_size(&app->model);
}

void *app_network_arena(app_state *app)
{
    if (app->model_origin == VOX_MODEL_NONE) {
        return NULL;
    }
    return app->model_status == VOX_OK ? (void *)app->listener.arena : (void *)arena;
}

int app_use_model(app_state *app, const uint8_t *data, size_t size, uint8_t origin, uint8_t slot)
{
    vox_model model;
    const int status = vox_model_open(&model, data, size);
    if (status != VOX_OK) {
        return status;
    }
    const bool hears = vox_model_hears(&model) != 0;
    if ((hears ? vox_listener_size(&model) : vox_program_arena_size(&model)) > sizeof arena) {
        return VOX_ERR_MEMORY;
    }
    app_stop(app);
    app->model = model;
    app->model_slot = slot;
    app->model_origin = origin;
    app->model_status = VOX_ERR_BARE; /* unless it hears */
    if (hears) {
        app->model_status = vox_listener_init(&app->listener, &app->model, arena, sizeof arena);
        app->model_origin = app->model_status == VOX_OK ? origin : VOX_MODEL_NONE;
        return app->model_status;
    }
    return VOX_OK;
}

void app_use_built_in(app_state *app)
{
    app_stop(app);
    app->model_origin = VOX_MODEL_NONE;
    const int status = app_builtin_model_size == 0
                           ? VOX_ERR_STATE
                           : app_use_model(app, app_builtin_model, app_builtin_model_size, VOX_MODEL_BUILT_IN, 0);
    if (status != VOX_OK) {
        app->model_status = status;
        memset(&app->model, 0, sizeof app->model);
    }
}

void app_use_kept(app_state *app)
{
    unsigned slot = 0;
    const size_t size = hal_slot_kept(&slot);
    uint32_t revision;
    if (size == 0 || app_check_signature(hal_slot_data(slot), size, &revision) != VOX_OK ||
        app_use_model(app, hal_slot_data(slot), size, VOX_MODEL_PUSHED, (uint8_t)slot) != VOX_OK) {
        app_use_built_in(app);
    }
}

/* META is compact JSON that the host wrote; all that is looked for is the first "name":"...". Names with escapes are cut
 * off at the backslash: the host shows the name from the file itself where it has it. */
size_t app_model_name(const vox_model *model, char *name, size_t max)
{
    static const char key[] = "\"name\":\"";
    const size_t key_length = sizeof key - 1u;
    for (size_t at = 0; at + key_length <= model->meta_size; ++at) {
        if (memcmp(model->meta + at, key, key_length) != 0) {
            continue;
        }
        const char *value = model->meta + at + key_length;
        const size_t left = model->meta_size - at - key_length;
        size_t length = 0;
        while (length < left && length < max && value[length] != '"' && value[length] != '\\') {
            name[length] = value[length];
            ++length;
        }
        return length;
    }
    return 0;
}
