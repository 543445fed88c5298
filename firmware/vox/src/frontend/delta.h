/* Deltas: the slope of a value over the last 2 * span + 1 frames by linear regression (HTK book, 5.9), causal, so that the
 * slope is that of `span` frames ago. */
#ifndef VOX_FRONTEND_DELTA_H
#define VOX_FRONTEND_DELTA_H

#include <stdint.h>

/* Takes the newest value in and returns the slope, in the value's unit per frame, rounded, which is sum of n (x[n] - x[-n]) /
 * 2 sum of n^2 for n = 1..span around the middle. history: int16[2 * span + 1], oldest first. At a start (warm 0) it is filled with
 * the value. */
int16_t vox_delta(int16_t *history, unsigned span, int warm, int16_t value);

#endif
