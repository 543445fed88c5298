#include "listener/cascade.h"

#include "vox/nn.h"

static size_t round_up(size_t size)
{
    return (size + 7u) & ~(size_t)7u;
}

/* The largest of all stages. */
static size_t largest(const vox_model *model, size_t (*size_of)(const vox_model *stage))
{
    vox_model stage = *model;
    size_t size = 0;
    do {
        const size_t one = size_of(&stage);
        size = one > size ? one : size;
    } while (vox_model_waker(&stage, &stage) == VOX_OK);
    return size;
}

size_t vox_cascade_state_size(const vox_model *model)
{
    return largest(model, vox_program_state_size);
}

size_t vox_cascade_arena_size(const vox_model *model)
{
    return largest(model, vox_program_arena_size);
}

size_t vox_cascade_extra_size(const vox_model *model, size_t (*stage_size)(const vox_model *stage))
{
    vox_model stage = *model;
    size_t size = 0;
    while (vox_model_waker(&stage, &stage) == VOX_OK) {
        size += round_up(sizeof(vox_model)) + round_up(sizeof(vox_listener)) + stage_size(&stage);
    }
    return size;
}

void vox_cascade_init(vox_listener *listener, uint8_t *at, vox_begin_stage *begin_stage)
{
    vox_model stage = *listener->model;
    unsigned count = 0;
    while (vox_model_waker(&stage, &stage) == VOX_OK) {
        ++count;
    }
    vox_listener *wakers = (void *)at;
    at += round_up(count * sizeof *wakers);
    vox_model *models = (void *)at;
    at += round_up(count * sizeof *models);
    const vox_model *woken = listener->model;
    for (unsigned i = 0; i < count; ++i) {
        (void)vox_model_waker(woken, &models[i]);
        at = begin_stage(&wakers[i], &models[i], listener->arena, at);
        woken = &models[i];
    }
    listener->wakers = wakers;
    listener->waker_count = (uint8_t)count;
}

void vox_cascade_wake(const vox_listener *listener, vox_listener *stage)
{
    const vox_wake_params *wake = stage->model->wake;
    if (wake == NULL) {
        return;
    }
    const vox_listener *waker = stage == listener ? listener->wakers : stage + 1;
    const bool woken =
        wake->level > 0 ? vox_frontend_level(&listener->frontend) >= wake->level : waker->decision.active >= 0;
    const bool on = woken || stage->rest > 0u;
    if (woken) {
        stage->rest = wake->hold;
    } else if (stage->rest > 0u) {
        --stage->rest;
    }
    if (!on) {
        stage->fed = 0;
    }
    stage->awake = on;
}

unsigned vox_cascade_runs(vox_listener *stage)
{
    const vox_decision_params *decision = (const void *)stage->model->decision;
    const unsigned rows = vox_model_rows(stage->model);
    if (stage->model->wake == NULL) {
        return 1;
    }
    if (!stage->awake) {
        return 0;
    }
    unsigned runs = 1;
    if (stage->fed == 0) {
        vox_program_reset(stage->model, stage->arena);
        runs = vox_model_held(stage->model) / rows;
    }
    const unsigned fed = stage->fed + runs * rows;
    stage->fed = (uint16_t)(fed < decision->window ? fed : decision->window);
    return runs;
}
