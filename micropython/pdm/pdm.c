/* vox_pdm: what vox_audio.Pdm computes. The bits come as a PIO state machine shifts them in: 32-bit words, the oldest bit in
 * the top bit. */
#include "py/dynruntime.h"

#include "dc.h"
#include "pdm_filter.h"

typedef struct {
    rp2040_pdm_filter filter;
    rp2040_dc offset;
} converter;

/* The compiler calls these; MicroPython has them already. */
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

/* converter(rate) -> bytearray with the state: of 128 bits a sample below 16 kHz, else of 64. */
static mp_obj_t make_converter(mp_obj_t rate_in)
{
    const uint32_t rate = (uint32_t)mp_obj_get_int(rate_in);
    converter *self = m_malloc(sizeof *self);
    rp2040_pdm_filter_init(&self->filter, rate < 16000u ? 8u : 4u);
    rp2040_dc_init(&self->offset, rate);
    return mp_obj_new_bytearray_by_ref(sizeof *self, self);
}
static MP_DEFINE_CONST_FUN_OBJ_1(converter_obj, make_converter);

/* convert(converter, words, samples, shift): fills array('h') from as many bits, the microphone's offset removed, louder by
 * `shift` factors of two. Allocates nothing. */
static mp_obj_t convert(size_t n_args, const mp_obj_t *args)
{
    (void)n_args;
    mp_buffer_info_t state, words, samples;
    mp_get_buffer_raise(args[0], &state, MP_BUFFER_WRITE);
    mp_get_buffer_raise(args[1], &words, MP_BUFFER_READ);
    mp_get_buffer_raise(args[2], &samples, MP_BUFFER_WRITE);
    const uint32_t shift = (uint32_t)mp_obj_get_int(args[3]);
    converter *self = state.buf;
    if (state.len != sizeof *self) {
        mp_raise_ValueError("the first argument is not a vox_pdm.converter()");
    }
    const size_t step = self->filter.decimation / 2u, count = samples.len / sizeof(int16_t);
    if (words.len != count * step * sizeof(uint32_t) || ((uintptr_t)words.buf & 3u) != 0 ||
        ((uintptr_t)samples.buf & 1u) != 0 || shift > 15u) {
        mp_raise_ValueError("a sample takes 16 bytes of aligned bits below 16 kHz, else 8; the shift is 0 to 15");
    }
    const uint32_t *word = words.buf;
    int16_t *to = samples.buf;
    for (size_t i = 0; i < count; ++i, word += step) {
        const int32_t x = rp2040_pdm_filter_sample(&self->filter, word);
        to[i] = rp2040_saturate(rp2040_dc_remove(&self->offset, x), shift);
    }
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(convert_obj, 4, 4, convert);

mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args)
{
    (void)n_args;
    (void)n_kw;
    (void)args;
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_converter, MP_OBJ_FROM_PTR(&converter_obj));
    mp_store_global(MP_QSTR_convert, MP_OBJ_FROM_PTR(&convert_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
