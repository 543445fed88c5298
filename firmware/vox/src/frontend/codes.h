/* Generated from firmware/vox/spec by tools/generate_spec.py: change those files, not this one.
 * Sets of descriptor codes: what a list asks for, and what that is found in. */
#ifndef VOX_FRONTEND_CODES_H
#define VOX_FRONTEND_CODES_H

#include "vox/model_format.h"

/* Bit of a code in a set of codes. */
#define VOX_NEEDS(code) ((uint32_t)1 << (code))

/* All there are. */
#define VOX_OF_ANY                                                                                                     \
    (VOX_NEEDS(VOX_DESCRIPTOR_LOGMEL) | VOX_NEEDS(VOX_DESCRIPTOR_MFCC) | VOX_NEEDS(VOX_DESCRIPTOR_SPECTRUM) |          \
     VOX_NEEDS(VOX_DESCRIPTOR_DELTA) | VOX_NEEDS(VOX_DESCRIPTOR_LOUDNESS) | VOX_NEEDS(VOX_DESCRIPTOR_ENERGY) |         \
     VOX_NEEDS(VOX_DESCRIPTOR_ZERO_CROSSINGS) | VOX_NEEDS(VOX_DESCRIPTOR_CENTROID) |                                   \
     VOX_NEEDS(VOX_DESCRIPTOR_ROLL_OFF) | VOX_NEEDS(VOX_DESCRIPTOR_FLUX) | VOX_NEEDS(VOX_DESCRIPTOR_ENTROPY) |         \
     VOX_NEEDS(VOX_DESCRIPTOR_SLOPE) | VOX_NEEDS(VOX_DESCRIPTOR_ALPHA_RATIO) | VOX_NEEDS(VOX_DESCRIPTOR_HAMMARBERG) |  \
     VOX_NEEDS(VOX_DESCRIPTOR_HARMONICITY) | VOX_NEEDS(VOX_DESCRIPTOR_F0) | VOX_NEEDS(VOX_DESCRIPTOR_VOICING) |        \
     VOX_NEEDS(VOX_DESCRIPTOR_JITTER) | VOX_NEEDS(VOX_DESCRIPTOR_SHIMMER) | VOX_NEEDS(VOX_DESCRIPTOR_HNR) |            \
     VOX_NEEDS(VOX_DESCRIPTOR_FORMANT) | VOX_NEEDS(VOX_DESCRIPTOR_FLATNESS))

/* Powers of FFT bins. */
#define VOX_OF_THE_SPECTRUM                                                                                            \
    (VOX_NEEDS(VOX_DESCRIPTOR_SPECTRUM) | VOX_NEEDS(VOX_DESCRIPTOR_CENTROID) | VOX_NEEDS(VOX_DESCRIPTOR_ROLL_OFF) |    \
     VOX_NEEDS(VOX_DESCRIPTOR_FLUX) | VOX_NEEDS(VOX_DESCRIPTOR_ENTROPY) | VOX_NEEDS(VOX_DESCRIPTOR_SLOPE) |            \
     VOX_NEEDS(VOX_DESCRIPTOR_ALPHA_RATIO) | VOX_NEEDS(VOX_DESCRIPTOR_HAMMARBERG) |                                    \
     VOX_NEEDS(VOX_DESCRIPTOR_HARMONICITY) | VOX_NEEDS(VOX_DESCRIPTOR_FLATNESS))

/* Energy and centre of the bins whole. */
#define VOX_OF_THE_WHOLE                                                                                               \
    (VOX_NEEDS(VOX_DESCRIPTOR_CENTROID) | VOX_NEEDS(VOX_DESCRIPTOR_ROLL_OFF) | VOX_NEEDS(VOX_DESCRIPTOR_ENTROPY) |     \
     VOX_NEEDS(VOX_DESCRIPTOR_HARMONICITY) | VOX_NEEDS(VOX_DESCRIPTOR_FLATNESS))

/* What the voice's part of a frame finds. */
#define VOX_OF_THE_VOICE                                                                                               \
    (VOX_NEEDS(VOX_DESCRIPTOR_F0) | VOX_NEEDS(VOX_DESCRIPTOR_VOICING) | VOX_NEEDS(VOX_DESCRIPTOR_JITTER) |             \
     VOX_NEEDS(VOX_DESCRIPTOR_SHIMMER) | VOX_NEEDS(VOX_DESCRIPTOR_HNR) | VOX_NEEDS(VOX_DESCRIPTOR_FORMANT))

/* The pitch window. */
#define VOX_OF_THE_PITCH                                                                                               \
    (VOX_NEEDS(VOX_DESCRIPTOR_F0) | VOX_NEEDS(VOX_DESCRIPTOR_VOICING) | VOX_NEEDS(VOX_DESCRIPTOR_JITTER) |             \
     VOX_NEEDS(VOX_DESCRIPTOR_SHIMMER) | VOX_NEEDS(VOX_DESCRIPTOR_HNR))

/* Periods of the voice. */
#define VOX_OF_THE_PERIODS                                                                                             \
    (VOX_NEEDS(VOX_DESCRIPTOR_JITTER) | VOX_NEEDS(VOX_DESCRIPTOR_SHIMMER) | VOX_NEEDS(VOX_DESCRIPTOR_HNR))

#endif
