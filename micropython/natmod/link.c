/* The serial link's frames, by the same C code as the host's: encode(), and Decoder for what arrives. */
#include "glue.h"

#include "vox/link.h"

typedef struct {
    mp_obj_base_t base;
    vox_link_decoder decoder;
} decoder_object;

VOX_ZEROED mp_obj_full_type_t vox_decoder_type;
VOX_ZEROED mp_map_elem_t vox_decoder_methods[1];

/* encode(type, sequence, payload) -> bytes on the wire. */
static mp_obj_t encode(mp_obj_t type_in, mp_obj_t sequence_in, mp_obj_t payload_in)
{
    mp_buffer_info_t payload;
    mp_get_buffer_raise(payload_in, &payload, MP_BUFFER_READ);
    if (payload.len > VOX_LINK_PAYLOAD) {
        raise(VALUE_ERROR, "a frame carries at most %u bytes, not %u", VOX_LINK_PAYLOAD, (unsigned)payload.len);
    }
    uint8_t wire[VOX_LINK_WIRE];
    const int length = vox_link_encode(wire, (uint8_t)mp_obj_get_int_truncated(type_in),
                                       (uint8_t)mp_obj_get_int_truncated(sequence_in), payload.buf, payload.len);
    return mp_obj_new_bytes(wire, (size_t)length);
}
static MP_DEFINE_CONST_FUN_OBJ_3(encode_obj, encode);

static mp_obj_t make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args)
{
    (void)type;
    (void)args;
    mp_arg_check_num(n_args, n_kw, 0, 0, false);
    decoder_object *self = object_new(sizeof *self, &vox_decoder_type);
    vox_link_init(&self->decoder);
    return MP_OBJ_FROM_PTR(self);
}

static void attribute(mp_obj_t self_in, qstr name, mp_obj_t *destination)
{
    const decoder_object *self = MP_OBJ_TO_PTR(self_in);
    if (destination[0] != MP_OBJ_NULL) {
        return;
    }
    if (name == MP_QSTR_frames) {
        destination[0] = mp_obj_new_int_from_uint(self->decoder.frames);
    } else if (name == MP_QSTR_errors) {
        destination[0] = mp_obj_new_int_from_uint(self->decoder.errors);
    } else {
        destination[1] = MP_OBJ_SENTINEL;
    }
}

/* push(data) -> list of (type, sequence, payload) for the good frames that end in it. */
static mp_obj_t push(mp_obj_t self_in, mp_obj_t data_in)
{
    decoder_object *self = MP_OBJ_TO_PTR(self_in);
    mp_buffer_info_t data;
    mp_get_buffer_raise(data_in, &data, MP_BUFFER_READ);
    mp_obj_t frames = mp_obj_new_list(0, NULL);
    for (size_t i = 0; i < data.len; ++i) {
        vox_link_frame frame;
        if (vox_link_decode(&self->decoder, ((const uint8_t *)data.buf)[i], &frame) == 1) {
            mp_obj_t items[3] = {MP_OBJ_NEW_SMALL_INT(frame.type), MP_OBJ_NEW_SMALL_INT(frame.sequence),
                                 mp_obj_new_bytes(frame.payload, frame.size)};
            mp_obj_list_append(frames, mp_obj_new_tuple(3, items));
        }
    }
    return frames;
}
static MP_DEFINE_CONST_FUN_OBJ_2(push_obj, push);

static MP_DEFINE_CONST_DICT(methods_dict, vox_decoder_methods);

void link_type_init(void)
{
    vox_decoder_methods[0] = (mp_map_elem_t){MP_OBJ_NEW_QSTR(MP_QSTR_push), MP_OBJ_FROM_PTR(&push_obj)};
    vox_decoder_type.base.type = &mp_type_type;
    vox_decoder_type.flags = MP_TYPE_FLAG_NONE;
    vox_decoder_type.name = MP_QSTR_Decoder;
    MP_OBJ_TYPE_SET_SLOT(&vox_decoder_type, make_new, make_new, 0);
    MP_OBJ_TYPE_SET_SLOT(&vox_decoder_type, attr, attribute, 1);
    MP_OBJ_TYPE_SET_SLOT(&vox_decoder_type, locals_dict, (void *)&methods_dict, 2);
    mp_store_global(MP_QSTR_Decoder, MP_OBJ_FROM_PTR(&vox_decoder_type));
    mp_store_global(MP_QSTR_encode, MP_OBJ_FROM_PTR(&encode_obj));
}
