/* Frames made of a list of descriptors. Only what the list names is computed. */
#include "frontend/cepstrum.h"
#include "frontend/curves.h"
#include "frontend/delta.h"
#include "frontend/fft.h"
#include "frontend/gain.h"
#include "frontend/kind.h"
#include "frontend/list.h"
#include "frontend/loudness.h"
#include "frontend/mel.h"
#include "frontend/spectral.h"
#include "frontend/voice.h"
#include "frontend/waveform.h"

/* What a frame's descriptors are read from. */
typedef struct {
    const uint8_t *section;
    const vox_frontend_params *params;
    const vox_descriptor_params *own;
    const int16_t *samples; /* [window] */
    const int16_t *logmel;  /* [mel_bands] */
    vox_power_spectrum power;
    vox_spectral_centre centre;
    int16_t flux;
    vox_voice_frame voice;
} sources;

static const vox_frontend_params *params_of(const uint8_t *section)
{
    return (const vox_frontend_params *)(const void *)section;
}

static unsigned span(const uint8_t *section)
{
    const unsigned window = params_of(section)->window, pitch = vox_descriptor_params_of(section)->pitch_window;
    return pitch > window ? pitch : window;
}

static size_t history_size(const uint8_t *section)
{
    const uint32_t codes = vox_descriptor_codes(section);
    vox_voice plans;
    (void)vox_voice_start(&plans, params_of(section), vox_descriptor_params_of(section), codes);
    return vox_descriptor_layout(section).voice +
           ((codes & VOX_OF_THE_VOICE) != 0u ? vox_voice_size(&plans, codes) : 0u);
}

static size_t spectrum_size(const uint8_t *section)
{
    return sizeof(int32_t) * (params_of(section)->fft_size + 2u);
}

static size_t scratch_size(const uint8_t *section)
{
    const vox_descriptor_params *own = vox_descriptor_params_of(section);
    const uint32_t codes = vox_descriptor_codes(section);
    const size_t size = spectrum_size(section) + sizeof(int16_t) * own->mel_bands;
    vox_voice plans;
    (void)vox_voice_start(&plans, params_of(section), own, codes);
    const size_t voice = vox_voice_scratch_size(&plans, codes);
    return voice > size ? voice : size;
}

static unsigned least_end(unsigned end, vox_bin_range range)
{
    return range.end > end ? range.end : end;
}

/* Bins 0..result - 1 are needed; 0 if only mel bands are. */
static unsigned bins_needed(const vox_descriptor_params *own, uint32_t codes)
{
    unsigned end = 0;
    if ((codes & VOX_OF_THE_WHOLE) != 0u) {
        end = own->whole.end;
    }
    if ((codes & VOX_NEEDS(VOX_DESCRIPTOR_SPECTRUM)) != 0u) {
        end = least_end(end, own->spectrum);
    }
    if ((codes & VOX_NEEDS(VOX_DESCRIPTOR_FLUX)) != 0u) {
        end = least_end(end, own->flux);
    }
    for (unsigned i = 0; i < 2u; i++) {
        if ((codes & VOX_NEEDS(VOX_DESCRIPTOR_SLOPE)) != 0u) {
            end = least_end(end, own->slopes[i].bins);
        }
        if ((codes & VOX_NEEDS(VOX_DESCRIPTOR_ALPHA_RATIO)) != 0u) {
            end = least_end(end, own->alpha[i]);
        }
        if ((codes & VOX_NEEDS(VOX_DESCRIPTOR_HAMMARBERG)) != 0u) {
            end = least_end(end, own->hammarberg[i]);
        }
    }
    return end;
}

static const int16_t *table_at(const sources *from, uint32_t offset)
{
    return (const int16_t *)(const void *)(from->section + offset);
}

static int16_t logmel(const sources *from, unsigned index)
{
    return from->logmel[index];
}

static int16_t mfcc(const sources *from, unsigned index)
{
    const unsigned bands = from->own->mel_bands;
    const int16_t *dct = table_at(from, from->own->dct_offset);
    const uint16_t *lifter = (const uint16_t *)table_at(from, from->own->lifter_offset);
    return vox_cepstrum(dct + (size_t)index * bands, from->logmel, bands, lifter[index], from->own->mfcc_shift);
}

static int16_t group(const sources *from, unsigned index)
{
    const unsigned step = from->own->spectrum_step, first = from->own->spectrum.first + index * step;
    const vox_bin_range bins = {(uint16_t)first, (uint16_t)(first + step)};
    const int32_t log = vox_power_log2(&from->power, vox_power_sum(&from->power, bins));
    return vox_limit((log + 64) >> 7);
}

static int16_t loudness(const sources *from, unsigned index)
{
    (void)index;
    return vox_loudness(from->logmel, table_at(from, from->own->loudness_offset), from->own->mel_bands,
                        from->own->compression);
}

static int16_t energy(const sources *from, unsigned index)
{
    (void)index;
    return vox_energy_of(from->samples, from->params->window);
}

static int16_t zero_crossings(const sources *from, unsigned index)
{
    (void)index;
    return vox_zero_crossings(from->samples, from->params->window);
}

static int16_t centroid(const sources *from, unsigned index)
{
    (void)index;
    /* Q16 of half the rate */
    return vox_limit((int32_t)(((from->centre.mean >> 4) * from->params->sample_rate + 65536u) >> 17));
}

static int16_t roll_off(const sources *from, unsigned index)
{
    const unsigned bin = vox_roll_off(&from->power, from->own->whole, from->centre.energy, index);
    const uint32_t size = from->params->fft_size;
    return vox_limit((int32_t)((bin * from->params->sample_rate + size / 2u) / size)); /* Hz, rounded */
}

static int16_t flux(const sources *from, unsigned index)
{
    (void)index;
    return from->flux;
}

static int16_t entropy(const sources *from, unsigned index)
{
    (void)index;
    return vox_spectral_entropy(&from->power, from->own->whole, from->centre.energy);
}

static int16_t slope(const sources *from, unsigned index)
{
    const vox_slope_params *params = &from->own->slopes[index];
    return vox_spectral_slope(&from->power, params, table_at(from, params->weights_offset));
}

static int16_t alpha_ratio(const sources *from, unsigned index)
{
    (void)index;
    return vox_range_ratio(&from->power, from->own->alpha[1], from->own->alpha[0]);
}

static int16_t hammarberg(const sources *from, unsigned index)
{
    (void)index;
    return vox_peak_ratio(&from->power, from->own->hammarberg[0], from->own->hammarberg[1]);
}

static int16_t harmonicity(const sources *from, unsigned index)
{
    (void)index;
    return vox_harmonicity(&from->power, from->own->whole, from->centre.energy);
}

static int16_t flatness(const sources *from, unsigned index)
{
    (void)index;
    return vox_flatness(&from->power, from->own->whole, from->centre.energy);
}

static int16_t f0(const sources *from, unsigned index)
{
    (void)index;
    return from->voice.pitch.semitones;
}

static int16_t voicing(const sources *from, unsigned index)
{
    (void)index;
    return from->voice.pitch.voicing;
}

static int16_t jitter(const sources *from, unsigned index)
{
    (void)index;
    return from->voice.quality.jitter;
}

static int16_t shimmer(const sources *from, unsigned index)
{
    (void)index;
    return from->voice.quality.shimmer;
}

static int16_t hnr(const sources *from, unsigned index)
{
    (void)index;
    return from->voice.quality.hnr;
}

static int16_t formant(const sources *from, unsigned index)
{
    return from->voice.formants[index];
}

/* All but DELTA, which is made of other values. */
static int16_t (*const descriptor_values[VOX_DESCRIPTOR_LAST + 1u])(const sources *from, unsigned index) = {
    [VOX_DESCRIPTOR_LOGMEL] = logmel,
    [VOX_DESCRIPTOR_MFCC] = mfcc,
    [VOX_DESCRIPTOR_SPECTRUM] = group,
    [VOX_DESCRIPTOR_LOUDNESS] = loudness,
    [VOX_DESCRIPTOR_ENERGY] = energy,
    [VOX_DESCRIPTOR_ZERO_CROSSINGS] = zero_crossings,
    [VOX_DESCRIPTOR_CENTROID] = centroid,
    [VOX_DESCRIPTOR_ROLL_OFF] = roll_off,
    [VOX_DESCRIPTOR_FLUX] = flux,
    [VOX_DESCRIPTOR_ENTROPY] = entropy,
    [VOX_DESCRIPTOR_SLOPE] = slope,
    [VOX_DESCRIPTOR_ALPHA_RATIO] = alpha_ratio,
    [VOX_DESCRIPTOR_HAMMARBERG] = hammarberg,
    [VOX_DESCRIPTOR_HARMONICITY] = harmonicity,
    [VOX_DESCRIPTOR_FLATNESS] = flatness,
    [VOX_DESCRIPTOR_F0] = f0,
    [VOX_DESCRIPTOR_VOICING] = voicing,
    [VOX_DESCRIPTOR_JITTER] = jitter,
    [VOX_DESCRIPTOR_SHIMMER] = shimmer,
    [VOX_DESCRIPTOR_HNR] = hnr,
    [VOX_DESCRIPTOR_FORMANT] = formant,
};

static void read_list(const vox_frontend *frontend, const sources *from, int16_t *deltas, int16_t *features)
{
    const vox_descriptor *list = vox_descriptor_list(from->section);
    const unsigned span_of_delta = from->own->delta_span;
    for (unsigned i = 0; i < from->params->bands; i++) {
        const unsigned code = list[i].code, index = list[i].index;
        if (code == VOX_DESCRIPTOR_DELTA) {
            features[i] = vox_delta(deltas, span_of_delta, frontend->warm, features[index]);
            deltas += 2u * span_of_delta + 1u;
        } else {
            features[i] = descriptor_values[code](from, index);
        }
    }
}

static int16_t frame(const vox_frontend *frontend, const int16_t *samples, int16_t *features)
{
    const vox_frontend_params *params = frontend->params;
    const uint8_t *section = (const uint8_t *)(const void *)params;
    const vox_descriptor_params *own = vox_descriptor_params_of(section);
    const vox_fft_plan fft = {frontend->window, frontend->twiddle, params->window, params->fft_size};
    const vox_mel_plan mel = {frontend->edges, frontend->rise, frontend->log_table, own->mel_bands};
    const uint32_t codes = vox_descriptor_codes(section);
    const unsigned bins = bins_needed(own, codes);
    unsigned first = frontend->edges[0], end = frontend->edges[own->mel_bands + 1u];
    if (bins > 0u) {
        first = 0;
        end = end > bins ? end : bins;
    }
    int32_t *spectrum = frontend->spectrum;
    int16_t *logmel = (int16_t *)(void *)((uint8_t *)spectrum + spectrum_size(section));
    sources from = {0};
    from.section = section;
    from.params = params;
    from.own = own;
    from.samples = samples + (frontend->span - params->window) / 2u;
    from.logmel = logmel;
    const vox_descriptor_history at = vox_descriptor_layout(section);
    if ((codes & VOX_OF_THE_VOICE) != 0u) { /* before the spectrum, whose memory it works in */
        vox_voice *voice = (vox_voice *)(void *)(frontend->history + at.voice);
        if (!frontend->warm) {
            (void)vox_voice_start(voice, params, own, codes);
        }
        vox_voice_find(voice, codes, samples, (frontend->span - params->window) / 2u, spectrum, &from.voice);
    }
    const int scale = vox_fft_windowed(&fft, from.samples, first, end - 1u, spectrum);
    const int16_t level = vox_mel_features(&mel, spectrum, scale, logmel);
    if (own->gain.flags != 0u) {
        int32_t *gain = (int32_t *)(void *)(frontend->history + at.gain);
        vox_gain(&own->gain, own->mel_bands, frontend->warm, gain, logmel);
    }
    if ((codes & VOX_OF_THE_SPECTRUM) != 0u) {
        from.power = vox_power_make(spectrum, bins, scale);
    }
    if ((codes & VOX_OF_THE_WHOLE) != 0u) {
        from.centre = vox_centre(&from.power, own->whole, params->fft_size / 2u);
    }
    if ((codes & VOX_NEEDS(VOX_DESCRIPTOR_FLUX)) != 0u) { /* takes the frame in */
        from.flux = vox_flux(&from.power, own->flux, frontend->warm, (void *)(frontend->history + at.flux));
    }
    read_list(frontend, &from, (void *)(frontend->history + at.deltas), features);
    return level;
}

extern const vox_frontend_kind vox_frontend_descriptors;
const vox_frontend_kind vox_frontend_descriptors = {vox_descriptors_valid, span, history_size, scratch_size, frame};
