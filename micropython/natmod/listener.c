/* vox.Listener(model): the whole pipeline over a stream. All its memory is allocated here, once. */
#include "glue.h"

typedef struct {
    mp_obj_base_t base;
    mp_obj_t model;
    uint8_t *memory;
    vox_listener listener;
} listener_object;

VOX_ZEROED mp_obj_full_type_t vox_listener_type;
VOX_ZEROED mp_map_elem_t vox_listener_methods[4];

static const model_object *model_of(const listener_object *self)
{
    return MP_OBJ_TO_PTR(self->model);
}

static mp_obj_t make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    (void)type;
    mp_arg_check_num(n_args, n_kw, 1, 1, false);
    if (mp_obj_get_type(args[0]) != (const mp_obj_type_t *)&vox_model_type) {
        raise(TYPE_ERROR, "vox.Listener takes a vox.Model");
    }
    const model_object *model = MP_OBJ_TO_PTR(args[0]);
    require_hearing(model);
    const size_t size = vox_listener_size(&model->model);
    listener_object *self = object_new(sizeof *self, &vox_listener_type);
    self->model = args[0];
    self->memory = allocate(size, "listening");
    const int status = vox_listener_init(&self->listener, &model->model, self->memory, size);
    if (status != VOX_OK) {
        raise(VALUE_ERROR, "this model cannot listen (vox_status %d)", status);
    }
    return MP_OBJ_FROM_PTR(self);
}

static unsigned label_count(const listener_object *self)
{
    return vox_model_label_count(&model_of(self)->model);
}

static void attribute(mp_obj_t self_in, qstr name, mp_obj_t *destination)
{
    const listener_object *self = MP_OBJ_TO_PTR(self_in);
    const vox_listener *l = &self->listener;
    if (destination[0] != MP_OBJ_NULL) {
        return;
    }
    if (name == MP_QSTR_model) {
        destination[0] = self->model;
    } else if (name == MP_QSTR_label) {
        destination[0] = label_of(model_of(self), l->verdict.label);
    } else if (name == MP_QSTR_index) {
        destination[0] = MP_OBJ_NEW_SMALL_INT(l->verdict.label);
    } else if (name == MP_QSTR_score) {
        destination[0] = MP_OBJ_NEW_SMALL_INT(l->verdict.score);
    } else if (name == MP_QSTR_level) {
        destination[0] = MP_OBJ_NEW_SMALL_INT(vox_frontend_level(&l->frontend));
    } else if (name == MP_QSTR_frames) {
        destination[0] = mp_obj_new_int_from_uint(l->frames);
    } else if (name == MP_QSTR_windows) {
        destination[0] = mp_obj_new_int_from_uint(l->windows);
    } else if (name == MP_QSTR_time_ms) {
        destination[0] = mp_obj_new_int_from_uint(milliseconds(&model_of(self)->model, l->frames));
    } else if (name == MP_QSTR_gated) {
        destination[0] = mp_obj_new_bool(l->gated);
    } else if (name == MP_QSTR_scores) {
        destination[0] = array_new(MP_QSTR_H, l->posteriors, label_count(self) * sizeof l->posteriors[0]);
    } else if (name == MP_QSTR_features) {
        destination[0] = array_new(MP_QSTR_h, l->features, l->frontend.params->bands * sizeof l->features[0]);
    } else {
        destination[1] = MP_OBJ_SENTINEL;
    }
}

/* What one step brought: events go into the list, the callback (None: none) is told. */
static void note(listener_object *self, int heard, mp_obj_t events, mp_obj_t callback)
{
    if (heard & VOX_HEARD_EVENT) {
        for (unsigned i = 0; i < self->listener.event_count; ++i) {
            mp_obj_list_append(events, event_new(self->model, &self->listener.events[i]));
        }
    }
    if (heard != 0 && callback != mp_const_none) {
        mp_obj_t flags = MP_OBJ_NEW_SMALL_INT(heard);
        (void)mp_call_function_n_kw(callback, 1, 0, &flags);
    }
}

/* push(samples, callback=None) -> list of events. callback(heard) is called after every feature frame: 1 a frame,
 * 2 a result too, 4 events too. */
static mp_obj_t push(size_t n_args, const mp_obj_t *args)
{
    listener_object *self = MP_OBJ_TO_PTR(args[0]);
    mp_obj_t callback = n_args > 2 ? args[2] : mp_const_none;
    mp_obj_t events = mp_obj_new_list(0, NULL);
    for (size_t taken = 0;;) {
        size_t count = 0;
        const int16_t *samples = int16_buffer(args[1], &count); /* again: the callback may have changed it */
        if (taken >= count) {
            return events;
        }
        size_t used = 0;
        const int heard = vox_listener_push(&self->listener, samples + taken, count - taken, &used);
        taken += used;
        note(self, heard, events, callback);
    }
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(push_obj, 2, 3, push);

/* finish(callback=None) -> list of events: ends a clip, as the host's `finish`. */
static mp_obj_t finish(size_t n_args, const mp_obj_t *args)
{
    listener_object *self = MP_OBJ_TO_PTR(args[0]);
    mp_obj_t callback = n_args > 1 ? args[1] : mp_const_none;
    mp_obj_t events = mp_obj_new_list(0, NULL);
    for (;;) {
        const int heard = vox_listener_finish(&self->listener);
        if (heard == 0) {
            return events;
        }
        note(self, heard, events, callback);
    }
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(finish_obj, 1, 2, finish);

/* clip() -> (label, score, scores, index): verdict over all windows since reset. */
static mp_obj_t clip(mp_obj_t self_in)
{
    const listener_object *self = MP_OBJ_TO_PTR(self_in);
    uint16_t scores[VOX_MAX_LABELS];
    const vox_verdict verdict = vox_listener_clip(&self->listener, scores);
    mp_obj_t items[4] = {
        label_of(model_of(self), verdict.label),
        MP_OBJ_NEW_SMALL_INT(verdict.score),
        array_new(MP_QSTR_H, scores, label_count(self) * sizeof scores[0]),
        MP_OBJ_NEW_SMALL_INT(verdict.label),
    };
    return mp_obj_new_tuple(4, items);
}
static MP_DEFINE_CONST_FUN_OBJ_1(clip_obj, clip);

static mp_obj_t reset(mp_obj_t self_in)
{
    listener_object *self = MP_OBJ_TO_PTR(self_in);
    vox_listener_reset(&self->listener);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(reset_obj, reset);

static MP_DEFINE_CONST_DICT(methods_dict, vox_listener_methods);

void listener_type_init(void)
{
    method_init(&vox_listener_methods[0], MP_QSTR_push, &push_obj);
    method_init(&vox_listener_methods[1], MP_QSTR_finish, &finish_obj);
    method_init(&vox_listener_methods[2], MP_QSTR_clip, &clip_obj);
    method_init(&vox_listener_methods[3], MP_QSTR_reset, &reset_obj);
    type_init(&vox_listener_type, MP_QSTR_Listener, make_new, attribute);
    MP_OBJ_TYPE_SET_SLOT(&vox_listener_type, locals_dict, (void *)&methods_dict, 2);
}
