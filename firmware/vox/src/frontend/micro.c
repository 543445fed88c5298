/* The micro front end: bands with their noise taken off and their gain evened out. The estimates of the noise are what is
 * remembered from frame to frame; they start at 0. */
#include <string.h>

#include "format/cold.h"
#include "frontend/check.h"
#include "frontend/kind.h"
#include "frontend/micro_bands.h"

static const vox_frontend_params *params_of(const uint8_t *section)
{
    return (const vox_frontend_params *)(const void *)section;
}

static const vox_micro_params *own_of(const uint8_t *section)
{
    return (const vox_micro_params *)(const void *)(section + sizeof(vox_frontend_params));
}

static const uint16_t *table_at(const uint8_t *section, uint32_t offset)
{
    return (const uint16_t *)(const void *)(section + offset);
}

static bool all_at_most(const uint16_t *values, unsigned count, unsigned most)
{
    unsigned i = 0;
    while (i < count && values[i] <= most) {
        i++;
    }
    return i == count;
}

/* Bins 0 and 256 are not computed. Weights and window are Q12. */
static VOX_COLD bool tables_valid(const uint8_t *section, size_t size)
{
    const vox_frontend_params *params = params_of(section);
    if (!vox_check_mel(section, size, params->bands)) {
        return false;
    }
    const uint16_t *edges = table_at(section, params->edges_offset);
    const unsigned first = edges[0], end = edges[params->bands + 1u];
    return first >= 1u && end <= VOX_MICRO_FFT / 2u &&
           all_at_most(table_at(section, params->rise_offset), end - first, 4096u) &&
           all_at_most(table_at(section, params->window_offset), params->window, 4096u);
}

static VOX_COLD bool valid(const uint8_t *section, size_t size)
{
    if (size < sizeof(vox_frontend_params) + sizeof(vox_micro_params)) {
        return false;
    }
    const vox_frontend_params *params = params_of(section);
    const vox_micro_params *own = own_of(section);
    return params->fft_size == VOX_MICRO_FFT && own->smoothing[0] <= 16384u && own->smoothing[1] <= 16384u &&
           own->least <= 16384u && own->reserved == 0u &&
           vox_check_table(own->gain_offset, 2u * VOX_MICRO_GAIN_ENTRIES, size) &&
           vox_check_table(own->log_offset, 2u * VOX_MICRO_LOG_ENTRIES, size) && tables_valid(section, size);
}

static unsigned span(const uint8_t *section)
{
    return params_of(section)->window;
}

static size_t history_size(const uint8_t *section)
{
    return sizeof(uint32_t) * params_of(section)->bands;
}

static size_t scratch_size(const uint8_t *section)
{
    (void)section;
    return sizeof(vox_micro_complex) * (VOX_MICRO_FFT / 2u);
}

static int16_t frame(const vox_frontend *frontend, const int16_t *samples, int16_t *features)
{
    const vox_frontend_params *params = frontend->params;
    const uint8_t *section = (const uint8_t *)(const void *)params;
    const vox_micro_params *own = own_of(section);
    const vox_micro_plan plan = {
        own,
        frontend->edges,
        frontend->rise,
        (const int16_t *)(const void *)(section + own->gain_offset),
        table_at(section, own->log_offset),
        frontend->log_table,
        params->bands,
    };
    uint32_t *noise = (void *)frontend->history;
    if (!frontend->warm) {
        memset(noise, 0, sizeof *noise * params->bands);
    }
    vox_micro_complex *z = (void *)frontend->spectrum;
    const unsigned shift = vox_micro_fft(samples, frontend->window, params->window, frontend->twiddle, z);
    return vox_micro_features(&plan, z, shift, noise, features);
}

extern const vox_frontend_kind vox_frontend_micro;
const vox_frontend_kind vox_frontend_micro = {valid, span, history_size, scratch_size, frame};
