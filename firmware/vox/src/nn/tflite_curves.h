/* The logistic function and tanh of 16 bits as TensorFlow Lite's LSTM has them (docs/numerics.md, "Recurrent layers"). */
#ifndef VOX_NN_TFLITE_CURVES_H
#define VOX_NN_TFLITE_CURVES_H

#include <stdint.h>

/* Q15: a * b to nearest, ties upwards. */
static inline int32_t vox_times_q15(int32_t a, int32_t b)
{
    return (a * b + (1 << 14)) >> 15;
}

/* Of x in Q12; Q15. */
int32_t vox_logistic_of(int32_t x);

/* Of x with `integer` bits before the point, 0..6; Q15. */
int32_t vox_tanh_of(int32_t x, uint32_t integer);

#endif
