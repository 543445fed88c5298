/* vox.Model(data): an opened .vxm, read in place. */
#include <string.h>

#include "glue.h"
#include "vox/functionals.h"
#include "vox/nn.h"

VOX_ZEROED mp_obj_full_type_t vox_model_type;
VOX_ZEROED mp_map_elem_t vox_model_methods[4];

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
        raise(VALUE_ERROR, "a bare network, without a front end: use model.predict()");
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
    const bool hears = vox_model_hears(&self->model);
    const vox_frontend_params *frontend = frontend_of(self);
    uint32_t number = 0;
    bool found = true;
    if (name == MP_QSTR_labels) {
        destination[0] = self->labels;
        return;
    }
    if (name == MP_QSTR_hears) {
        destination[0] = mp_obj_new_bool(hears);
        return;
    }
    if (name == MP_QSTR_meta) {
        destination[0] = mp_obj_new_str(self->model.meta, self->model.meta_size);
        return;
    }
    if (name == MP_QSTR_size) {
        number = self->model.size;
    } else if (name == MP_QSTR_crc) {
        number = self->model.crc;
    } else if (!hears) {
        found = false;
    } else if (name == MP_QSTR_rate) {
        number = frontend->sample_rate;
    } else if (name == MP_QSTR_window) {
        number = frontend->window;
    } else if (name == MP_QSTR_hop) {
        number = frontend->hop;
    } else if (name == MP_QSTR_bands) {
        number = frontend->bands;
    } else if (name == MP_QSTR_window_frames) {
        number = decision_of(self)->window;
    } else if (name == MP_QSTR_stride_frames) {
        number = decision_of(self)->stride;
    } else {
        found = false;
    }
    if (found) {
        destination[0] = mp_obj_new_int_from_uint(number);
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
    int16_t *values = bytes == 0 ? NULL : allocate(bytes, "the features");
    vox_frontend frontend;
    vox_frontend_init(&frontend, self->model.frontend, memory, memory + state);
    for (size_t frame = 0; frame < frames;) {
        size_t used = 0;
        frame += (size_t)vox_frontend_push(&frontend, samples, count, &used, values + frame * params->bands);
        samples += used;
        count -= used;
    }
    mp_obj_t result = array_new(MP_QSTR_h, values, bytes);
    m_free(memory);
    m_free(values);
    return result;
}
static MP_DEFINE_CONST_FUN_OBJ_2(features_obj, features);

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
    uint8_t *set = allocate(set_size + params->count * sizeof(int16_t), "the functionals");
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
    const unsigned rows = vox_model_rows(&self->model), bands = frontend_of(self)->bands;
#ifndef VOX_LITE
    if (self->model.functionals != NULL) {
        if (count == 0 || count % bands != 0 || count / bands > VOX_MAX_LONG_FRAMES) {
            raise(VALUE_ERROR, "predict() takes whole frames of %u features, not %u values", bands, (unsigned)count);
        }
        fill_summarised(self, values, count / bands, input);
        return;
    }
#endif
    if (count != rows * bands) {
        raise(VALUE_ERROR, "predict() takes a window's features: %u values (%u frames of %u bands), not %u",
              rows * bands, rows, bands, (unsigned)count);
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

/* Once: the arena, and behind it the scores of a model that hears. */
static void prepare(model_object *self)
{
    const size_t arena = vox_program_arena_size(&self->model); /* a multiple of 8 */
    uint8_t *memory = allocate(arena + VOX_MAX_LABELS * sizeof(uint16_t), "the arena");
    size_t count = 0;
    const int8_t *output = vox_program_output(&self->model, memory, &count);
    if (vox_model_hears(&self->model)) {
        self->result = mp_obj_new_bytearray_by_ref(count * sizeof(uint16_t), memory + arena);
    } else {
        self->result = mp_obj_new_bytearray_by_ref(vox_program_output_size(&self->model), (void *)output);
    }
    self->arena = memory;
    vox_program_reset(&self->model, memory);
}

/* The output tensor as scores: as the listener reads it. */
static void read_scores(const model_object *self, unsigned type)
{
    size_t count = 0;
    const int8_t *output = vox_program_output(&self->model, self->arena, &count);
    const int16_t *wide = (const void *)output;
    uint16_t *scores = (void *)(self->arena + vox_program_arena_size(&self->model));
    for (size_t i = 0; i < count; ++i) {
        scores[i] = (uint16_t)(type == VOX_TYPE_S8 ? (output[i] + 128) << 7 : wide[i] < 0 ? 0 : wide[i]);
    }
}

static void copy_buffer(mp_obj_t to_in, mp_obj_t from_in)
{
    mp_buffer_info_t to, from;
    mp_get_buffer_raise(from_in, &from, MP_BUFFER_READ);
    mp_get_buffer_raise(to_in, &to, MP_BUFFER_WRITE);
    if (to.len != from.len) {
        raise(VALUE_ERROR, "predict() gives %u bytes, its second argument has %u", (unsigned)from.len,
              (unsigned)to.len);
    }
    memcpy(to.buf, from.buf, from.len);
}

/* predict(features, out=None) -> array('H'): Q15 scores of one analysis window, features[window_frames][bands]; with
 * functionals, of as many frames as there are. A bare network: its input tensor -> array('b'), ('h') or ('i'), its output
 * tensor. out: an array of as many bytes, which takes the result and is returned; then nothing is allocated. */
static mp_obj_t predict(size_t n_args, const mp_obj_t *args)
{
    model_object *self = MP_OBJ_TO_PTR(args[0]);
    const bool hears = vox_model_hears(&self->model);
    const unsigned type = type_of(self, self->model.program->output);
    if (self->arena == NULL) {
        prepare(self);
    }
    size_t count = 0;
    void *input = vox_program_input(&self->model, self->arena, &count);
    if (hears) {
        fill_window(self, args[1], input);
    } else {
        fill_tensor(self, args[1], input, count);
    }
    vox_program_run(&self->model, self->arena);
    if (hears) {
        read_scores(self, type);
    }
    if (n_args > 2 && args[2] != mp_const_none) {
        copy_buffer(args[2], self->result);
        return args[2];
    }
    const qstr typecode = hears                  ? MP_QSTR_H
                          : type == VOX_TYPE_S8  ? MP_QSTR_b
                          : type == VOX_TYPE_S16 ? MP_QSTR_h
                                                 : MP_QSTR_i;
    return array_of(typecode, self->result);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(predict_obj, 2, 3, predict);

/* memory() -> bytes that a Listener of this model takes beside the model itself; of a bare network, its arena. */
static mp_obj_t memory(mp_obj_t self_in)
{
    const model_object *self = MP_OBJ_TO_PTR(self_in);
    return mp_obj_new_int_from_uint(vox_model_hears(&self->model) ? vox_listener_size(&self->model)
                                                                  : vox_program_arena_size(&self->model));
}
static MP_DEFINE_CONST_FUN_OBJ_1(memory_obj, memory);

/* reset(): a network with state begins anew. */
static mp_obj_t reset(mp_obj_t self_in)
{
    model_object *self = MP_OBJ_TO_PTR(self_in);
    if (self->arena != NULL) {
        vox_program_reset(&self->model, self->arena);
    }
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(reset_obj, reset);

static MP_DEFINE_CONST_DICT(methods_dict, vox_model_methods);

void model_type_init(void)
{
    method_init(&vox_model_methods[0], MP_QSTR_features, &features_obj);
    method_init(&vox_model_methods[1], MP_QSTR_predict, &predict_obj);
    method_init(&vox_model_methods[2], MP_QSTR_memory, &memory_obj);
    method_init(&vox_model_methods[3], MP_QSTR_reset, &reset_obj);
    type_init(&vox_model_type, MP_QSTR_Model, make_new, attribute);
    MP_OBJ_TYPE_SET_SLOT(&vox_model_type, locals_dict, (void *)&methods_dict, 2);
}
