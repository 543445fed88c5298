/* vox.Event: label, score (Q15), time_ms, begins, and frame and index as the host counts them. */
#include "glue.h"

typedef struct {
    mp_obj_base_t base;
    mp_obj_t model;
    vox_event event;
} event_object;

VOX_ZEROED mp_obj_full_type_t vox_event_type;

mp_obj_t event_new(mp_obj_t model, const vox_event *event)
{
    event_object *self = object_new(sizeof *self, &vox_event_type);
    self->model = model;
    self->event = *event;
    return MP_OBJ_FROM_PTR(self);
}

static const model_object *model_of(const event_object *self)
{
    return MP_OBJ_TO_PTR(self->model);
}

static void attribute(mp_obj_t self_in, qstr name, mp_obj_t *destination)
{
    const event_object *self = MP_OBJ_TO_PTR(self_in);
    const vox_event *event = &self->event;
    if (destination[0] != MP_OBJ_NULL) {
        return; /* nothing can be stored or deleted */
    }
    if (name == MP_QSTR_label) {
        destination[0] = label_of(model_of(self), event->label);
    } else if (name == MP_QSTR_score) {
        destination[0] = MP_OBJ_NEW_SMALL_INT(event->score);
    } else if (name == MP_QSTR_time_ms) {
        destination[0] = mp_obj_new_int_from_uint(milliseconds(&model_of(self)->model, event->frame));
    } else if (name == MP_QSTR_begins) {
        destination[0] = mp_obj_new_bool(event->kind == VOX_EVENT_BEGIN);
    } else if (name == MP_QSTR_frame) {
        destination[0] = mp_obj_new_int_from_uint(event->frame);
    } else if (name == MP_QSTR_index) {
        destination[0] = MP_OBJ_NEW_SMALL_INT(event->label);
    }
}

void event_type_init(void)
{
    type_init(&vox_event_type, MP_QSTR_Event, NULL, attribute);
}
