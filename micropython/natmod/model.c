/* vox.Model(data): an opened .vxm, read in place. */
#include <string.h>

#include "glue.h"
#include "vox/functionals.h"
#include "vox/nn.h"

VOX_ZEROED mp_obj_full_type_t vox_model_type;
VOX_ZEROED mp_map_elem_t vox_model_methods[3];

static const vox_frontend_params *frontend_of(const model_object *self)
{
    return (const void *)self->model.frontend;
}

static const vox_decision_params *decision_of(const model_object *self)
{
    return (const void *)self->model.decision;
}

void require_hearing(const model_object *self)
{
    if (!vox_model_hears(&self->model)) {
        raise(VALUE_ERROR, "this model is a bare network, without a front end: use model.predict()");
    }
}

static mp_obj_t make_labels(const vox_model *model)
{
    const unsigned count = vox_model_label_count(model);
    mp_obj_tuple_t *labels = MP_OBJ_TO_PTR(mp_obj_new_tuple(count, NULL));
    for (unsigned i = 0; i < count; ++i) {
        labels->items[i] = mp_const_none; /* the collector may run while the tuple is filled */
    }
    for (unsigned i = 0; i < count; ++i) {
        const char *label = vox_model_label(model, i);
        size_t length = 0;
        while (label[length] != '\0') {
            ++length;
        }
        labels->items[i] = mp_obj_new_str(label, length);
    }
    return MP_OBJ_FROM_PTR(labels);
}

static mp_obj_t make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    (void)type;
    mp_arg_check_num(n_args, n_kw, 1, 1, false);
    mp_buffer_info_t buffer;
    mp_get_buffer_raise(args[0], &buffer, MP_BUFFER_READ);
    model_object *self = object_new(sizeof *self, &vox_model_type);
    self->source = args[0];
    const int status = vox_model_open(&self->model, buffer.buf, buffer.len);
    if (status != VOX_OK) {
        raise_open(status, buffer.buf, buffer.len);
    }
    self->labels = make_labels(&self->model);
    return MP_OBJ_FROM_PTR(self);
}

static void attribute(mp_obj_t self_in, qstr name, mp_obj_t *destination)
{
    const model_object *self = MP_OBJ_TO_PTR(self_in);
    if (destination[0] != MP_OBJ_NULL) {
        return;
    }
    if (name == MP_QSTR_labels) {
        destination[0] = self->labels;
    } else if (name == MP_QSTR_hears) {
        destination[0] = mp_obj_new_bool(vox_model_hears(&self->model));
    } else if (name == MP_QSTR_size) {
        destination[0] = mp_obj_new_int_from_uint(self->model.size);
    } else if (name == MP_QSTR_crc) {
        destination[0] = mp_obj_new_int_from_uint(self->model.crc);
    } else if (name == MP_QSTR_meta) {
        destination[0] = mp_obj_new_str(self->model.meta, self->model.meta_size);
    } else if (vox_model_hears(&self->model) && name == MP_QSTR_rate) {
        destination[0] = mp_obj_new_int_from_uint(frontend_of(self)->sample_rate);
    } else if (vox_model_hears(&self->model) && name == MP_QSTR_window) {
        destination[0] = MP_OBJ_NEW_SMALL_INT(frontend_of(self)->window);
    } else if (vox_model_hears(&self->model) && name == MP_QSTR_hop) {
        destination[0] = MP_OBJ_NEW_SMALL_INT(frontend_of(self)->hop);
    } else if (vox_model_hears(&self->model) && name == MP_QSTR_bands) {
        destination[0] = MP_OBJ_NEW_SMALL_INT(frontend_of(self)->bands);
    } else if (vox_model_hears(&self->model) && name == MP_QSTR_window_frames) {
        destination[0] = MP_OBJ_NEW_SMALL_INT(decision_of(self)->window);
    } else if (vox_model_hears(&self->model) && name == MP_QSTR_stride_frames) {
        destination[0] = MP_OBJ_NEW_SMALL_INT(decision_of(self)->stride);
    } else {
        destination[1] = MP_OBJ_SENTINEL; /* look among the methods */
    }
}

/* features(samples) -> array('h'), frame by frame, `bands` values each: Q9 log2 of energy. */
static mp_obj_t features(mp_obj_t self_in, mp_obj_t samples_in)
{
    const model_object *self = MP_OBJ_TO_PTR(self_in);
    require_hearing(self);
    const vox_frontend_params *params = frontend_of(self);
    size_t count = 0;
    const int16_t *samples = int16_buffer(samples_in, &count);
    const size_t span = vox_frontend_span(self->model.frontend);
    const size_t frames = count < span ? 0u : (count - span) / params->hop + 1u;
    const size_t bytes = frames * params->bands * sizeof(int16_t);
    const size_t state = vox_frontend_state_size(self->model.frontend);
    uint8_t *memory = allocate(state + vox_frontend_scratch_size(self->model.frontend), "the front end");
    int16_t *values = bytes == 0 ? NULL : allocate(bytes, "the features of these samples");
    vox_frontend frontend;
    vox_frontend_init(&frontend, self->model.frontend, memory, memory + state);
    for (size_t frame = 0; frame < frames;) {
        size_t used = 0;
        frame += (size_t)vox_frontend_push(&frontend, samples, count, &used, values + frame * params->bands);
        samples += used;
        count -= used;
    }
    mp_obj_t result = array_new('h', values, bytes);
    m_free(memory);
    m_free(values);
    return result;
}
static MP_DEFINE_CONST_FUN_OBJ_2(features_obj, features);

static uint8_t *arena_of(model_object *self)
{
    if (self->arena == NULL) {
        self->arena = allocate(vox_program_arena_size(&self->model) + 8u, "the program's arena");
    }
    return self->arena;
}

static unsigned type_of(const model_object *self, unsigned tensor)
{
    return self->model.tensors[tensor].type;
}

#ifndef VOX_LITE
/* The statistics of a window's frames as the program's input. */
static void fill_summarised(const model_object *self, const int16_t *frames, size_t count, void *input)
{
    const uint8_t *section = self->model.functionals;
    const vox_functionals_params *params = (const void *)section;
    const size_t set_size = vox_functionals_size(section);
    uint8_t *set = allocate(set_size + params->count * sizeof(int16_t), "the functionals of a window");
    int16_t *values = (void *)(set + set_size);
    vox_functionals_begin(section, set);
    for (; count > 0; --count) {
        vox_functionals_add(section, set, frames);
        frames += frontend_of(self)->bands;
    }
    vox_functionals_read(section, set, values);
    vox_norm_window(&self->model, values, input);
    m_free(set);
}
#endif

/* One window of features as the program's input. */
static void fill_window(const model_object *self, mp_obj_t features_in, void *input)
{
    size_t count = 0;
    const int16_t *values = int16_buffer(features_in, &count);
    const unsigned window = decision_of(self)->window, bands = frontend_of(self)->bands;
#ifndef VOX_LITE
    if (self->model.functionals != NULL) {
        if (count == 0 || count % bands != 0 || count / bands > VOX_MAX_LONG_FRAMES) {
            raise(VALUE_ERROR, "predict() takes whole frames of %u features, not %u values", bands, (unsigned)count);
        }
        fill_summarised(self, values, count / bands, input);
        return;
    }
#endif
    if (count != window * bands) {
        raise(VALUE_ERROR, "predict() takes the features of one window: %u values (%u frames of %u bands), not %u",
              window * bands, window, bands, (unsigned)count);
    }
    vox_norm_window(&self->model, values, input);
}

/* A bare network's input tensor as it is. */
static void fill_tensor(const model_object *self, mp_obj_t tensor_in, void *input, size_t elements)
{
    const size_t size = vox_program_input_size(&self->model);
    mp_buffer_info_t buffer;
    mp_get_buffer_raise(tensor_in, &buffer, MP_BUFFER_READ);
    if (buffer.len != size) {
        raise(VALUE_ERROR, "predict() takes this network's input: %u int%u values, not %u bytes", (unsigned)elements,
              size == elements ? 8u : 16u, (unsigned)buffer.len);
    }
    memcpy(input, buffer.buf, size);
}

/* predict(features) -> array('H'): Q15 scores of one analysis window, features[window_frames][bands]; with functionals,
 * of as many frames as there are. A bare network: its input tensor -> array('b'), ('h') or ('i'), its output tensor. */
static mp_obj_t predict(mp_obj_t self_in, mp_obj_t input_in)
{
    model_object *self = MP_OBJ_TO_PTR(self_in);
    uint8_t *arena = arena_of(self);
    size_t elements = 0;
    void *input = vox_program_input(&self->model, arena, &elements);
    const bool hears = vox_model_hears(&self->model);
    if (hears) {
        fill_window(self, input_in, input);
    } else {
        fill_tensor(self, input_in, input, elements);
    }
    vox_program_run(&self->model, arena);
    const int8_t *output = vox_program_output(&self->model, arena, &elements);
    const int16_t *wide = (const void *)output;
    const unsigned type = type_of(self, self->model.program->output);
    if (!hears) {
        const char code = type == VOX_TYPE_S8 ? 'b' : type == VOX_TYPE_S16 ? 'h' : 'i';
        return array_new(code, output, vox_program_output_size(&self->model));
    }
    uint16_t scores[VOX_MAX_LABELS]; /* as the listener reads them */
    for (size_t i = 0; i < elements; ++i) {
        scores[i] = (uint16_t)(type == VOX_TYPE_S8 ? (output[i] + 128) << 7 : wide[i] < 0 ? 0 : wide[i]);
    }
    return array_new('H', scores, elements * sizeof scores[0]);
}
static MP_DEFINE_CONST_FUN_OBJ_2(predict_obj, predict);

/* memory() -> bytes that a Listener of this model takes beside the model itself; of a bare network, its arena. */
static mp_obj_t memory(mp_obj_t self_in)
{
    const model_object *self = MP_OBJ_TO_PTR(self_in);
    return mp_obj_new_int_from_uint(vox_model_hears(&self->model) ? vox_listener_size(&self->model)
                                                                  : vox_program_arena_size(&self->model));
}
static MP_DEFINE_CONST_FUN_OBJ_1(memory_obj, memory);

static MP_DEFINE_CONST_DICT(methods_dict, vox_model_methods);

void model_type_init(void)
{
    vox_model_methods[0] = (mp_map_elem_t){MP_OBJ_NEW_QSTR(MP_QSTR_features), MP_OBJ_FROM_PTR(&features_obj)};
    vox_model_methods[1] = (mp_map_elem_t){MP_OBJ_NEW_QSTR(MP_QSTR_predict), MP_OBJ_FROM_PTR(&predict_obj)};
    vox_model_methods[2] = (mp_map_elem_t){MP_OBJ_NEW_QSTR(MP_QSTR_memory), MP_OBJ_FROM_PTR(&memory_obj)};
    vox_model_type.base.type = &mp_type_type;
    vox_model_type.flags = MP_TYPE_FLAG_NONE;
    vox_model_type.name = MP_QSTR_Model;
    MP_OBJ_TYPE_SET_SLOT(&vox_model_type, make_new, make_new, 0);
    MP_OBJ_TYPE_SET_SLOT(&vox_model_type, attr, attribute, 1);
    MP_OBJ_TYPE_SET_SLOT(&vox_model_type, locals_dict, (void *)&methods_dict, 2);
}
