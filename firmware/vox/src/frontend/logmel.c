/* Log-mel frames: window, FFT, mel bands, logarithm. Nothing is remembered from frame to frame. */
#include "format/cold.h"
#include "frontend/check.h"
#include "frontend/fft.h"
#include "frontend/kind.h"
#include "frontend/mel.h"

static const vox_frontend_params *params_of(const uint8_t *section)
{
    return (const vox_frontend_params *)(const void *)section;
}

static VOX_COLD bool valid(const uint8_t *section, size_t size)
{
    return vox_check_mel(section, size, params_of(section)->bands);
}

static unsigned span(const uint8_t *section)
{
    return params_of(section)->window;
}

static size_t history_size(const uint8_t *section)
{
    (void)section;
    return 0;
}

static size_t scratch_size(const uint8_t *section)
{
    return sizeof(int32_t) * (params_of(section)->fft_size + 2u);
}

static int16_t frame(const vox_frontend *frontend, const int16_t *samples, int16_t *features)
{
    const vox_frontend_params *params = frontend->params;
    const vox_fft_plan fft = {frontend->window, frontend->twiddle, params->window, params->fft_size};
    const vox_mel_plan mel = {frontend->edges, frontend->rise, frontend->log_table, params->bands};
    const unsigned first = frontend->edges[0];
    const unsigned last = frontend->edges[params->bands + 1u] - 1u;
    const int scale = vox_fft_windowed(&fft, samples, first, last, frontend->spectrum);
    return vox_mel_features(&mel, frontend->spectrum, scale, features);
}

extern const vox_frontend_kind vox_frontend_logmel;
const vox_frontend_kind vox_frontend_logmel = {valid, span, history_size, scratch_size, frame};
