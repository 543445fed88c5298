#include "vox/frontend.h"

#include <string.h>

#include "frontend/fft.h"
#include "frontend/mel.h"

static size_t multiple_of_8(size_t bytes)
{
    return (bytes + 7u) & ~(size_t)7u;
}

size_t vox_frontend_state_size(const uint8_t *section)
{
    const vox_frontend_params *params = (const vox_frontend_params *)(const void *)section;
    return multiple_of_8(sizeof(int16_t) * params->window);
}

size_t vox_frontend_scratch_size(const uint8_t *section)
{
    const vox_frontend_params *params = (const vox_frontend_params *)(const void *)section;
    return multiple_of_8(sizeof(int32_t) * (params->fft_size + 2u));
}

void vox_frontend_init(vox_frontend *frontend, const uint8_t *section, void *state, void *scratch)
{
    const vox_frontend_params *params = (const vox_frontend_params *)(const void *)section;
    frontend->params = params;
    frontend->window = (const uint16_t *)(const void *)(section + params->window_offset);
    frontend->twiddle = (const int16_t *)(const void *)(section + params->twiddle_offset);
    frontend->edges = (const uint16_t *)(const void *)(section + params->edges_offset);
    frontend->rise = (const uint16_t *)(const void *)(section + params->rise_offset);
    frontend->log_table = (const uint16_t *)(const void *)(section + params->log_offset);
    frontend->samples = state;
    frontend->spectrum = scratch;
    vox_frontend_reset(frontend);
}

void vox_frontend_reset(vox_frontend *frontend)
{
    frontend->filled = 0;
    frontend->level = 0;
}

int vox_frontend_push(vox_frontend *frontend, const int16_t *samples, size_t count, size_t *used, int16_t *features)
{
    const unsigned window = frontend->params->window;
    const unsigned hop = frontend->params->hop;
    if (frontend->filled == window) {
        /* The overlap is kept only now, so that the last frame's samples stay readable until more are pushed. */
        memmove(frontend->samples, frontend->samples + hop, sizeof(int16_t) * (window - hop));
        frontend->filled = (uint16_t)(window - hop);
    }
    const size_t missing = window - frontend->filled;
    const size_t taken = count < missing ? count : missing;
    if (taken > 0u) {
        memcpy(frontend->samples + frontend->filled, samples, sizeof(int16_t) * taken);
    }
    frontend->filled = (uint16_t)(frontend->filled + taken);
    *used = taken;
    if (frontend->filled < window) {
        return 0;
    }
    frontend->level = vox_frontend_frame(frontend, frontend->samples, features);
    return 1;
}

int16_t vox_frontend_frame(const vox_frontend *frontend, const int16_t *samples, int16_t *features)
{
    const vox_frontend_params *params = frontend->params;
    const vox_fft_plan fft = {frontend->window, frontend->twiddle, params->window, params->fft_size};
    const vox_mel_plan mel = {frontend->edges, frontend->rise, frontend->log_table, params->bands};
    const unsigned first = frontend->edges[0];
    const unsigned last = frontend->edges[params->bands + 1u] - 1u;
    const int scale = vox_fft_windowed(&fft, samples, first, last, frontend->spectrum);
    return vox_mel_features(&mel, frontend->spectrum, scale, features);
}
