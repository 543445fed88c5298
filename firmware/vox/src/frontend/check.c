#include "frontend/check.h"

#include "frontend/section.h"
#include "vox/frontend.h"

bool vox_check_table(uint32_t offset, uint32_t bytes, size_t size)
{
    return offset >= sizeof(vox_frontend_params) && offset % 4u == 0u && offset <= size && bytes <= size - offset;
}

static bool known_rate(uint32_t rate)
{
    static const uint32_t rates[] = {VOX_SAMPLE_RATES};
    for (unsigned i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        if (rate == rates[i]) {
            return true;
        }
    }
    return false;
}

static bool parameters_valid(const vox_frontend_params *params)
{
    return params->reserved == 0u && params->reserved2 == 0u && params->bands >= 1u && params->bands <= VOX_MAX_BANDS &&
           known_rate(params->sample_rate) && params->fft_size >= VOX_MIN_FFT && params->fft_size <= VOX_MAX_FFT &&
           (params->fft_size & (params->fft_size - 1u)) == 0u && params->window >= VOX_MIN_WINDOW &&
           params->window <= params->fft_size && params->hop >= 1u && params->hop <= params->window;
}

static bool all_at_most(const uint16_t *weights, unsigned count, unsigned most)
{
    for (unsigned i = 0; i < count; i++) {
        if (weights[i] > most) {
            return false;
        }
    }
    return true;
}

/* Rotations may lengthen a vector by 2^-15 at most: what the overflow bound of the FFT rests on. Negatives fit, too. */
static bool twiddles_valid(const int16_t *table, unsigned pairs)
{
    const uint32_t longest = (32768u + 1u) * (32768u + 1u);
    for (unsigned i = 0; i < pairs; i++) {
        const int32_t cosine = table[2u * i], sine = table[2u * i + 1u];
        if (cosine == INT16_MIN || sine == INT16_MIN ||
            (uint32_t)(cosine * cosine) + (uint32_t)(sine * sine) > longest) {
            return false;
        }
    }
    return true;
}

static bool non_decreasing(const uint16_t *values, unsigned count)
{
    for (unsigned i = 1; i < count; i++) {
        if (values[i] < values[i - 1u]) {
            return false;
        }
    }
    return true;
}

bool vox_check_common(const uint8_t *section, size_t size)
{
    if (size < sizeof(vox_frontend_params)) {
        return false;
    }
    const vox_frontend_params *params = (const vox_frontend_params *)(const void *)section;
    if (!parameters_valid(params)) {
        return false;
    }
    const unsigned pairs = vox_twiddle_pairs(params->fft_size);
    return vox_check_table(params->window_offset, 2u * (uint32_t)params->window, size) &&
           vox_check_table(params->twiddle_offset, 4u * pairs, size) &&
           vox_check_table(params->log_offset, 2u * VOX_LOG_TABLE_ENTRIES, size) &&
           all_at_most((const uint16_t *)(const void *)(section + params->window_offset), params->window, 32767u) &&
           twiddles_valid((const int16_t *)(const void *)(section + params->twiddle_offset), pairs) &&
           non_decreasing((const uint16_t *)(const void *)(section + params->log_offset), VOX_LOG_TABLE_ENTRIES);
}

bool vox_check_mel(const uint8_t *section, size_t size, unsigned bands)
{
    const vox_frontend_params *params = (const vox_frontend_params *)(const void *)section;
    const unsigned edge_count = bands + 2u;
    if (!vox_check_table(params->edges_offset, 2u * edge_count, size)) {
        return false;
    }
    const uint16_t *edges = (const uint16_t *)(const void *)(section + params->edges_offset);
    if (!non_decreasing(edges, edge_count) || edges[edge_count - 1u] > params->fft_size / 2u + 1u ||
        edges[edge_count - 1u] == edges[0]) {
        return false;
    }
    const unsigned bins = (unsigned)edges[edge_count - 1u] - edges[0];
    return vox_check_table(params->rise_offset, 2u * bins, size) &&
           all_at_most((const uint16_t *)(const void *)(section + params->rise_offset), bins, 32768u);
}
