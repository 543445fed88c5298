/* The .vxm file, byte for byte. docs/model-format.md is the prose; these structs are read in place.
 *
 * One little-endian file, aligned to 8 bytes in memory: header, section table, sections (each at a multiple of 8).
 * All offsets are in bytes; those inside a section count from the start of that section. Reserved fields are zero.
 * vox_model_open() checks every field once; nothing is checked again while running.
 */
#ifndef VOX_MODEL_FORMAT_H
#define VOX_MODEL_FORMAT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VOX_MAGIC 0x314D5856u /* "VXM1" */
#define VOX_FORMAT_VERSION 1u
#define VOX_MAX_SECTIONS 16u
#define VOX_MAX_LABELS 96u
#define VOX_MAX_BANDS 128u
#define VOX_MIN_FFT 64u
#define VOX_MAX_FFT 4096u
#define VOX_MAX_TENSORS 256u
#define VOX_MAX_OPS 256u
#define VOX_MAX_FRAMES 1024u       /* of features in one analysis window */
#define VOX_MAX_HISTORY 64u        /* windows that stream aggregation looks back on */
#define VOX_MAX_LONG_FRAMES 16384u /* of features in one analysis window that is summarised by functionals */
#define VOX_MAX_SETS 64u           /* of accumulators: windows that overlap at any time */
#define VOX_MAX_FUNCTIONALS 2048u  /* values of one window */

/* ---- container -------------------------------------------------------------------------------------------- */

typedef struct {
    uint32_t magic;         /* VOX_MAGIC */
    uint16_t version;       /* VOX_FORMAT_VERSION */
    uint16_t section_count; /* 1..VOX_MAX_SECTIONS */
    uint32_t file_size;     /* whole file, a multiple of 8 */
    uint32_t crc;           /* CRC-32 (IEEE 802.3, reflected, as zlib) of all bytes from 16 to file_size */
} vox_header;               /* 16 bytes */

typedef struct {
    uint32_t tag;    /* VOX_SECTION_* */
    uint32_t offset; /* from the start of the file, a multiple of 8 */
    uint32_t size;   /* bytes, without the padding that follows */
    uint32_t reserved;
} vox_section; /* 16 bytes; the table follows the header, ordered by offset, no two sections overlap */

#define VOX_TAG(a, b, c, d) ((uint32_t)(a) | ((uint32_t)(b) << 8) | ((uint32_t)(c) << 16) | ((uint32_t)(d) << 24))
#define VOX_SECTION_META VOX_TAG('M', 'E', 'T', 'A') /* UTF-8 JSON: name, versions, hashes; the device ignores it */
#define VOX_SECTION_LABELS VOX_TAG('L', 'A', 'B', 'L')
#define VOX_SECTION_FRONTEND VOX_TAG('F', 'R', 'N', 'T')
#define VOX_SECTION_NORM VOX_TAG('N', 'O', 'R', 'M')
#define VOX_SECTION_PROGRAM VOX_TAG('P', 'R', 'O', 'G')
#define VOX_SECTION_WEIGHTS VOX_TAG('W', 'G', 'H', 'T')
#define VOX_SECTION_DECISION VOX_TAG('D', 'E', 'C', 'I')
#define VOX_SECTION_FUNCTIONALS VOX_TAG('F', 'U', 'N', 'C') /* optional, in a model that hears */
/* PROG and WGHT are always there. FRNT, NORM, LABL and DECI come together or not at all: without them the file is a
 * bare network (an imported .tflite) that runs on tensors, not on sound. */

/* ---- LABL ------------------------------------------------------------------------------------------------- */
/* uint16_t count (1..VOX_MAX_LABELS), uint16_t offset[count] of NUL-terminated UTF-8 strings (1..48 bytes each). */

/* ---- FRNT: front end ---------------------------------------------------------------------------------------- */

#define VOX_FRONTEND_LOGMEL 1u
#define VOX_FRONTEND_DESCRIPTORS 2u

typedef struct {
    uint16_t kind;        /* VOX_FRONTEND_* */
    uint16_t bands;       /* values in a feature frame, 1..VOX_MAX_BANDS; of log-mel also the mel bands */
    uint32_t sample_rate; /* Hz: 8000, 16000, 22050, 32000, 44100 or 48000 */
    uint16_t window;      /* samples under the taper, 16..fft_size; of log-mel all of a frame */
    uint16_t hop;         /* samples between frames, 1..window */
    uint16_t fft_size;    /* N, power of two, VOX_MIN_FFT..VOX_MAX_FFT */
    uint16_t reserved;
    uint32_t window_offset;  /* uint16_t[window]: analysis window, Q15, 0..32767 */
    uint32_t twiddle_offset; /* int16_t[2 * (3N/8 + 1)]: cos, sin of 2*pi*k/N for k = 0..3N/8, Q15, clipped to 32767 */
    uint32_t edges_offset;   /* uint16_t[mel bands + 2]: first FFT bin of each mel segment; the last entry ends them.
                                 strictly rising not required; non-decreasing, <= N/2 + 1 */
    uint32_t rise_offset; /* uint16_t[edges[last] - edges[0]]: rising weight of each bin in its segment, Q15 0..32768 */
    uint32_t log_offset;  /* uint16_t[33]: log2(1 + i/32) in Q16, the last entry 65535 */
    uint32_t reserved2;
} vox_frontend_params; /* 40 bytes */
/* Segment s (0..bands) lies between mel edge s and s + 1. Its bins rise into band s (s < bands) with weight r and
 * fall out of band s - 1 (s > 0) with weight 1 - r: triangles of peak 1, linear in Hz. */

/* Kind VOX_FRONTEND_DESCRIPTORS: vox_frontend_params, then this. A frame spans max(window, pitch_window) samples; the
 * window lies in the middle of it. What each value means, its unit and Q format: docs/features.md; how it is computed:
 * docs/numerics.md. */

/* What one value of a frame is. */
typedef struct {
    uint8_t code;  /* VOX_DESCRIPTOR_* */
    uint8_t index; /* as each code says, otherwise 0 */
} vox_descriptor;

#define VOX_DESCRIPTOR_LOGMEL 1u   /* index: mel band */
#define VOX_DESCRIPTOR_MFCC 2u     /* index: row of the DCT table */
#define VOX_DESCRIPTOR_SPECTRUM 3u /* index: group of bins */
#define VOX_DESCRIPTOR_DELTA 4u    /* index: place of an earlier value in the list */
#define VOX_DESCRIPTOR_LOUDNESS 5u
#define VOX_DESCRIPTOR_ENERGY 6u
#define VOX_DESCRIPTOR_ZERO_CROSSINGS 7u
#define VOX_DESCRIPTOR_CENTROID 8u
#define VOX_DESCRIPTOR_ROLL_OFF 9u /* index: percent of the energy, 1..99 */
#define VOX_DESCRIPTOR_FLUX 10u
#define VOX_DESCRIPTOR_ENTROPY 11u
#define VOX_DESCRIPTOR_SLOPE 12u /* index: 0 or 1, of `slopes` */
#define VOX_DESCRIPTOR_ALPHA_RATIO 13u
#define VOX_DESCRIPTOR_HAMMARBERG 14u
#define VOX_DESCRIPTOR_HARMONICITY 15u
#define VOX_DESCRIPTOR_F0 16u /* this and those below need a pitch window */
#define VOX_DESCRIPTOR_VOICING 17u
#define VOX_DESCRIPTOR_JITTER 18u
#define VOX_DESCRIPTOR_SHIMMER 19u
#define VOX_DESCRIPTOR_HNR 20u
#define VOX_DESCRIPTOR_FORMANT 21u /* index: 0..2; found in the window, of 15 ms at least */

#define VOX_MAX_PITCH_WINDOW 8192u
#define VOX_MAX_DELTA_SPAN 8u

#define VOX_GAIN_NOISE 1u /* noise reduction of the mel bands */
#define VOX_GAIN_PCAN 2u  /* per-channel gain of the mel bands */

/* FFT bins first .. end - 1; 0, 0 where nothing needs them, otherwise first < end <= N/2 + 1. */
typedef struct {
    uint16_t first;
    uint16_t end;
} vox_bin_range;

typedef struct {
    vox_bin_range bins;
    uint32_t weights_offset; /* int16_t[end - first]; their magnitudes add up to at most 65535 */
    uint16_t shift;          /* 1..24: value = sum of weight * (Q9 log2 power - 30 octaves), rounded, / 2^shift */
    uint16_t reserved;
} vox_slope_params; /* 12 bytes */

typedef struct {
    uint16_t flags;        /* VOX_GAIN_* */
    uint16_t noise_smooth; /* Q16, 1..65535: share of the new energy in the noise estimate */
    uint16_t noise_least;  /* Q16, 1..65535: share of the energy that is always left */
    uint16_t smooth;       /* Q16, 1..65535: share of the new energy in the smoothed one */
    uint16_t strength;     /* Q15, 0..32768: exponent of the smoothed energy */
    int16_t floor;         /* Q9 log2, 0..32767: least smoothed energy */
    int16_t offset;        /* Q9 log2, -8192..8191: what is added to the energy after the gain */
    uint16_t reserved;
} vox_gain_params; /* 16 bytes */

typedef struct {
    uint16_t mel_bands;       /* 1..VOX_MAX_BANDS */
    uint16_t pitch_window;    /* samples, 0 or window..VOX_MAX_PITCH_WINDOW */
    uint16_t coefficients;    /* rows of the DCT table, 0..VOX_MAX_BANDS */
    uint16_t mfcc_shift;      /* 1..24 */
    uint16_t delta_span;      /* frames on either side of a delta, 1..VOX_MAX_DELTA_SPAN; 0 where there are none */
    uint16_t spectrum_groups; /* groups of bins from spectrum.first, each of spectrum_step bins */
    uint16_t spectrum_step;   /* 0 where there are none */
    uint16_t compression;     /* Q15, 1..32768: exponent of loudness */
    uint32_t list_offset;     /* vox_descriptor[bands] */
    uint32_t dct_offset;      /* int16_t[coefficients][mel_bands]; the magnitudes of a row add up to at most 65535 */
    uint32_t lifter_offset;   /* uint16_t[coefficients]: Q8, 1..3072 */
    uint32_t loudness_offset; /* int16_t[mel_bands]: Q9 log2 weight of each band; 0 where there is no loudness */
    vox_slope_params slopes[2];
    vox_bin_range alpha[2];      /* denominator, numerator */
    vox_bin_range hammarberg[2]; /* numerator, denominator */
    vox_bin_range flux;
    vox_bin_range whole;    /* of centroid, roll-off, entropy, harmonicity */
    vox_bin_range spectrum; /* what the groups of bins lie in */
    uint32_t reserved;
    vox_gain_params gain;
    uint32_t reserved2[2];
} vox_descriptor_params; /* 112 bytes */

/* ---- FUNC: functionals, statistics of every feature over the analysis window -------------------------------- */

/* What is accumulated for a feature: the union of what its functionals need. */
#define VOX_GROUP_MOMENTS 1u   /* sum, sum of squares */
#define VOX_GROUP_EXTREMES 2u  /* lowest, highest */
#define VOX_GROUP_HISTOGRAM 4u /* VOX_HISTOGRAM_BINS counts */
#define VOX_GROUP_TREND 8u     /* sums over time and time * value */
#define VOX_GROUP_STEPS 16u    /* rises and falls from frame to frame */
#define VOX_GROUP_RUNS 32u     /* stretches of frames above 0, and the others */
#define VOX_GROUPS_ALL 63u
#define VOX_GROUP_VOICED 128u /* only frames in which the feature `voiced` is above 0 count */
#define VOX_HISTOGRAM_BINS 64u
#define VOX_NEVER_VOICED 0xFFFFu

/* Codes; docs/numerics.md, "Functionals", defines each. Units: those of the feature, unless said. */
#define VOX_FUNCTIONAL_MEAN 1u
#define VOX_FUNCTIONAL_STD 2u
#define VOX_FUNCTIONAL_CV 3u /* std / |mean|, Q12 */
#define VOX_FUNCTIONAL_MIN 4u
#define VOX_FUNCTIONAL_MAX 5u
#define VOX_FUNCTIONAL_RANGE 6u
#define VOX_FUNCTIONAL_PERCENTILE_20 7u
#define VOX_FUNCTIONAL_PERCENTILE_50 8u
#define VOX_FUNCTIONAL_PERCENTILE_80 9u
#define VOX_FUNCTIONAL_PERCENTILE_RANGE 10u /* 80 less 20 */
#define VOX_FUNCTIONAL_SLOPE 11u            /* of the regression line, a second */
#define VOX_FUNCTIONAL_RISE 12u             /* mean of all steps upwards, a tenth of a second */
#define VOX_FUNCTIONAL_FALL 13u             /* of all steps downwards, positive */
#define VOX_FUNCTIONAL_SEGMENTS 14u         /* stretches above 0, Q8 a second */
#define VOX_FUNCTIONAL_SEGMENT_MEAN 15u     /* their length, ms */
#define VOX_FUNCTIONAL_SEGMENT_STD 16u
#define VOX_FUNCTIONAL_GAP_MEAN 17u /* length of the stretches in between, and before and after, ms */
#define VOX_FUNCTIONAL_GAP_STD 18u
#define VOX_FUNCTIONAL_LAST 18u

typedef struct {
    uint16_t features;       /* equals the front end's bands */
    uint16_t count;          /* values of a window, 1..VOX_MAX_FUNCTIONALS */
    uint16_t voiced;         /* feature that is above 0 in voiced frames, or VOX_NEVER_VOICED */
    uint16_t frame_rate;     /* frames a second, Q4, at least 1: of the units above; for the writer to round */
    uint32_t list_offset;    /* vox_functional[count] */
    uint32_t feature_offset; /* vox_functional_feature[features] */
} vox_functionals_params;    /* 16 bytes */

typedef struct {
    uint8_t feature;
    uint8_t code; /* VOX_FUNCTIONAL_* */
} vox_functional;

typedef struct {
    int16_t low;          /* left edge of the histogram's first bin */
    uint8_t shift;        /* bins are 2^shift wide, 0..15 */
    uint8_t groups;       /* VOX_GROUP_* */
} vox_functional_feature; /* 4 bytes */

/* ---- NORM: from feature frames to the program's input tensor ----------------------------------------------- */

#define VOX_NORM_NONE 0u      /* f as it is */
#define VOX_NORM_MEAN 1u      /* less the mean over the analysis window, all frames and bands (floor of the quotient) */
#define VOX_NORM_BAND_MEAN 2u /* less the mean over the analysis window, band by band (floor of the quotient) */
#define VOX_NORM_RAW 3u       /* f as it is, into an S16 tensor: no tables */
#define VOX_NORM_SCALE 4u     /* f, with a shift for each band: uint8_t[bands], 0..30, behind the multipliers */

typedef struct {
    uint16_t mode;              /* VOX_NORM_* */
    uint16_t bands;             /* equals the front end's, or FUNC's count */
    uint16_t shift;             /* 0..30; 0 for RAW and SCALE */
    int16_t zero_point;         /* of the input tensor, -128..127; 0 for S16 */
    uint32_t offset_offset;     /* int16_t[bands]: subtracted, feature units */
    uint32_t multiplier_offset; /* int16_t[bands]: 1..32767 */
} vox_norm_params;              /* 16 bytes */
/* q = clamp(zero_point + ((f - offset[b]) * multiplier[b] + (1 << shift >> 1) >> shift), -128, 127); arithmetic shift.
 * |f - offset| <= 65535, so that the sum is taken in 64 bits, or in 32 after clamping f - offset to +-32767 (specified:
 * f - offset is clamped to -32768..32767 first). An S16 tensor is clamped to -32768..32767 instead. */

/* ---- PROG: tensors and ops ---------------------------------------------------------------------------------- */

typedef struct {
    uint16_t tensor_count;  /* 1..VOX_MAX_TENSORS */
    uint16_t op_count;      /* 0..VOX_MAX_OPS */
    uint16_t input;         /* tensor index */
    uint16_t output;        /* tensor index */
    uint32_t arena_size;    /* bytes, a multiple of 8; scratch of every op included */
    uint32_t tensor_offset; /* vox_tensor[tensor_count] */
    uint32_t op_offset;     /* op records, one after the other, each a multiple of 4 bytes */
    uint32_t op_bytes;      /* their total size */
} vox_program_params;       /* 24 bytes */

#define VOX_TYPE_S8 1u
#define VOX_TYPE_S16 2u
#define VOX_TYPE_S32 3u

typedef struct {
    uint8_t type; /* VOX_TYPE_* */
    uint8_t reserved[3];
    uint16_t dims[4];   /* batch (always 1), height, width, channels; each >= 1; unused leading ones are 1 */
    uint32_t offset;    /* in the arena, a multiple of 8 (16 for the widest vectors is not required) */
    int32_t zero_point; /* -128..127 for S8 */
    uint32_t scale;     /* IEEE 754 single, as bits; for the host only, the runtime never reads it */
} vox_tensor;           /* 24 bytes */

#define VOX_OP_CONV_2D 1u
#define VOX_OP_DEPTHWISE_2D 2u
#define VOX_OP_DENSE 3u
#define VOX_OP_MAX_POOL 4u
#define VOX_OP_AVERAGE_POOL 5u
#define VOX_OP_MEAN 6u /* global average as TFLite's MEAN computes it */
#define VOX_OP_SOFTMAX 7u
#define VOX_OP_RESHAPE 8u
#define VOX_OP_ADD 9u
#define VOX_OP_RELU 10u /* also relu6 and plain requantisation: activation limits say which */
/* On S16 and S32 tensors (classic/ops.h, trees/ops.h) */
#define VOX_OP_SCALE 16u
#define VOX_OP_TREES 17u
#define VOX_OP_LINEAR 18u
#define VOX_OP_RBF 19u
#define VOX_OP_VOTE 20u
#define VOX_OP_KNN 21u
#define VOX_OP_GAUSSIAN 22u
#define VOX_OP_LOG_SUM 23u
#define VOX_OP_SOFTMAX_32 24u
#define VOX_OP_SHARE 25u
#define VOX_OP_THRESHOLD 26u
#define VOX_OP_BINS 27u

/* Every op record starts with this; the op's own struct (nn/ops.h) follows in the same record. */
typedef struct {
    uint16_t code;   /* VOX_OP_* */
    uint16_t size;   /* bytes of the whole record, a multiple of 4 */
    uint16_t input;  /* tensor index */
    uint16_t output; /* tensor index */
} vox_op;

/* ---- DECI: windows, aggregation, gate, events ---------------------------------------------------------------- */

#define VOX_AGGREGATE_MEAN 0u /* mean of posteriors */
#define VOX_AGGREGATE_MAJORITY                                                                                         \
    1u /* share of windows won; ties go to the higher sum of posteriors, then the lower index */
#define VOX_AGGREGATE_EXPONENTIAL 2u /* streams only: s += (p - s) * alpha */

#define VOX_LABEL_BACKGROUND 1u /* never raises an event */

typedef struct {
    uint16_t window;            /* feature frames in an analysis window, 1..VOX_MAX_FRAMES (FUNC: _LONG_FRAMES) */
    uint16_t stride;            /* feature frames between windows, 1..window */
    uint16_t clip_mode;         /* VOX_AGGREGATE_MEAN or _MAJORITY over all windows of a clip */
    uint16_t stream_mode;       /* VOX_AGGREGATE_* */
    uint16_t history;           /* windows looked back on in a stream (mean, majority), 1..VOX_MAX_HISTORY */
    uint16_t alpha;             /* Q15, 1..32768 (exponential) */
    uint16_t threshold_on;      /* Q15: an event begins at or above */
    uint16_t threshold_off;     /* Q15: and ends below; <= threshold_on */
    uint16_t unknown_threshold; /* Q15: results whose best score is below are VOX_LABEL_UNKNOWN; 0 = never */
    int16_t
        gate_level; /* Q9 log2, as vox_frontend_level(): windows whose loudest frame is below are not run; 0 = no gate */
    uint16_t refractory;   /* feature frames after an event's begin in which no other begins */
    uint16_t label_count;  /* equals LABL's */
    uint32_t flags_offset; /* uint8_t[label_count]: VOX_LABEL_* */
    uint32_t reserved;
} vox_decision_params; /* 32 bytes */

#ifdef __cplusplus
}
#endif
#endif
