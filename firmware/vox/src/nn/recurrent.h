/* What recurrent operators have in common: one step computes every unit's h anew from a row of the input and the h of all
 * units (docs/numerics.md, "Recurrent layers"). */
#ifndef VOX_NN_RECURRENT_H
#define VOX_NN_RECURRENT_H

#include <stdbool.h>

#include "format/cold.h"
#include "nn/check.h"
#include "nn/rescale.h"

#define VOX_MOST_GATES 4u
#define VOX_FACTOR_OF_Q15 256u /* h is 256 times as large as an int8 */
#define VOX_FACTOR_OF_S9 2u    /* h is -255..255 */

/* A layer while it runs. */
typedef struct {
    const vox_recurrent *op;
    const uint8_t *weights; /* WGHT */
    const int16_t *table;   /* of tanh */
    int16_t *h, *cell;      /* of every unit; cell: of LSTMs */
    int16_t *fresh;         /* the new h of every unit, until all are known */
    const int8_t *input;    /* the row */
    int8_t *output;
    uint32_t gates, inputs;
    int32_t zero_point; /* of the output */
    bool every;         /* every row has its output, not the last alone */
} vox_layer;

/* Of each gate of a unit, Q12: int16 of the input, 18 bits of h. */
typedef struct {
    int32_t from_input[VOX_MOST_GATES], from_h[VOX_MOST_GATES];
} vox_gates;

/* factor: terms of an int8 product that a term with h counts as. */
VOX_COLD int vox_recurrent_check(const vox_model *model, const vox_op *op, uint32_t gates, uint32_t factor);

/* Before the first row. */
void vox_recurrent_begin(vox_layer *layer, const vox_context *context, const vox_op *op, uint32_t gates);

/* Whether the row counts; every call is one row on. */
bool vox_recurrent_takes_row(const vox_layer *layer);

/* What a unit's gates take of the row and of h. */
void vox_recurrent_gates(const vox_layer *layer, uint32_t unit, vox_gates *gates);

/* `fresh` becomes h. */
void vox_recurrent_renew(const vox_layer *layer);

/* To the next row; `row` is the one that ends. */
void vox_recurrent_end_row(vox_layer *layer, uint32_t row);

/* Bytes of scratch. vectors: that are kept for every unit from one row to the next. */
static inline uint32_t vox_recurrent_scratch(const vox_recurrent *p, uint32_t vectors)
{
    return 2u * p->units * (p->state == VOX_NO_TENSOR ? 1u + vectors : 1u);
}

static inline int32_t vox_narrow(int32_t x)
{
    return vox_clamp(x, -32768, 32767);
}

/* tanh in Q15 of x / 2^(5 + bits), between the entries of the table; bits: 7 or 8, x is 16 bits wide. */
static inline int32_t vox_tanh(const int16_t *table, int32_t x, unsigned bits)
{
    const int32_t size = vox_clamp(x < 0 ? -x : x, 0, 32767);
    const int16_t *entry = table + (size >> bits);
    const int32_t part = size & ((1 << bits) - 1), step = entry[1] - entry[0];
    const int32_t y = entry[0] + ((step * part + (1 << (bits - 1u))) >> bits);
    return x < 0 ? -y : y;
}

/* tanh of x in Q12. */
static inline int32_t vox_tanh_q12(const int16_t *table, int32_t x)
{
    return vox_tanh(table, x, 7u);
}

/* 0..32768 in Q15: the logistic function of x in Q12, by the tanh of its half. */
static inline int32_t vox_sigmoid_q12(const int16_t *table, int32_t x)
{
    return (32769 + vox_tanh(table, x, 8u)) >> 1;
}

#endif
