#include "vox/listener.h"

#include <string.h>

#include "norm/norm.h"
#include "vox/functionals.h"
#include "vox/nn.h"

static size_t round_up(size_t size)
{
    return (size + 7u) & ~(size_t)7u;
}

typedef struct {
    size_t frontend, decision, ring, means, sets, values, posteriors, arena, state;
} vox_listener_parts;

/* Frames of features that are kept: what a run takes, unless functionals take them as they come. */
static size_t ring_values(const vox_model *model)
{
    const vox_frontend_params *frontend = (const void *)model->frontend;
    return (size_t)vox_model_rows(model) * frontend->bands;
}

/* The arena, behind the program's state, doubles as the front end's scratch: a frame is finished before the program runs, and the program's input is
 * written anew for every window. */
static vox_listener_parts measure(const vox_model *model)
{
    const vox_decision_params *decision = (const void *)model->decision;
    const vox_functionals_params *functionals = (const void *)model->functionals;
    const size_t scratch = vox_frontend_scratch_size(model->frontend);
    const size_t state = vox_program_state_size(model);
    const size_t arena = vox_program_arena_size(model);
    const vox_listener_parts parts = {
        round_up(vox_frontend_state_size(model->frontend)),
        round_up(vox_decision_state_size(model->decision)),
        round_up(ring_values(model) * sizeof(int16_t)),
        round_up(vox_norm_state_size(model->norm)),
        functionals == NULL ? 0u : vox_decision_overlap(decision) * vox_functionals_size(model->functionals),
        functionals == NULL ? 0u : round_up(functionals->count * sizeof(int16_t)),
        round_up((size_t)decision->label_count * sizeof(uint16_t)),
        round_up(state + scratch > arena ? state + scratch : arena),
        state,
    };
    return parts;
}

size_t vox_listener_size(const vox_model *model)
{
    if (!vox_model_hears(model)) {
        return 0;
    }
    const vox_listener_parts parts = measure(model);
    return parts.frontend + parts.decision + parts.ring + parts.means + parts.sets + parts.values + parts.posteriors +
           parts.arena;
}

int vox_listener_init(vox_listener *listener, const vox_model *model, void *memory, size_t size)
{
    if (listener == NULL || model == NULL || memory == NULL) {
        return VOX_ERR_ARGUMENT;
    }
    if (!vox_model_hears(model)) {
        return VOX_ERR_BARE;
    }
    if (((uintptr_t)memory & 7u) != 0) {
        return VOX_ERR_ALIGNMENT;
    }
    if (size < vox_listener_size(model)) {
        return VOX_ERR_MEMORY;
    }
    const vox_listener_parts parts = measure(model);
    uint8_t *at = memory;
    listener->model = model;
    listener->arena = at;
    at += parts.arena;
    listener->ring = (void *)at;
    at += parts.ring;
    listener->means = (void *)at;
    at += parts.means;
    listener->sets = at;
    at += parts.sets;
    listener->values = (void *)at;
    at += parts.values;
    listener->posteriors = (void *)at;
    at += parts.posteriors;
    vox_decision_init(&listener->decision, model->decision, at);
    at += parts.decision;
    vox_frontend_init(&listener->frontend, model->frontend, at, listener->arena + parts.state);
    vox_listener_reset(listener);
    return VOX_OK;
}

void vox_listener_reset(vox_listener *listener)
{
    const vox_decision_params *decision = (const void *)listener->model->decision;
    vox_frontend_reset(&listener->frontend);
    vox_program_reset(listener->model, listener->arena);
    vox_decision_reset(&listener->decision);
    memset(listener->ring, 0, ring_values(listener->model) * sizeof(int16_t));
    vox_norm_reset(listener->model->norm, listener->means);
    memset(listener->posteriors, 0, decision->label_count * sizeof(uint16_t));
    listener->features = listener->ring;
    listener->frames = 0;
    listener->windows = 0;
    listener->next_window = decision->window;
    listener->ring_head = 0;
    listener->newest_set = 0;
    listener->set_age = 0;
    listener->open_sets = 0;
    listener->ran = 0;
    listener->loud_age = UINT16_MAX;
    listener->verdict.label = VOX_LABEL_SILENCE;
    listener->verdict.score = 0;
    listener->event_count = 0;
    listener->gated = 0;
    listener->step = 0;
    listener->due = 0;
    listener->ends = 0;
}

/* The program's output as Q15 posteriors: int8 of a softmax (zero point -128, scale 1/256), or int16 as it is. */
static void read_posteriors(vox_listener *listener)
{
    size_t labels = 0;
    const int8_t *output = vox_program_output(listener->model, listener->arena, &labels);
    const int16_t *wide = (const void *)output;
    const bool short_output = listener->model->tensors[listener->model->program->output].type == VOX_TYPE_S8;
    for (size_t c = 0; c < labels; ++c) {
        listener->posteriors[c] = (uint16_t)(short_output ? (output[c] + 128) << 7 : wide[c] < 0 ? 0 : wide[c]);
    }
}

static uint8_t *set_at(const vox_listener *listener, unsigned index)
{
    return listener->sets + index * vox_functionals_size(listener->model->functionals);
}

/* Every window that is open takes the frame. A set goes on after its window was run, until another begins in it. */
static void summarise(vox_listener *listener)
{
    const vox_decision_params *decision = (const void *)listener->model->decision;
    const uint8_t *section = listener->model->functionals;
    const unsigned sets = vox_decision_overlap(decision);
    if (listener->open_sets == 0 || listener->set_age == decision->stride) {
        const unsigned next = listener->newest_set + 1u;
        listener->newest_set = (uint16_t)(listener->open_sets == 0 || next == sets ? 0u : next);
        listener->set_age = 0;
        listener->open_sets = (uint16_t)(listener->open_sets + (listener->open_sets < sets));
        vox_functionals_begin(section, set_at(listener, listener->newest_set));
    }
    ++listener->set_age;
    for (unsigned i = 0; i < listener->open_sets; ++i) {
        vox_functionals_add(section, set_at(listener, i), listener->features);
    }
}

/* The set of the window that is due. Counted back from the newest, for frames and windows are numbered modulo 2^32. */
static const uint8_t *due_set(const vox_listener *listener)
{
    const vox_decision_params *decision = (const void *)listener->model->decision;
    const uint32_t began = listener->next_window - decision->window;
    const uint32_t begun_since = (listener->frames - listener->set_age - began) / decision->stride;
    const uint32_t newest = listener->newest_set;
    return set_at(listener, newest - begun_since + (newest < begun_since ? vox_decision_overlap(decision) : 0u));
}

/* What the window's frames come to as the program's input. */
static void fill_input(vox_listener *listener)
{
    const vox_model *model = listener->model;
    const unsigned type = model->tensors[model->program->input].type;
    void *input = vox_program_input(model, listener->arena, NULL);
    if (model->functionals == NULL) {
        vox_norm_ring(model->norm, listener->ring, vox_model_rows(model), listener->ring_head, type, input);
        return;
    }
    vox_functionals_read(model->functionals, due_set(listener), listener->values);
    vox_norm_ring(model->norm, listener->values, 1, 0, type, input);
}

/* The window is run by vox_listener_step from here on; one that the gate holds back has no steps left, but those of a
 * stream program, whose state goes on. */
static int begin_window(vox_listener *listener)
{
    const vox_decision_params *decision = (const void *)listener->model->decision;
    listener->gated = decision->gate_level > 0 && listener->loud_age >= decision->window;
    const bool runs = !listener->gated || vox_model_streams(listener->model);
    if (listener->gated) {
        memset(listener->posteriors, 0, decision->label_count * sizeof(uint16_t));
    }
    if (runs) {
        fill_input(listener);
    }
    listener->step = runs ? 0u : listener->model->program->op_bytes;
    listener->due = 1;
    listener->ends = 1;
    return VOX_HEARD_DUE;
}

/* A stream program takes frames with which no window ends. Windows begin and end with a run. */
static int begin_run(vox_listener *listener)
{
    const vox_model *model = listener->model;
    if (!vox_model_streams(model) || (listener->next_window - listener->frames) % vox_model_rows(model) != 0u) {
        return 0;
    }
    fill_input(listener);
    listener->step = 0;
    listener->due = 1;
    listener->ends = 0;
    return VOX_HEARD_DUE;
}

int vox_listener_step(vox_listener *listener)
{
    const vox_program_params *program = listener->model->program;
    if (!listener->due) {
        return 0;
    }
    if (listener->step < program->op_bytes) {
        listener->step = vox_program_step(listener->model, listener->arena, listener->step);
        if (listener->step < program->op_bytes) {
            return 0;
        }
    }
    listener->due = 0;
    if (!listener->ends) {
        return 0;
    }
    if (!listener->gated) {
        read_posteriors(listener);
    }
    ++listener->windows;
    listener->ran = 1;
    listener->event_count =
        (uint8_t)vox_decision_push(&listener->decision, listener->gated ? NULL : listener->posteriors, listener->frames,
                                   &listener->verdict, listener->events);
    return VOX_HEARD_RESULT | (listener->event_count > 0 ? VOX_HEARD_EVENT : 0);
}

/* What was heard, and the whole of the window that is due. */
static int run_due(vox_listener *listener, int heard)
{
    while (listener->due) {
        heard |= vox_listener_step(listener);
    }
    return heard & ~VOX_HEARD_DUE;
}

int vox_listener_push(vox_listener *listener, const int16_t *samples, size_t count, size_t *used)
{
    return run_due(listener, vox_listener_feed(listener, samples, count, used));
}

int vox_listener_finish(vox_listener *listener)
{
    return run_due(listener, vox_listener_drain(listener));
}

int vox_listener_feed(vox_listener *listener, const int16_t *samples, size_t count, size_t *used)
{
    const vox_decision_params *decision = (const void *)listener->model->decision;
    const vox_frontend_params *frontend = (const void *)listener->model->frontend;
    const bool summarised = listener->model->functionals != NULL;
    int16_t *slot = listener->ring + (size_t)listener->ring_head * frontend->bands;
    if (!vox_frontend_push(&listener->frontend, samples, count, used, slot)) {
        return 0;
    }
    vox_norm_follow(listener->model->norm, listener->means, slot);
    listener->features = slot;
    if (summarised) {
        summarise(listener);
    } else {
        listener->ring_head =
            (uint16_t)(listener->ring_head + 1u == vox_model_rows(listener->model) ? 0u : listener->ring_head + 1u);
    }
    ++listener->frames;
    listener->event_count = 0;
    if (vox_frontend_level(&listener->frontend) >= decision->gate_level) {
        listener->loud_age = 0;
    } else if (listener->loud_age < UINT16_MAX) {
        ++listener->loud_age;
    }
    if (listener->frames != listener->next_window) {
        return VOX_HEARD_FRAME | begin_run(listener);
    }
    const int heard = VOX_HEARD_FRAME | begin_window(listener);
    listener->next_window += decision->stride;
    return heard;
}

/* The window that the end of the clip cut short, where there are functionals. */
static int begin_short_window(vox_listener *listener)
{
    const vox_decision_params *decision = (const void *)listener->model->decision;
    const uint32_t missing = listener->next_window - listener->frames;
    int heard = 0;
    if (!listener->ran || missing * 2u <= decision->window) {
        if (listener->loud_age >= decision->window - missing) {
            listener->loud_age = UINT16_MAX; /* the loud frame lies before this window */
        }
        heard = begin_window(listener);
    }
    listener->next_window = listener->frames + decision->stride; /* the clip is done */
    return heard;
}

int vox_listener_drain(vox_listener *listener)
{
    static const int16_t silence[16] = {0};
    const vox_decision_params *decision = (const void *)listener->model->decision;
    if (listener->ran && listener->frames == listener->next_window - decision->stride) {
        return 0; /* every whole frame lies in a window that was run */
    }
    if (listener->model->functionals != NULL && listener->open_sets > 0) {
        return begin_short_window(listener);
    }
    for (;;) {
        size_t used = 0;
        const int heard = vox_listener_feed(listener, silence, sizeof silence / sizeof silence[0], &used);
        if (heard != 0) {
            return heard;
        }
    }
}

vox_verdict vox_listener_clip(const vox_listener *listener, uint16_t *scores)
{
    return vox_decision_clip(&listener->decision, scores);
}

void vox_norm_window(const vox_model *model, const int16_t *features, void *input)
{
    vox_norm_ring(model->norm, features, vox_model_rows(model), 0, model->tensors[model->program->input].type, input);
}
