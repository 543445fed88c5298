/* Sets of descriptor codes: what a list asks for, and who finds it. */
#ifndef VOX_FRONTEND_CODES_H
#define VOX_FRONTEND_CODES_H

#include "vox/model_format.h"

/* Bit of a code in a set of codes. */
#define VOX_NEEDS(code) ((uint32_t)1 << (code))

/* Codes of what is found in the pitch window, and of all that has to do with the voice. */
#define VOX_OF_THE_PITCH (VOX_NEEDS(VOX_DESCRIPTOR_F0) | VOX_NEEDS(VOX_DESCRIPTOR_VOICING) | VOX_OF_THE_PERIODS)
#define VOX_OF_THE_PERIODS                                                                                             \
    (VOX_NEEDS(VOX_DESCRIPTOR_JITTER) | VOX_NEEDS(VOX_DESCRIPTOR_SHIMMER) | VOX_NEEDS(VOX_DESCRIPTOR_HNR))
#define VOX_OF_THE_VOICE (VOX_OF_THE_PITCH | VOX_NEEDS(VOX_DESCRIPTOR_FORMANT))

#endif
