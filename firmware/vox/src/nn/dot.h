/* vox_dot: sum + x . w over `count` values. */
#ifndef VOX_NN_DOT_H
#define VOX_NN_DOT_H

#include "nn/target.h"

#if VOX_DOT_ROOM == VOX_ROOM_MVE
#include "nn/mve/dot.h"
#elif VOX_DOT_ROOM == VOX_ROOM_DSP
#include "nn/dsp/dot.h"
#else
#include "nn/plain/dot.h"
#endif

#endif
