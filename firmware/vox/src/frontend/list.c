#include "frontend/list.h"

#include "format/cold.h"
#include "frontend/check.h"
#include "frontend/gain.h"
#include "frontend/spectral.h"
#include "frontend/voice.h"
#include "vox/status.h"

static const vox_frontend_params *params_of(const uint8_t *section)
{
    return (const vox_frontend_params *)(const void *)section;
}

uint32_t vox_descriptor_codes(const uint8_t *section)
{
    const vox_descriptor *list = vox_descriptor_list(section);
    uint32_t codes = 0;
    for (unsigned i = 0; i < params_of(section)->bands; i++) {
        codes |= VOX_NEEDS(list[i].code);
    }
    return codes;
}

static size_t multiple_of_4(size_t bytes)
{
    return (bytes + 3u) & ~(size_t)3u;
}

vox_descriptor_history vox_descriptor_layout(const uint8_t *section)
{
    const vox_descriptor_params *own = vox_descriptor_params_of(section);
    const vox_descriptor *list = vox_descriptor_list(section);
    unsigned deltas = 0;
    for (unsigned i = 0; i < params_of(section)->bands; i++) {
        deltas += list[i].code == VOX_DESCRIPTOR_DELTA ? 1u : 0u;
    }
    const bool flux = (vox_descriptor_codes(section) & VOX_NEEDS(VOX_DESCRIPTOR_FLUX)) != 0u;
    const unsigned bins = (unsigned)own->flux.end - own->flux.first;
    vox_descriptor_history at;
    at.flux = 0;
    at.gain = flux ? multiple_of_4(sizeof(vox_flux_state) + sizeof(uint16_t) * bins) : 0u;
    at.deltas = at.gain + vox_gain_state_size(&own->gain, own->mel_bands);
    at.voice = at.deltas + multiple_of_4(sizeof(int16_t) * (2u * own->delta_span + 1u) * deltas);
    return at;
}

static VOX_COLD bool range_valid(vox_bin_range range, unsigned bins, bool needed)
{
    return range.first < range.end ? range.end <= bins : !needed && range.first == 0u && range.end == 0u;
}

/* int16 of a table whose magnitudes add up to at most 65535. */
static VOX_COLD bool magnitudes_valid(const int16_t *values, unsigned count)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < count; i++) {
        const int32_t value = values[i];
        sum += (uint32_t)(value < 0 ? -value : value);
    }
    return sum <= 65535u; /* at most 2^12 values of 2^15 */
}

static VOX_COLD bool gain_valid(const vox_gain_params *gain)
{
    if (gain->flags > (VOX_GAIN_NOISE | VOX_GAIN_PCAN) || gain->reserved != 0u) {
        return false;
    }
    if ((gain->flags & VOX_GAIN_NOISE) != 0u && (gain->noise_smooth == 0u || gain->noise_least == 0u)) {
        return false;
    }
    return (gain->flags & VOX_GAIN_PCAN) == 0u || (gain->smooth != 0u && gain->strength <= 32768u && gain->floor >= 0 &&
                                                   gain->offset >= -8192 && gain->offset <= 8191);
}

static VOX_COLD bool list_valid(const uint8_t *section)
{
    const vox_descriptor_params *own = vox_descriptor_params_of(section);
    const vox_descriptor *list = vox_descriptor_list(section);
    for (unsigned i = 0; i < params_of(section)->bands; i++) {
        unsigned limit = 1; /* indices are below this */
        switch (list[i].code) {
        case VOX_DESCRIPTOR_LOGMEL:
            limit = own->mel_bands;
            break;
        case VOX_DESCRIPTOR_MFCC:
            limit = own->coefficients;
            break;
        case VOX_DESCRIPTOR_SPECTRUM:
            limit = own->spectrum_groups;
            break;
        case VOX_DESCRIPTOR_DELTA:
            limit = own->delta_span > 0u ? i : 0u;
            break;
        case VOX_DESCRIPTOR_ROLL_OFF:
            limit = list[i].index > 0u ? 100u : 0u;
            break;
        case VOX_DESCRIPTOR_FORMANT:
            limit = VOX_FORMANTS;
            break;
        case VOX_DESCRIPTOR_SLOPE:
            limit = 2u;
            if (list[i].index < limit && own->slopes[list[i].index].bins.end == 0u) {
                return false;
            }
            break;
        default:
            if (list[i].code > VOX_DESCRIPTOR_LAST || (VOX_NEEDS(list[i].code) & VOX_OF_ANY) == 0u) {
                return false;
            }
        }
        if (list[i].index >= limit) {
            return false;
        }
    }
    return true;
}

static VOX_COLD bool cepstrum_valid(const uint8_t *section, size_t size)
{
    const vox_descriptor_params *own = vox_descriptor_params_of(section);
    const unsigned rows = own->coefficients, bands = own->mel_bands;
    if (rows == 0u) {
        return true;
    }
    if (rows > VOX_MAX_BANDS || own->mfcc_shift < 1u || own->mfcc_shift > 24u ||
        !vox_check_table(own->dct_offset, 2u * rows * bands, size) ||
        !vox_check_table(own->lifter_offset, 2u * rows, size)) {
        return false;
    }
    const int16_t *dct = (const int16_t *)(const void *)(section + own->dct_offset);
    const uint16_t *lifter = (const uint16_t *)(const void *)(section + own->lifter_offset);
    for (unsigned i = 0; i < rows; i++) {
        if (!magnitudes_valid(dct + (size_t)i * bands, bands) || lifter[i] < 1u || lifter[i] > 3072u) {
            return false;
        }
    }
    return true;
}

static VOX_COLD bool ranges_valid(const uint8_t *section, size_t size, uint32_t codes)
{
    const vox_descriptor_params *own = vox_descriptor_params_of(section);
    const unsigned bins = params_of(section)->fft_size / 2u + 1u;
    for (unsigned i = 0; i < 2u; i++) {
        const vox_slope_params *slope = &own->slopes[i];
        const unsigned points = (unsigned)slope->bins.end - slope->bins.first;
        if (!range_valid(own->alpha[i], bins, (codes & VOX_NEEDS(VOX_DESCRIPTOR_ALPHA_RATIO)) != 0u) ||
            !range_valid(own->hammarberg[i], bins, (codes & VOX_NEEDS(VOX_DESCRIPTOR_HAMMARBERG)) != 0u) ||
            !range_valid(slope->bins, bins, false) || slope->reserved != 0u) {
            return false;
        }
        if (slope->bins.end > 0u &&
            (slope->shift < 1u || slope->shift > 24u || !vox_check_table(slope->weights_offset, 2u * points, size) ||
             !magnitudes_valid((const int16_t *)(const void *)(section + slope->weights_offset), points))) {
            return false;
        }
    }
    return range_valid(own->flux, bins, (codes & VOX_NEEDS(VOX_DESCRIPTOR_FLUX)) != 0u) &&
           range_valid(own->whole, bins, (codes & VOX_OF_THE_WHOLE) != 0u) &&
           range_valid(own->spectrum, bins, own->spectrum_groups > 0u) &&
           (uint32_t)own->spectrum_groups * own->spectrum_step <= (uint32_t)own->spectrum.end - own->spectrum.first &&
           (own->spectrum_groups == 0u || own->spectrum_step > 0u);
}

bool vox_descriptors_valid(const uint8_t *section, size_t size)
{
    const vox_frontend_params *params = params_of(section);
    if (size < sizeof *params + sizeof(vox_descriptor_params)) {
        return false;
    }
    const vox_descriptor_params *own = vox_descriptor_params_of(section);
    if (own->reserved != 0u || own->reserved2[0] != 0u || own->reserved2[1] != 0u || own->mel_bands < 1u ||
        own->mel_bands > VOX_MAX_BANDS || own->delta_span > VOX_MAX_DELTA_SPAN || own->compression < 1u ||
        own->compression > 32768u || own->pitch_window > VOX_MAX_PITCH_WINDOW ||
        (own->pitch_window != 0u && own->pitch_window < params->window) || !gain_valid(&own->gain) ||
        !vox_check_mel(section, size, own->mel_bands) || !vox_check_table(own->list_offset, 2u * params->bands, size) ||
        !list_valid(section)) {
        return false;
    }
    const uint32_t codes = vox_descriptor_codes(section);
    if ((codes & VOX_NEEDS(VOX_DESCRIPTOR_LOUDNESS)) != 0u &&
        !vox_check_table(own->loudness_offset, 2u * own->mel_bands, size)) {
        return false;
    }
    vox_voice voice;
    if (vox_voice_start(&voice, params, own, codes) != VOX_OK) {
        return false;
    }
    return cepstrum_valid(section, size) && ranges_valid(section, size, codes);
}
