/* The .vxm file, byte for byte. docs/model-format.md is the prose; these structs are read in place.
 *
 * One little-endian file, aligned to 8 bytes in memory: header, section table, sections (each at a multiple of 8). All
 * offsets are in bytes; those inside a section count from the start of that section. Reserved fields are zero.
 * vox_model_open() checks every field once; nothing is checked again while running.
 *
 * Signed files. docs/model-format.md, "Signed files", is the prose.
 *
 * Generated from firmware/vox/spec by tools/generate_spec.py: change those files, not this one.
 */
#ifndef VOX_MODEL_FORMAT_H
#define VOX_MODEL_FORMAT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VOX_MAGIC 0x314D5856u /* the bytes VXM1 */
#define VOX_FORMAT_VERSION 1u
#define VOX_CASCADE_VERSION 2u /* of files with a WAKE section, and of no others */
#define VOX_MAX_STAGES 4u      /* of a cascade, the last one and those that wake it */
#define VOX_ALIGNMENT 8u       /* of the file, of every section and of every tensor, in bytes */
#define VOX_MAX_SECTIONS 16u
#define VOX_MAX_LABELS 96u
#define VOX_MAX_LABEL_BYTES 48u /* of UTF-8, without the NUL */
#define VOX_MAX_BANDS 128u      /* values in a feature frame, and mel bands */
/* log-mel is log2 of energy in Q9: 512 is a doubling (3.01 dB), 0 is the floor (energy <= 1) */
#define VOX_FEATURE_Q 9
#define VOX_MIN_WINDOW 16u /* samples under the taper */
#define VOX_MIN_FFT 64u
#define VOX_MAX_FFT 4096u
#define VOX_MAX_TENSORS 1024u
#define VOX_MAX_OPS 1024u
#define VOX_MAX_ARENA (1u << 24)     /* bytes */
#define VOX_MAX_OP_WORK (1u << 25)   /* of one operator: so long a device does not look at its link */
#define VOX_MAX_WORK (1u << 28)      /* of one inference */
#define VOX_MAX_WORK_RATE (1u << 30) /* of a second of sound, through all of the model */
#define VOX_MAX_FRAMES 1024u         /* of features in one analysis window */
#define VOX_MAX_HISTORY 64u          /* windows that stream aggregation looks back on */
#define VOX_MAX_LONG_FRAMES 16384u   /* of features in one analysis window that is summarised by functionals */
#define VOX_MAX_SETS 64u             /* of accumulators: windows that overlap at any time */
#define VOX_MAX_FUNCTIONALS 2048u    /* values of one window */

#define VOX_WORK_OF_OP 64u       /* an operator, beside what its own check says */
#define VOX_WORK_OF_RESULT 16u   /* a value of an operator's output that is rescaled */
#define VOX_WORK_OF_SAMPLE 8u    /* a sample that a feature frame spans */
#define VOX_WORK_OF_SPECTRUM 16u /* 4 bytes of the front end's scratch */
#define VOX_WORK_OF_VALUE 64u    /* a value of a feature frame */
/* a value of a feature frame, for each window that overlaps, where there are functionals */
#define VOX_WORK_OF_SET 16u
#define VOX_WORK_OF_FUNCTIONAL 64u /* values that a functional counts as */
#define VOX_WORK_OF_NORM 4u        /* a value that is normalised */
#define VOX_WORK_OF_LOOK 2u        /* a look at a posterior */

/* ---- container --------------------------------------------------------------------------------------------------- */

typedef struct {
    uint32_t magic;         /* VOX_MAGIC */
    uint16_t version;       /* VOX_FORMAT_VERSION */
    uint16_t section_count; /* 1..VOX_MAX_SECTIONS */
    uint32_t file_size;     /* whole file, a multiple of 8. Bytes behind it are not looked at */
    uint32_t crc;           /* CRC-32 (IEEE 802.3, reflected, as in zlib) of all bytes from 16 to file_size; also the
                               model's identity */
} vox_header;               /* 16 bytes */

/* An entry of the table that follows the header, ordered by offset. No two sections overlap, and no tag occurs
 * twice. */
typedef struct {
    uint32_t tag;    /* VOX_SECTION_*: four ASCII letters, the first in the lowest byte */
    uint32_t offset; /* from the start of the file, a multiple of 8 */
    uint32_t size;   /* bytes, without the padding to the next multiple of 8 */
    uint32_t reserved;
} vox_section; /* 16 bytes */

#define VOX_TAG(a, b, c, d) ((uint32_t)(a) | ((uint32_t)(b) << 8) | ((uint32_t)(c) << 16) | ((uint32_t)(d) << 24))
/* UTF-8 JSON: name, versions, hashes of what it was trained from */
#define VOX_SECTION_META VOX_TAG('M', 'E', 'T', 'A')
#define VOX_SECTION_LABELS VOX_TAG('L', 'A', 'B', 'L')   /* labels */
#define VOX_SECTION_FRONTEND VOX_TAG('F', 'R', 'N', 'T') /* front end */
#define VOX_SECTION_NORM VOX_TAG('N', 'O', 'R', 'M')     /* from features, or functionals, to the network's input */
#define VOX_SECTION_PROGRAM VOX_TAG('P', 'R', 'O', 'G')  /* tensors and operators */
#define VOX_SECTION_WEIGHTS VOX_TAG('W', 'G', 'H', 'T')  /* weights, biases, requantisation tables */
#define VOX_SECTION_DECISION VOX_TAG('D', 'E', 'C', 'I') /* windows, aggregation, gate, events */
/* functionals: statistics of the features over the window */
#define VOX_SECTION_FUNCTIONALS VOX_TAG('F', 'U', 'N', 'C')
#define VOX_SECTION_WAKE VOX_TAG('W', 'A', 'K', 'E') /* cascades: what wakes the program */

/* PROG and WGHT are always there. FRNT, NORM, LABL and DECI come together or not at all: without them the file is a
 * bare network (an imported .tflite) that runs on tensors, not on sound. FUNC stands only beside them. */

/* ---- LABL -------------------------------------------------------------------------------------------------------- */

/* LABL begins with this. A label is 1..VOX_MAX_LABEL_BYTES bytes of UTF-8 and a NUL inside the section. */
typedef struct {
    uint16_t count; /* 1..VOX_MAX_LABELS. uint16_t[count] follow: offset of each label from the start of the section */
} vox_labels;       /* 2 bytes */

/* ---- FRNT: front end --------------------------------------------------------------------------------------------- */

#define VOX_FRONTEND_LOGMEL 1u      /* log-mel bands */
#define VOX_FRONTEND_DESCRIPTORS 2u /* a list of descriptors */
/* bands with noise reduction and automatic gain, as TensorFlow Lite Micro's front end computes them */
#define VOX_FRONTEND_MICRO 3u

/* Hz */
#define VOX_SAMPLE_RATES 8000u, 16000u, 22050u, 32000u, 44100u, 48000u

#define VOX_LOG_TABLE_ENTRIES 33u
#define VOX_MICRO_GAIN_ENTRIES 95u
#define VOX_MICRO_LOG_ENTRIES 129u

typedef struct {
    uint16_t kind;        /* VOX_FRONTEND_* */
    uint16_t bands;       /* values in a feature frame, 1..VOX_MAX_BANDS; of log-mel also the mel bands */
    uint32_t sample_rate; /* Hz: one of VOX_SAMPLE_RATES */
    uint16_t window;      /* samples under the taper, VOX_MIN_WINDOW..fft_size; of log-mel all of a frame */
    uint16_t hop;         /* samples between frames, 1..window */
    uint16_t fft_size;    /* N: a power of two, VOX_MIN_FFT..VOX_MAX_FFT */
    uint16_t reserved;
    uint32_t window_offset;  /* uint16_t[window]: the taper, Q15, 0..32767 */
    uint32_t twiddle_offset; /* int16_t[2 (3N/8 + 1)]: cos and sin of 2 pi k / N for k = 0..3N/8, Q15, 1 clipped to
                                32767 */
    uint32_t edges_offset;   /* uint16_t[mel bands + 2]: first FFT bin of each mel segment, non-decreasing, <= N/2 +
                                1; the last entry ends the last one */
    uint32_t rise_offset;    /* uint16_t[last edge - edges[0]]: rising weight of every bin in its segment, Q15,
                                0..32768 */
    uint32_t log_offset;     /* uint16_t[VOX_LOG_TABLE_ENTRIES]: log2(1 + i/32) in Q16, the last 65535 */
    uint32_t reserved2;
} vox_frontend_params; /* 40 bytes */
/* Segment s (0..bands) lies between mel edge s and s + 1. Its bins rise into band s (s < bands) with weight r and fall
 * out of band s - 1 (s > 0) with weight 1 - r: triangles of peak 1, linear in Hz. */

/* Kind VOX_FRONTEND_DESCRIPTORS: vox_frontend_params, then vox_descriptor_params. A frame spans max(window,
 * pitch_window) samples; the window lies in the middle of it. What each value means, its unit and Q format:
 * docs/features.md; how it is computed: docs/numerics.md. */

/* Kind VOX_FRONTEND_MICRO: vox_frontend_params, then this. fft_size is 512; the taper is Q12, 0..4096; twiddles have
 * 32767 for 1; mel edges lie in 1..256; rising weights are Q12, 0..4096, falling ones 4096 less them; log_offset's
 * table is the level's. */
typedef struct {
    uint16_t smoothing[2]; /* Q14, 0..16384: share of a frame in the noise estimate of even, and of odd bands */
    uint16_t least;        /* Q14, 0..16384: share of a band that noise reduction always leaves */
    uint16_t reserved;
    uint32_t gain_offset; /* int16_t[VOX_MICRO_GAIN_ENTRIES]: gain at noise 0 and 1, then of each octave from 2 to
                             2^32 of the noise three coefficients a, b, c: a + ((((c f >> 5) + 32 b) f + 2^14) >>
                             15), f: Q10 place in the octave */
    uint32_t log_offset;  /* uint16_t[VOX_MICRO_LOG_ENTRIES]: 65536 (log2(1 + i / 128) - i / 128) */
} vox_micro_params;       /* 16 bytes */

/* What one value of a frame is. */
typedef struct {
    uint8_t code;  /* VOX_DESCRIPTOR_* */
    uint8_t index; /* as each code says, otherwise 0 */
} vox_descriptor;  /* 2 bytes */

#define VOX_DESCRIPTOR_LOGMEL 1u   /* log-mel; index: mel band */
#define VOX_DESCRIPTOR_MFCC 2u     /* index: row of the DCT table */
#define VOX_DESCRIPTOR_SPECTRUM 3u /* log power of a group of bins; index: group */
#define VOX_DESCRIPTOR_DELTA 4u    /* change; index: place of an earlier value in the list */
#define VOX_DESCRIPTOR_LOUDNESS 5u
#define VOX_DESCRIPTOR_ENERGY 6u
#define VOX_DESCRIPTOR_ZERO_CROSSINGS 7u
#define VOX_DESCRIPTOR_CENTROID 8u
#define VOX_DESCRIPTOR_ROLL_OFF 9u /* roll-off; index: percent of the energy, 1..99 */
#define VOX_DESCRIPTOR_FLUX 10u
#define VOX_DESCRIPTOR_ENTROPY 11u
#define VOX_DESCRIPTOR_SLOPE 12u /* index: 0 or 1, of slopes */
#define VOX_DESCRIPTOR_ALPHA_RATIO 13u
#define VOX_DESCRIPTOR_HAMMARBERG 14u /* Hammarberg index */
#define VOX_DESCRIPTOR_HARMONICITY 15u
#define VOX_DESCRIPTOR_F0 16u /* F0; this and the next four need a pitch window of 30 to 100 ms */
#define VOX_DESCRIPTOR_VOICING 17u
#define VOX_DESCRIPTOR_JITTER 18u
#define VOX_DESCRIPTOR_SHIMMER 19u
#define VOX_DESCRIPTOR_HNR 20u     /* harmonics-to-noise ratio */
#define VOX_DESCRIPTOR_FORMANT 21u /* formant, found in the window, of 15 to 60 ms; index: 0..2 */
#define VOX_DESCRIPTOR_FLATNESS 22u
#define VOX_DESCRIPTOR_LAST 22u

#define VOX_MAX_PITCH_WINDOW 8192u /* samples */
#define VOX_MAX_DELTA_SPAN 8u      /* frames */
#define VOX_MAX_WEIGHT_SUM 65535u  /* of the magnitudes of a row of weights */
#define VOX_MAX_WEIGHT_SHIFT 24u   /* fraction bits of weights */
#define VOX_MAX_LIFTER 3072u       /* Q8 */
#define VOX_MAX_GAIN_OFFSET 8192u  /* Q9 log2 */

#define VOX_GAIN_NOISE 1u /* noise reduction of the mel bands */
#define VOX_GAIN_PCAN 2u  /* per-channel gain of the mel bands */

/* FFT bins first .. end - 1; 0, 0 where nothing needs them, otherwise first < end <= N/2 + 1. */
typedef struct {
    uint16_t first;
    uint16_t end;
} vox_bin_range; /* 4 bytes */

typedef struct {
    vox_bin_range bins;
    uint32_t weights_offset; /* int16_t[end - first]; their magnitudes add up to at most VOX_MAX_WEIGHT_SUM */
    uint16_t shift;          /* 1..VOX_MAX_WEIGHT_SHIFT: value = sum of weight * (Q9 log2 power - 30 octaves),
                                rounded, / 2^shift */
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
    uint16_t pitch_window;    /* samples, window..VOX_MAX_PITCH_WINDOW; 0 where nothing is found in it */
    uint16_t coefficients;    /* rows of the DCT table, 0..VOX_MAX_BANDS */
    uint16_t mfcc_shift;      /* 1..VOX_MAX_WEIGHT_SHIFT; 0 without coefficients */
    uint16_t delta_span;      /* frames on either side of a delta, 1..VOX_MAX_DELTA_SPAN; 0 without deltas */
    uint16_t spectrum_groups; /* groups of bins from spectrum.first, each of spectrum_step bins */
    uint16_t spectrum_step;   /* bins in a group; 0 where there are none */
    uint16_t compression;     /* Q15, 1..32768: exponent of loudness */
    uint32_t list_offset;     /* vox_descriptor[bands]: uint8_t code and uint8_t index of each value */
    uint32_t dct_offset;      /* int16_t[coefficients][mel_bands]; the magnitudes of a row add up to at most
                                 VOX_MAX_WEIGHT_SUM */
    uint32_t lifter_offset;   /* uint16_t[coefficients]: Q8, 1..VOX_MAX_LIFTER */
    uint32_t loudness_offset; /* int16_t[mel_bands]: Q9 log2 weight of each band; 0 where there is no loudness */
    vox_slope_params slopes[2];
    vox_bin_range alpha[2];      /* denominator, numerator */
    vox_bin_range hammarberg[2]; /* numerator, denominator */
    vox_bin_range flux;
    vox_bin_range whole;    /* of what is found in the whole spectrum: centroid, entropy and their like */
    vox_bin_range spectrum; /* what the groups of bins lie in */
    uint32_t reserved;
    vox_gain_params gain;
    uint32_t reserved2[2];
} vox_descriptor_params; /* 112 bytes */

/* ---- FUNC: functionals, statistics of every feature over the analysis window ------------------------------------- */

/* What is accumulated for a feature: the union of what its functionals need. */
#define VOX_GROUP_MOMENTS 1u   /* sum, sum of squares */
#define VOX_GROUP_EXTREMES 2u  /* lowest, highest */
#define VOX_GROUP_HISTOGRAM 4u /* VOX_HISTOGRAM_BINS counts */
#define VOX_GROUP_TREND 8u     /* sums over time and time * value */
#define VOX_GROUP_STEPS 16u    /* rises and falls from frame to frame */
#define VOX_GROUP_RUNS 32u     /* stretches of frames above 0, and the others */
#define VOX_GROUP_VOICED 128u  /* only frames in which the feature voiced is above 0 count */

#define VOX_GROUPS_ALL 63u /* but VOX_GROUP_VOICED */
#define VOX_HISTOGRAM_BINS 64u
#define VOX_MAX_HISTOGRAM_SHIFT 15u
#define VOX_NEVER_VOICED 0xFFFFu

/* docs/numerics.md, "Functionals", defines each. Units: those of the feature, unless said. */
#define VOX_FUNCTIONAL_MEAN 1u
#define VOX_FUNCTIONAL_STD 2u   /* standard deviation */
#define VOX_FUNCTIONAL_CV 3u    /* coefficient of variation, std / |mean|, Q12 */
#define VOX_FUNCTIONAL_MIN 4u   /* lowest */
#define VOX_FUNCTIONAL_MAX 5u   /* highest */
#define VOX_FUNCTIONAL_RANGE 6u /* highest less lowest */
#define VOX_FUNCTIONAL_PERCENTILE_20 7u
#define VOX_FUNCTIONAL_PERCENTILE_50 8u
#define VOX_FUNCTIONAL_PERCENTILE_80 9u
#define VOX_FUNCTIONAL_PERCENTILE_RANGE 10u /* percentile 80 less percentile 20 */
#define VOX_FUNCTIONAL_SLOPE 11u            /* slope of the regression line, a second */
#define VOX_FUNCTIONAL_RISE 12u             /* mean of all steps upwards, a tenth of a second */
#define VOX_FUNCTIONAL_FALL 13u             /* mean of all steps downwards, positive */
#define VOX_FUNCTIONAL_SEGMENTS 14u         /* stretches above 0, Q8 a second */
#define VOX_FUNCTIONAL_SEGMENT_MEAN 15u     /* mean of their length, ms */
#define VOX_FUNCTIONAL_SEGMENT_STD 16u      /* standard deviation of their length, ms */
#define VOX_FUNCTIONAL_GAP_MEAN 17u         /* mean length of the stretches in between, and before and after, ms */
#define VOX_FUNCTIONAL_GAP_STD 18u          /* its standard deviation, ms */
#define VOX_FUNCTIONAL_LAST 18u

typedef struct {
    uint16_t features;       /* equals the front end's bands */
    uint16_t count;          /* values of a window, 1..VOX_MAX_FUNCTIONALS */
    uint16_t voiced;         /* feature that is above 0 in voiced frames, or VOX_NEVER_VOICED */
    uint16_t frame_rate;     /* frames a second, Q4, at least 1: of the units above; for the writer to round */
    uint32_t list_offset;    /* vox_functional[count]: what each value is */
    uint32_t feature_offset; /* vox_functional_feature[features] */
} vox_functionals_params;    /* 16 bytes */

typedef struct {
    uint8_t feature;
    uint8_t code; /* VOX_FUNCTIONAL_* */
} vox_functional; /* 2 bytes */

typedef struct {
    int16_t low;          /* left edge of the histogram's first bin */
    uint8_t shift;        /* bins are 2^shift wide, 0..VOX_MAX_HISTOGRAM_SHIFT */
    uint8_t groups;       /* VOX_GROUP_* */
} vox_functional_feature; /* 4 bytes */

/* ---- NORM: from feature frames, or functionals, to the program's input tensor ------------------------------------ */

#define VOX_NORM_NONE 0u      /* f as it is */
#define VOX_NORM_MEAN 1u      /* less the mean over the analysis window, all frames and bands (floor of the quotient) */
#define VOX_NORM_BAND_MEAN 2u /* less the mean over the analysis window, band by band (floor of the quotient) */
#define VOX_NORM_RAW 3u       /* f as it is, into an S16 tensor: no tables */
#define VOX_NORM_SCALE 4u     /* f, with a shift for each band */
#define VOX_NORM_RUNNING 5u   /* f less the running mean of its band; not with FUNC */

#define VOX_MAX_NORM_SHIFT 30u
#define VOX_MAX_RUNNING_SHIFT 15u /* the running mean's time constant is 2^shift frames */

typedef struct {
    uint16_t mode;              /* VOX_NORM_* */
    uint16_t bands;             /* equals the front end's, or FUNC's count */
    uint16_t shift;             /* 0..VOX_MAX_NORM_SHIFT; 0 for RAW and SCALE */
    int16_t zero_point;         /* of the input tensor, -128..127; 0 for S16 */
    uint32_t offset_offset;     /* int16_t[bands]: subtracted, feature units */
    uint32_t multiplier_offset; /* int16_t[bands]: 1..32767; in modes SCALE and RUNNING another table follows */
} vox_norm_params;              /* 16 bytes */
/* q = clamp(zero_point + ((d * multiplier[b] + ((1 << shift) >> 1)) >> shift), -128, 127) with d = clamp(f - offset[b],
 * -32768, 32767); arithmetic shift. An S16 tensor is clamped to -32768..32767 instead. */

/* ---- PROG: tensors and ops --------------------------------------------------------------------------------------- */

typedef struct {
    uint16_t tensor_count;  /* 1..VOX_MAX_TENSORS */
    uint16_t op_count;      /* 0..VOX_MAX_OPS */
    uint16_t input;         /* tensor index */
    uint16_t output;        /* tensor index */
    uint32_t arena_size;    /* bytes, a multiple of 8, at most VOX_MAX_ARENA; every tensor and every op's scratch
                               lies inside */
    uint32_t tensor_offset; /* vox_tensor[tensor_count], from the start of the section, a multiple of 8 */
    uint32_t op_offset;     /* op records, one after the other, each a multiple of 4 bytes; a multiple of 4 */
    uint32_t op_bytes;      /* their total size */
} vox_program_params;       /* 24 bytes */

#define VOX_TYPE_S8 1u /* int8: of ops 1 to 15, and 32 to 63 */
/* int16: classic models, kept state, and operators of 16-bit activations. A program's input is S8 or S16 */
#define VOX_TYPE_S16 2u
#define VOX_TYPE_S32 3u /* int32 */

#define VOX_TENSOR_STATE 1u /* keeps its values from one run to the next, until a reset */

/* State lies at the beginning of the arena, in the order of the tensors, and no other tensor and no scratch before the
 * end of it. The program's input is no state. */
typedef struct {
    uint8_t type;   /* VOX_TYPE_* */
    uint8_t flags;  /* VOX_TENSOR_* */
    int8_t initial; /* of state: what every byte of it is after a reset; 0 for S16 and S32, and where there is no
                       state */
    uint8_t reserved;
    uint16_t dims[4];   /* batch (always 1), height, width, channels; each at least 1, unused leading ones are 1 */
    uint32_t offset;    /* in the arena, a multiple of 8 */
    int32_t zero_point; /* -128..127 for S8 */
    uint32_t scale;     /* IEEE 754 single, as bits; for the host, and the check of an S8 output */
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
#define VOX_OP_TABLE 32u /* any function of one value: logistic, tanh, hard swish, leaky relu, ... */
#define VOX_OP_CONCAT 33u
#define VOX_OP_VIEW 34u /* slices, transposes, repeats */
#define VOX_OP_PAD 35u
#define VOX_OP_BINARY 36u /* two operands, the second repeated along some axes, or constant */
#define VOX_OP_REDUCE 37u
#define VOX_OP_L2_NORM 38u     /* vectors of length 1, as embeddings are */
#define VOX_OP_ROLL 39u        /* rows that arrive with the stream, behind those that came before */
#define VOX_OP_WINDOW_MEAN 40u /* a mean over the rows of a window that moves on with the stream */
#define VOX_OP_GRU 41u         /* gated recurrent unit */
#define VOX_OP_LSTM 42u        /* long short-term memory */
#define VOX_OP_LSTM_8 43u      /* the same as TensorFlow Lite computes it, h in 8 bits */
#define VOX_OP_MATMUL 44u      /* products of computed matrices, as attention has them */
#define VOX_OP_RESIZE 45u      /* rows and columns between those of the input */
#define VOX_OP_LOG_SOFTMAX 46u /* its logarithm, in 16ths */
#define VOX_OP_CONV_16 47u     /* convolutions and dense layers of 16-bit activations */
#define VOX_OP_POOL_16 48u
#define VOX_OP_REDUCE_16 49u
#define VOX_OP_BINARY_16 50u
#define VOX_OP_RESCALE_16 51u /* also between 8 and 16 bits, and leaky relu */
#define VOX_OP_CURVE_16 52u
#define VOX_OP_SOFTMAX_16 53u
#define VOX_OP_SVDF_16 54u /* a layer over the last runs, of which it keeps one number of 16 bits for each filter */
#define VOX_OP_LAST 54u

/* Every op record starts with this; the op's own struct follows in the same record. */
typedef struct {
    uint16_t code;   /* VOX_OP_* */
    uint16_t size;   /* bytes of the whole record, a multiple of 4 */
    uint16_t input;  /* tensor index */
    uint16_t output; /* tensor index */
} vox_op;            /* 8 bytes */

/* ---- DECI: windows, aggregation, gate, events -------------------------------------------------------------------- */

#define VOX_AGGREGATE_MEAN 0u /* mean of posteriors */
/* share of windows won; ties go to the higher sum of posteriors, then the lower index */
#define VOX_AGGREGATE_MAJORITY 1u
#define VOX_AGGREGATE_EXPONENTIAL 2u /* streams only: s += (p - s) * alpha */

#define VOX_LABEL_BACKGROUND 1u /* never raises an event */
/* one of several that may hold at once: all labels of a model are tags, or none. Tags have rules */
#define VOX_LABEL_TAG 2u

/* In place of a label's index. */
#define VOX_LABEL_UNKNOWN (-1) /* best score below the unknown threshold; of tags: none at or above its threshold_on */
#define VOX_LABEL_SILENCE (-2) /* every window was held back by the energy gate */

#define VOX_EVENT_BEGIN 1u
#define VOX_EVENT_END 2u

/* What a listener has made of the samples that it took. */
#define VOX_HEARD_FRAME 1  /* a new feature frame */
#define VOX_HEARD_RESULT 2 /* a new window: verdict and posteriors are its own */
#define VOX_HEARD_EVENT 4  /* new events */
#define VOX_HEARD_DUE 8    /* a window is due, that vox_listener_step runs */

typedef struct {
    uint16_t window;            /* feature frames in an analysis window, 1..VOX_MAX_FRAMES; with FUNC
                                   1..VOX_MAX_LONG_FRAMES */
    uint16_t stride;            /* feature frames between windows, 1..window; with FUNC at most VOX_MAX_SETS windows
                                   overlap */
    uint16_t clip_mode;         /* VOX_AGGREGATE_MEAN or _MAJORITY over all windows of a clip */
    uint16_t stream_mode;       /* VOX_AGGREGATE_*; of history windows where it is MEAN or MAJORITY */
    uint16_t history;           /* windows looked back on in a stream (mean, majority), 1..VOX_MAX_HISTORY */
    uint16_t alpha;             /* Q15, 1..32768 (exponential) */
    uint16_t threshold_on;      /* Q15, 0..32768: an event begins at or above */
    uint16_t threshold_off;     /* Q15, 0..threshold_on: and ends below */
    uint16_t unknown_threshold; /* Q15, 0..32768: results whose best score is below are VOX_LABEL_UNKNOWN; 0: never */
    int16_t gate_level;         /* Q9 log2, 0..32767, as vox_frontend_level(): windows whose loudest frame is below
                                   are not run, and are silence; 0: no gate */
    uint16_t refractory;        /* feature frames after an event's begin in which no other begins */
    uint16_t label_count;       /* equals LABL's */
    uint32_t flags_offset;      /* uint8_t[label_count], from the start of the section: VOX_LABEL_* flags */
    uint32_t rules_offset;      /* vox_label_rule[label_count], even, from the start of the section; 0: none,
                                   thresholds and refractory time above hold for all labels */
} vox_decision_params;          /* 32 bytes */

/* One label's own. With rules the event of that label begins which is not background and whose smoothed score lies
 * highest above its threshold_on, whether or not a background label is surer. Of tags each has events of its own,
 * whatever others do: it begins and ends by its own rule, and the verdict, of stream and clip, is the tag whose score
 * lies highest above its threshold_on; the modes are MEAN or EXPONENTIAL. */
typedef struct {
    uint16_t threshold_on;  /* Q15, 0..32768: an event begins at or above */
    uint16_t threshold_off; /* Q15, 0..threshold_on: and ends below */
    uint16_t refractory;    /* feature frames after the begin of an event of this label in which no other begins */
    uint16_t windows;       /* 1..255: so many in a row at or above threshold_on before an event begins */
} vox_label_rule;           /* 8 bytes */

/* ---- WAKE: what wakes the program of a cascade ------------------------------------------------------------------- */

typedef struct {
    uint16_t lookback; /* feature frames before it wakes that it still hears, and that the listener holds: a multiple
                          of the rows of a run, at most the first one that is not below window */
    uint16_t hold;     /* feature frames that it stays awake after what woke it is over */
    int16_t level;     /* Q9 log2, at least 1: frames at or above wake it; 0: the model that follows does */
    uint16_t reserved; /* 0 */
} vox_wake_params;     /* 8 bytes */

/* ---- signed files ------------------------------------------------------------------------------------------------ */

#define VOX_SIGNED_MAGIC 0x31535856u /* the bytes VXS1 */
#define VOX_SIGNED_KEY_ID 8u         /* bytes */
#define VOX_SIGNED_SIGNATURE 64u     /* bytes */

/* Behind the .vxm. */
typedef struct {
    uint32_t magic;        /* VOX_SIGNED_MAGIC: the bytes VXS1 */
    uint32_t revision;     /* a board that guards against old models takes none of a lower one than it has taken */
    uint8_t key_id[8];     /* first bytes of the SHA-256 of the public key's 32 bytes: for people */
    uint8_t signature[64]; /* Ed25519 (RFC 8032), of all bytes before it */
} vox_signed_trailer;      /* 80 bytes */

/* Read in place: a compiler that lays one of them out otherwise stops here. */
typedef char vox_size_of_header[sizeof(vox_header) == 16 ? 1 : -1];
typedef char vox_size_of_section[sizeof(vox_section) == 16 ? 1 : -1];
typedef char vox_size_of_labels[sizeof(vox_labels) == 2 ? 1 : -1];
typedef char vox_size_of_frontend_params[sizeof(vox_frontend_params) == 40 ? 1 : -1];
typedef char vox_size_of_micro_params[sizeof(vox_micro_params) == 16 ? 1 : -1];
typedef char vox_size_of_descriptor[sizeof(vox_descriptor) == 2 ? 1 : -1];
typedef char vox_size_of_bin_range[sizeof(vox_bin_range) == 4 ? 1 : -1];
typedef char vox_size_of_slope_params[sizeof(vox_slope_params) == 12 ? 1 : -1];
typedef char vox_size_of_gain_params[sizeof(vox_gain_params) == 16 ? 1 : -1];
typedef char vox_size_of_descriptor_params[sizeof(vox_descriptor_params) == 112 ? 1 : -1];
typedef char vox_size_of_functionals_params[sizeof(vox_functionals_params) == 16 ? 1 : -1];
typedef char vox_size_of_functional[sizeof(vox_functional) == 2 ? 1 : -1];
typedef char vox_size_of_functional_feature[sizeof(vox_functional_feature) == 4 ? 1 : -1];
typedef char vox_size_of_norm_params[sizeof(vox_norm_params) == 16 ? 1 : -1];
typedef char vox_size_of_program_params[sizeof(vox_program_params) == 24 ? 1 : -1];
typedef char vox_size_of_tensor[sizeof(vox_tensor) == 24 ? 1 : -1];
typedef char vox_size_of_op[sizeof(vox_op) == 8 ? 1 : -1];
typedef char vox_size_of_decision_params[sizeof(vox_decision_params) == 32 ? 1 : -1];
typedef char vox_size_of_label_rule[sizeof(vox_label_rule) == 8 ? 1 : -1];
typedef char vox_size_of_wake_params[sizeof(vox_wake_params) == 8 ? 1 : -1];
typedef char vox_size_of_signed_trailer[sizeof(vox_signed_trailer) == 80 ? 1 : -1];

#ifdef __cplusplus
}
#endif
#endif
