/* What the files of the native module share. MicroPython's API comes through py/dynruntime.h, a table of functions. */
#ifndef VOX_NATMOD_GLUE_H
#define VOX_NATMOD_GLUE_H

#include "py/dynruntime.h"

#include "vox/listener.h"
#include "vox/model.h"

typedef struct {
    mp_obj_base_t base;
    mp_obj_t source; /* keeps the buffer with the .vxm alive */
    mp_obj_t labels; /* tuple of str, made once */
    uint8_t *arena;  /* of predict(), its result behind it; NULL until it is first called */
    mp_obj_t result; /* bytearray over the result, for array() to copy */
    vox_model model;
} model_object;

/* Zeroed memory of the module: MicroPython places it on its heap and allows neither `static` nor hidden symbols there. Only
 * the types' own tables, filled in on import, may lie in it. */
#define VOX_ZEROED __attribute__((visibility("default")))

extern VOX_ZEROED mp_obj_full_type_t vox_model_type;
extern VOX_ZEROED mp_obj_full_type_t vox_listener_type;
extern VOX_ZEROED mp_obj_full_type_t vox_event_type;

/* Fills in a type: its name, constructor (NULL: none) and attributes. It has room for a third slot, 2. */
void type_init(mp_obj_full_type_t *type, qstr name, mp_make_new_fun_t make_new, mp_attr_fun_t attributes);

/* An entry of a type's methods. */
void method_init(mp_map_elem_t *entry, qstr name, const void *function);

void model_type_init(void);
void listener_type_init(void);
void event_type_init(void);

/* An event of `listener.push`, with the model it belongs to. */
mp_obj_t event_new(mp_obj_t model, const vox_event *event);

/* str of a label index; VOX_LABEL_UNKNOWN and VOX_LABEL_SILENCE are None. */
mp_obj_t label_of(const model_object *model, int label);

/* Raises ValueError for a bare network. */
void require_hearing(const model_object *self);

/* Milliseconds from the first sample to the end of feature frame `frames` (1: the first), modulo 2^32. */
uint32_t milliseconds(const vox_model *model, uint32_t frames);

/* Zeroed memory on MicroPython's heap; raises MemoryError with `what` and the number of bytes. */
void *allocate(size_t bytes, const char *what);

/* An object of `type` whose struct has `bytes` bytes. */
void *object_new(size_t bytes, const mp_obj_full_type_t *type);

/* Before array_new. */
void array_init(void);

/* array.array(typecode) with a copy of a bytearray; typecode: MP_QSTR_h and so on. */
mp_obj_t array_of(qstr typecode, mp_obj_t bytearray);

/* The same with a copy of `bytes` bytes. */
mp_obj_t array_new(qstr typecode, const void *data, size_t bytes);

/* int16 samples or features: array('h'), or bytes of little-endian int16. Raises TypeError or ValueError. */
const int16_t *int16_buffer(mp_obj_t object, size_t *count);

typedef enum { VALUE_ERROR, TYPE_ERROR, MEMORY_ERROR } raised;

/* Raises the exception with a text made as printf does (%s, %c, %d, %u). */
void raise(raised kind, const char *format, ...);

/* Raises what a negative vox_status of vox_model_open means to the user. size: bytes handed over. */
void raise_open(int status, const uint8_t *data, size_t size);

#endif
