/* vox_dot_wide: sum + x . w over `count` values, x being 16 bits wide; w at a multiple of 4. Whatever the order, no sum may
 * leave 32 bits. */
#ifndef VOX_NN_WIDE_H
#define VOX_NN_WIDE_H

#include "nn/target.h"

#if VOX_DOT_ROOM == VOX_ROOM_MVE
#include "nn/mve/wide.h"
#elif VOX_DOT_ROOM == VOX_ROOM_DSP
#include "nn/dsp/wide.h"
#else
#include "nn/plain/wide.h"
#endif

#endif
