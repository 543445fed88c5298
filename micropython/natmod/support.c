/* Memory, buffers, numbers. */
#include <string.h>

#include "glue.h"

/* The compiler calls these for copies of structs and arrays; MicroPython has them already. */
void *memcpy(void *to, const void *from, size_t size)
{
    return mp_fun_table.memmove_(to, from, size);
}

void *memmove(void *to, const void *from, size_t size)
{
    return mp_fun_table.memmove_(to, from, size);
}

void *memset(void *to, int value, size_t size)
{
    return mp_fun_table.memset_(to, value, size);
}

void *allocate(size_t bytes, const char *what)
{
    void *memory = mp_fun_table.realloc_(NULL, bytes, false);
    if (memory == NULL) {
        raise(MEMORY_ERROR, "%s needs %u bytes in one piece; try gc.collect(), or a smaller model", what,
              (unsigned)bytes);
    }
    return memset(memory, 0, bytes);
}

void *object_new(size_t bytes, const mp_obj_full_type_t *type)
{
    mp_obj_base_t *object = allocate(bytes, "an object");
    object->type = (const mp_obj_type_t *)type;
    return object;
}

void type_init(mp_obj_full_type_t *type, qstr name, mp_make_new_fun_t make_new, mp_attr_fun_t attributes)
{
    type->base.type = &mp_type_type;
    type->flags = MP_TYPE_FLAG_NONE;
    type->name = name;
    MP_OBJ_TYPE_SET_SLOT(type, attr, attributes, 0);
    if (make_new != NULL) {
        MP_OBJ_TYPE_SET_SLOT(type, make_new, make_new, 1);
    }
}

void method_init(mp_map_elem_t *entry, qstr name, const void *function)
{
    entry->key = MP_OBJ_NEW_QSTR(name);
    entry->value = MP_OBJ_FROM_PTR(function);
}

VOX_ZEROED mp_obj_t vox_array_type; /* array.array; looked up once, since importing asks the file system each time */

void array_init(void)
{
    mp_obj_t module = mp_import_name(MP_QSTR_array, mp_const_none, MP_OBJ_NEW_SMALL_INT(0));
    vox_array_type = mp_load_attr(module, MP_QSTR_array);
}

mp_obj_t array_of(qstr typecode, mp_obj_t bytearray)
{
    mp_obj_t arguments[2] = {MP_OBJ_NEW_QSTR(typecode), bytearray};
    return mp_call_function_n_kw(vox_array_type, 2, 0, arguments);
}

mp_obj_t array_new(qstr typecode, const void *data, size_t bytes)
{
    return array_of(typecode, mp_obj_new_bytearray_by_ref(bytes, (void *)data));
}

const int16_t *int16_buffer(mp_obj_t object, size_t *count)
{
    mp_buffer_info_t buffer;
    mp_get_buffer_raise(object, &buffer, MP_BUFFER_READ);
    /* memoryview marks its type code with 0x80 where it may be written to */
    const int typecode = buffer.typecode & 0x7F;
    if (typecode != 'h' && typecode != 'B' && typecode != BYTEARRAY_TYPECODE) {
        raise(TYPE_ERROR, "samples are array('h') or bytes of 16-bit PCM, not array('%c')", typecode);
    }
    if (((uintptr_t)buffer.buf & 1u) != 0 || (buffer.len & 1u) != 0) {
        raise(VALUE_ERROR, "samples of 16 bits: an even address, an even number of bytes");
    }
    *count = buffer.len / sizeof(int16_t);
    return buffer.buf;
}

mp_obj_t label_of(const model_object *model, int label)
{
    return label < 0 ? mp_const_none : ((mp_obj_tuple_t *)MP_OBJ_TO_PTR(model->labels))->items[label];
}

uint32_t milliseconds(const vox_model *model, uint32_t frames)
{
    const vox_frontend_params *frontend = (const void *)model->frontend;
    if (frames == 0) {
        return 0;
    }
    const uint64_t samples = (uint64_t)(frames - 1u) * frontend->hop + vox_frontend_span(model->frontend);
    return (uint32_t)(samples * 1000u / frontend->sample_rate);
}
