/* Errors as Python exceptions that say what is wrong and how to mend it. */
#include <stdarg.h>

#include "glue.h"

#define TEXT_BYTES 160

typedef struct {
    char bytes[TEXT_BYTES];
    size_t length;
} text_buffer;

static void append(void *data, const char *bytes, size_t length)
{
    text_buffer *text = data;
    for (size_t i = 0; i < length && text->length < TEXT_BYTES; ++i) {
        text->bytes[text->length++] = bytes[i];
    }
}

void raise(raised kind, const char *format, ...)
{
    text_buffer text;
    text.length = 0;
    const mp_print_t print = {&text, append};
    va_list arguments;
    va_start(arguments, format);
    mp_vprintf(&print, format, arguments);
    va_end(arguments);
    /* copied to the heap before the exception leaves this frame */
    mp_obj_t message = mp_obj_new_str(text.bytes, text.length);
    mp_obj_t type = kind == MEMORY_ERROR ? mp_load_global(MP_QSTR_MemoryError)
                    : kind == TYPE_ERROR ? mp_load_global(MP_QSTR_TypeError)
                                         : mp_load_global(MP_QSTR_ValueError);
    nlr_raise(mp_call_function_n_kw(type, 1, 0, &message));
}

static unsigned u16_at(const uint8_t *at)
{
    return (unsigned)at[0] | (unsigned)at[1] << 8;
}

void raise_open(int status, const uint8_t *data, size_t size)
{
    switch (status) {
    case VOX_ERR_ALIGNMENT:
        raise(VALUE_ERROR, "the model must begin at a multiple of 8 in memory, not %u past one",
              (unsigned)((uintptr_t)data & 7u));
        break;
    case VOX_ERR_MAGIC:
        raise(VALUE_ERROR, "not a .vxm model: %u bytes that do not begin with VXM1", (unsigned)size);
        break;
    case VOX_ERR_VERSION:
        raise(VALUE_ERROR, "the model is .vxm version %u, vox.mpy reads %u: export both again", u16_at(data + 4),
              VOX_FORMAT_VERSION);
        break;
    case VOX_ERR_TRUNCATED:
        raise(VALUE_ERROR, "the model is cut off after %u bytes: copy it again", (unsigned)size);
        break;
    case VOX_ERR_CRC:
        raise(VALUE_ERROR, "the model is damaged (checksum): copy it again");
        break;
    case VOX_ERR_UNSUPPORTED:
        raise(VALUE_ERROR, "vox.mpy lacks an operator or feature of the model: take the full or a newer one");
        break;
    default:
        raise(VALUE_ERROR, "the model is not sound (vox_status %d): export it again", status);
        break;
    }
}
