#include "vox/listener.h"

#include <string.h>

#include "listener/cascade.h"
#include "norm/norm.h"
#include "vox/functionals.h"
#include "vox/nn.h"

static size_t round_up(size_t size)
{
    return (size + 7u) & ~(size_t)7u;
}

typedef struct {
    size_t decision, ring, means, sets, values, posteriors, events;
} stage_parts;

/* What a stage keeps for itself. */
static stage_parts measure(const vox_model *model)
{
    const vox_frontend_params *frontend = (const void *)model->frontend;
    const vox_decision_params *decision = (const void *)model->decision;
    const vox_functionals_params *functionals = (const void *)model->functionals;
    const stage_parts parts = {
        round_up(vox_decision_state_size(model->decision)),
        round_up((size_t)vox_model_held(model) * frontend->bands * sizeof(int16_t)),
        round_up(vox_norm_state_size(model->norm)),
        functionals == NULL ? 0u : vox_decision_overlap(decision) * vox_functionals_size(model->functionals),
        functionals == NULL ? 0u : round_up(functionals->count * sizeof(int16_t)),
        round_up((size_t)decision->label_count * sizeof(uint16_t)),
        round_up(vox_decision_most_events(model->decision) * sizeof(vox_event)),
    };
    return parts;
}

static size_t stage_size(const vox_model *model)
{
    const stage_parts parts = measure(model);
    return parts.decision + parts.ring + parts.means + parts.sets + parts.values + parts.posteriors + parts.events;
}

/* The arena, behind all state, doubles as the front end's scratch: a frame is finished before a program runs, and a program's
 * input is written anew for every run. */
static size_t arena_size(const vox_model *model)
{
    const size_t scratch = vox_cascade_state_size(model) + vox_frontend_scratch_size(model->frontend);
    const size_t arena = vox_cascade_arena_size(model);
    return round_up(scratch > arena ? scratch : arena);
}

size_t vox_listener_size(const vox_model *model)
{
    if (!vox_model_hears(model)) {
        return 0;
    }
    return arena_size(model) + round_up(vox_frontend_state_size(model->frontend)) + stage_size(model) +
           vox_cascade_extra_size(model, stage_size);
}

static uint8_t *begin_stage(vox_listener *stage, const vox_model *model, uint8_t *arena, uint8_t *at)
{
    const stage_parts parts = measure(model);
    stage->model = model;
    stage->arena = arena;
    stage->wakers = NULL;
    stage->waker_count = 0;
    stage->ring = (void *)at;
    at += parts.ring;
    stage->means = (void *)at;
    at += parts.means;
    stage->sets = at;
    at += parts.sets;
    stage->values = (void *)at;
    at += parts.values;
    stage->posteriors = (void *)at;
    at += parts.posteriors;
    stage->events = (void *)at;
    at += parts.events;
    vox_decision_init(&stage->decision, model->decision, at);
    return at + parts.decision;
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
    uint8_t *const arena = memory;
    uint8_t *at = arena + arena_size(model);
    vox_frontend_init(&listener->frontend, model->frontend, at, arena + vox_cascade_state_size(model));
    at = begin_stage(listener, model, arena, at + round_up(vox_frontend_state_size(model->frontend)));
    vox_cascade_init(listener, at, begin_stage);
    vox_listener_reset(listener);
    return VOX_OK;
}

static void reset_stage(vox_listener *stage)
{
    const vox_frontend_params *frontend = (const void *)stage->model->frontend;
    const vox_decision_params *decision = (const void *)stage->model->decision;
    vox_program_reset(stage->model, stage->arena);
    vox_decision_reset(&stage->decision);
    vox_norm_reset(stage->model->norm, stage->means);
    memset(stage->ring, 0, (size_t)vox_model_held(stage->model) * frontend->bands * sizeof(int16_t));
    memset(stage->posteriors, 0, decision->label_count * sizeof(uint16_t));
    stage->features = stage->ring;
    stage->frames = 0;
    stage->windows = 0;
    stage->next_window = decision->window;
    stage->ring_head = 0;
    stage->newest_set = 0;
    stage->set_age = 0;
    stage->open_sets = 0;
    stage->fed = 0;
    stage->rest = 0;
    stage->runs = 0;
    stage->ran = 0;
    stage->loud_age = UINT16_MAX;
    stage->verdict.label = VOX_LABEL_SILENCE;
    stage->verdict.score = 0;
    stage->event_count = 0;
    stage->gated = 0;
    stage->step = 0;
    stage->due = 0;
    stage->ends = 0;
    stage->turn = 0;
    stage->awake = stage->model->wake == NULL;
}

void vox_listener_reset(vox_listener *listener)
{
    vox_frontend_reset(&listener->frontend);
    reset_stage(listener);
    for (unsigned i = 0; i < listener->waker_count; ++i) {
        reset_stage(&listener->wakers[i]);
    }
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

/* What the next run's frames come to as the program's input. */
static void fill_input(vox_listener *listener)
{
    const vox_model *model = listener->model;
    const unsigned type = model->tensors[model->program->input].type;
    void *input = vox_program_input(model, listener->arena, NULL);
    vox_norm_frames from = {listener->values, 1, 0, 1};
    if (model->functionals != NULL) {
        vox_functionals_read(model->functionals, due_set(listener), listener->values);
    } else {
        from.values = listener->ring;
        from.held = vox_model_held(model);
        from.frames = vox_model_rows(model);
        from.first = listener->ring_head + from.held - listener->runs * from.frames;
        from.first -= from.first >= from.held ? from.held : 0u;
    }
    vox_norm_ring(model->norm, &from, type, input);
}

/* Runs are due, or a result without one. */
static int begin(vox_listener *listener, unsigned runs, bool ends)
{
    listener->runs = (uint16_t)runs;
    if (runs > 0u) {
        fill_input(listener);
    }
    listener->step = runs > 0u ? 0u : listener->model->program->op_bytes;
    listener->due = 1;
    listener->ends = ends;
    return VOX_HEARD_DUE;
}

/* The window is run by vox_listener_step from here on; one that is held back has no steps left, but those of a stream
 * program that is awake, whose state goes on. */
static int begin_window(vox_listener *listener)
{
    const vox_decision_params *decision = (const void *)listener->model->decision;
    const bool quiet = decision->gate_level > 0 && listener->loud_age >= decision->window;
    bool gated = quiet || !listener->awake;
    unsigned runs = gated ? 0u : 1u;
    if (vox_model_streams(listener->model)) {
        runs = vox_cascade_runs(listener);
        gated = gated || (listener->model->wake != NULL && listener->fed < decision->window);
    }
    listener->gated = gated;
    if (gated) {
        memset(listener->posteriors, 0, decision->label_count * sizeof(uint16_t));
    }
    return begin(listener, runs, true);
}

/* A stream program takes frames with which no window ends. Windows begin and end with a run. */
static int begin_run(vox_listener *listener)
{
    const vox_model *model = listener->model;
    if (!vox_model_streams(model) || (listener->next_window - listener->frames) % vox_model_rows(model) != 0u) {
        return 0;
    }
    const unsigned runs = vox_cascade_runs(listener);
    return runs > 0u ? begin(listener, runs, false) : 0;
}

/* What a stage makes of the newest frame. */
static int begin_turn(vox_listener *stage)
{
    const vox_decision_params *decision = (const void *)stage->model->decision;
    if (stage->frames != stage->next_window) {
        return begin_run(stage);
    }
    const int heard = begin_window(stage);
    stage->next_window += decision->stride;
    return heard;
}

/* Stages that wake are heard first, the last of the chain before the others, and then the model itself. */
static int begin_turns(vox_listener *listener)
{
    for (; listener->turn > 0; --listener->turn) {
        vox_listener *waker = &listener->wakers[listener->turn - 1u];
        vox_cascade_wake(listener, waker);
        if (begin_turn(waker) != 0) {
            listener->due = 1;
            return VOX_HEARD_DUE;
        }
    }
    vox_cascade_wake(listener, listener);
    return begin_turn(listener);
}

/* One operator of a stage. True when what was due of it is done. */
static bool step_stage(vox_listener *stage)
{
    const uint32_t end = stage->model->program->op_bytes;
    if (stage->step < end) {
        stage->step = vox_program_step(stage->model, stage->arena, stage->step);
        if (stage->step < end) {
            return false;
        }
    }
    if (stage->runs > 1u) {
        --stage->runs;
        fill_input(stage);
        stage->step = 0;
        return false;
    }
    stage->due = 0;
    return true;
}

/* The window that has ended, if one has, becomes a result. */
static int conclude(vox_listener *stage)
{
    if (!stage->ends) {
        return 0;
    }
    if (!stage->gated) {
        read_posteriors(stage);
    }
    ++stage->windows;
    stage->ran = 1;
    stage->event_count = (uint8_t)vox_decision_push(&stage->decision, stage->gated ? NULL : stage->posteriors,
                                                    stage->frames, &stage->verdict, stage->events);
    return VOX_HEARD_RESULT | (stage->event_count > 0 ? VOX_HEARD_EVENT : 0);
}

int vox_listener_step(vox_listener *listener)
{
    if (!listener->due) {
        return 0;
    }
    if (listener->turn == 0) {
        return step_stage(listener) ? conclude(listener) : 0;
    }
    vox_listener *waker = &listener->wakers[listener->turn - 1u];
    if (step_stage(waker)) {
        (void)conclude(waker);
        listener->due = 0;
        --listener->turn;
        (void)begin_turns(listener);
    }
    return 0;
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

static int16_t *slot_of(const vox_listener *stage)
{
    const vox_frontend_params *frontend = (const void *)stage->model->frontend;
    return stage->ring + (size_t)stage->ring_head * frontend->bands;
}

/* The frame that lies in the stage's slot. */
static void take_frame(vox_listener *stage, int level)
{
    const vox_decision_params *decision = (const void *)stage->model->decision;
    int16_t *slot = slot_of(stage);
    vox_norm_follow(stage->model->norm, stage->means, slot);
    stage->features = slot;
    if (stage->model->functionals != NULL) {
        summarise(stage);
    } else {
        stage->ring_head =
            (uint16_t)(stage->ring_head + 1u == vox_model_held(stage->model) ? 0u : stage->ring_head + 1u);
    }
    ++stage->frames;
    stage->event_count = 0;
    if (level >= decision->gate_level) {
        stage->loud_age = 0;
    } else if (stage->loud_age < UINT16_MAX) {
        ++stage->loud_age;
    }
}

int vox_listener_feed(vox_listener *listener, const int16_t *samples, size_t count, size_t *used)
{
    const vox_frontend_params *frontend = (const void *)listener->model->frontend;
    int16_t *slot = slot_of(listener);
    if (!vox_frontend_push(&listener->frontend, samples, count, used, slot)) {
        return 0;
    }
    const int level = vox_frontend_level(&listener->frontend);
    for (unsigned i = 0; i < listener->waker_count; ++i) {
        memcpy(slot_of(&listener->wakers[i]), slot, frontend->bands * sizeof *slot);
        take_frame(&listener->wakers[i], level);
    }
    take_frame(listener, level);
    listener->turn = listener->waker_count;
    return VOX_HEARD_FRAME | begin_turns(listener);
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
    const unsigned rows = vox_model_rows(model);
    const vox_norm_frames all = {features, rows, 0, rows};
    vox_norm_ring(model->norm, &all, model->tensors[model->program->input].type, input);
}
