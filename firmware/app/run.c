#include "run.h"

#include <string.h>

#include "hal.h"
#include "model.h"
#include "reports.h"
#include "source.h"
#include "vox/nn.h"

int32_t app_run_begin(app_state *app)
{
    if (app_network_arena(app) == NULL) {
        return app->model_status;
    }
    app_stop(app);
    vox_program_reset(&app->model, app_network_arena(app));
    app->run = (app_run){.open = true};
    return VOX_OK;
}

int32_t app_run_next(app_state *app)
{
    if (!app->run.done) {
        return VOX_ERR_STATE;
    }
    app->run = (app_run){.open = true};
    return VOX_OK;
}

int32_t app_run_input(app_state *app, const vox_link_frame *frame)
{
    app_run *run = &app->run;
    if (!run->open) {
        return VOX_ERR_STATE;
    }
    if (frame->size <= VOX_RUN_INPUT_BYTES) {
        return VOX_ERR_ARGUMENT;
    }
    const uint32_t count = frame->size - VOX_RUN_INPUT_BYTES;
    if (vox_get_u32(frame->payload) != run->received) {
        ++app->repeats; /* taken already, or one before it was lost: the answer says where to go on */
        return (int32_t)run->received;
    }
    int8_t *input = vox_program_input(&app->model, app_network_arena(app), NULL);
    if (count > vox_program_input_size(&app->model) - run->received) {
        return VOX_ERR_ARGUMENT;
    }
    memcpy(input + run->received, frame->payload + 4, count);
    run->received += count;
    return (int32_t)run->received;
}

int32_t app_run_network(app_state *app)
{
    app_run *run = &app->run;
    if (!run->open) {
        return VOX_ERR_STATE;
    }
    if (run->received != vox_program_input_size(&app->model)) {
        return VOX_ERR_TRUNCATED;
    }
    run->open = false; /* the input may be overwritten from now on */
    run->ticks = 0;
    app->work.step = 0;
    app->work.task = APP_RUNNING;
    return VOX_OK;
}

bool app_run_step(app_state *app)
{
    app_work *work = &app->work;
    const uint32_t end = app->model.program->op_bytes;
    if (work->step < end) {
        const uint32_t before = hal_ticks();
        work->step = vox_program_step(&app->model, app_network_arena(app), work->step);
        app->run.ticks += hal_ticks() - before;
    }
    if (work->step < end) {
        return false;
    }
    app->run.done = true;
    app_send_output(app);
    return true;
}

void app_send_output(app_state *app)
{
    const size_t size = vox_program_output_size(&app->model);
    const int8_t *output = vox_program_output(&app->model, app_network_arena(app), NULL);
    for (size_t first = 0; first < size; first += VOX_RUN_CHUNK) {
        const size_t count = size - first < VOX_RUN_CHUNK ? size - first : VOX_RUN_CHUNK;
        uint8_t payload[VOX_LINK_PAYLOAD];
        uint8_t *at = vox_put_u32(payload, (uint32_t)first);
        at = vox_put_u32(at, app->run.ticks);
        memcpy(at, output + first, count);
        app_send(app, VOX_MSG_RUN_OUTPUT, payload, at + count);
    }
}
