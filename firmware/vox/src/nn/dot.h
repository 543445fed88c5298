/* vox_dot: sum + x . w over `count` values. vox_dot_4: the same for four rows of weights, `row` bytes apart, at multiples of 4;
 * not where VOX_DOT_FOUR is 0. */
#ifndef VOX_NN_DOT_H
#define VOX_NN_DOT_H

#include "nn/target.h"

/* Plain C does not gain by four. */
#define VOX_DOT_FOUR (VOX_DOT_ROOM != VOX_ROOM_PLAIN)

#if VOX_DOT_ROOM == VOX_ROOM_MVE
#include "nn/mve/dot.h"
#elif VOX_DOT_ROOM == VOX_ROOM_DSP
#include "nn/dsp/dot.h"
#elif VOX_DOT_ROOM == VOX_ROOM_PACKED
#include "nn/packed/dot.h"
#else
#include "nn/plain/dot.h"
#endif

#endif
