#include "model/lives.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "classic/ops.h"
#include "nn/check.h"
#include "nn/recurrent.h"
#include "nn/state.h"
#include "program/reserved.h"
#include "trees/ops.h"
#include "vox/status.h"

#define MOST_PIECES 16u /* that a tensor may have been written in */

/* A bit for each tensor: all of its bytes were written as this tensor, and none of them by anything else since. And: it was
 * written as such some time. */
typedef struct {
    uint8_t whole[(VOX_MAX_TENSORS + 7u) / 8u];
    uint8_t ever[(VOX_MAX_TENSORS + 7u) / 8u];
} vox_lives;

typedef struct {
    uint32_t from, bytes;
} place;

static place place_of(const vox_tensor *tensor)
{
    const place found = {tensor->offset, vox_bytes(tensor)};
    return found;
}

static place scratch_of(const vox_model *model, const vox_op *op)
{
    place scratch = {0, 0};
    if (op->code == VOX_OP_CONV_2D || op->code == VOX_OP_DEPTHWISE_2D) {
        const vox_conv_2d *p = (const void *)op;
        const uint32_t taps = (uint32_t)p->kernel_h * p->kernel_w, channels = model->tensors[op->input].dims[3];
        scratch.from = p->scratch;
        scratch.bytes =
            op->code == VOX_OP_CONV_2D ? vox_padded_4(taps * channels) * (2u * VOX_TILE + 1u) : 4u * taps + channels;
    } else if (op->code == VOX_OP_GRU || op->code == VOX_OP_LSTM || op->code == VOX_OP_LSTM_8) {
        const vox_recurrent *p = (const void *)op;
        scratch.from = p->scratch;
        scratch.bytes = vox_recurrent_scratch(p, op->code == VOX_OP_GRU ? 1u : 2u);
    } else if (op->code == VOX_OP_RBF) {
        scratch.from = ((const vox_rbf *)(const void *)op)->scratch;
        scratch.bytes = 8u * vox_elements(&model->tensors[op->output]);
    }
    return scratch;
}

/* No tensor that lies in these bytes is whole any more. */
static void spoil(const vox_model *model, vox_lives *lives, place written)
{
    for (unsigned i = 0; i < model->program->tensor_count; ++i) {
        const place other = place_of(&model->tensors[i]);
        if (written.from < other.from + other.bytes && other.from < written.from + written.bytes) {
            const unsigned bit = 1u << i % 8u;
            lives->whole[i / 8u] = (uint8_t)(lives->whole[i / 8u] & ~bit);
        }
    }
}

static void mark(vox_lives *lives, unsigned tensor)
{
    lives->whole[tensor / 8u] |= (uint8_t)(1u << tensor % 8u);
    lives->ever[tensor / 8u] |= (uint8_t)(1u << tensor % 8u);
}

static bool is_set(const uint8_t *bits, unsigned tensor)
{
    return (((unsigned)bits[tensor / 8u] >> (tensor % 8u)) & 1u) != 0u;
}

static void begin(const vox_model *model, vox_lives *lives)
{
    memset(lives, 0, sizeof *lives);
    mark(lives, model->program->input);
    for (unsigned i = 0; i < model->program->tensor_count; ++i) {
        if (vox_is_state(&model->tensors[i])) {
            mark(lives, i);
        }
    }
}

/* Where the bytes of whole tensors of this type that begin at or before `at` reach to; `at`: nowhere. */
static uint32_t reach(const vox_model *model, const vox_lives *lives, uint32_t at, uint8_t type)
{
    uint32_t end = at;
    for (unsigned i = 0; i < model->program->tensor_count; ++i) {
        const place other = place_of(&model->tensors[i]);
        if (model->tensors[i].type == type && other.from <= at && other.from + other.bytes > end &&
            is_set(lives->whole, i)) {
            end = other.from + other.bytes;
        }
    }
    return end;
}

/* It is whole; or it is never written as such, and all of its bytes are of whole tensors of its type: it is a part of one, or made up
 * of some. */
static bool is_written(const vox_model *model, const vox_lives *lives, unsigned tensor)
{
    if (is_set(lives->ever, tensor)) {
        return is_set(lives->whole, tensor);
    }
    const place all = place_of(&model->tensors[tensor]);
    uint32_t at = all.from;
    for (unsigned pieces = 0; pieces < MOST_PIECES && at < all.from + all.bytes; ++pieces) {
        at = reach(model, lives, at, model->tensors[tensor].type);
    }
    return at >= all.from + all.bytes;
}

static bool reads_written(const vox_model *model, const vox_lives *lives, const vox_op *op)
{
    bool whole = is_written(model, lives, op->input);
    if (op->code == VOX_OP_ADD) {
        whole = whole && is_written(model, lives, ((const vox_add *)(const void *)op)->input_b);
    } else if (op->code == VOX_OP_BINARY || op->code == VOX_OP_BINARY_16) { /* both have it in the same place */
        const uint16_t second = ((const vox_binary *)(const void *)op)->input_b;
        whole = whole && (second == VOX_CONSTANT || is_written(model, lives, second));
    } else if (op->code == VOX_OP_MATMUL) {
        whole = whole && is_written(model, lives, ((const vox_matmul *)(const void *)op)->input_b);
    } else if (op->code == VOX_OP_CONCAT) {
        const vox_concat *p = (const void *)op;
        for (unsigned i = 1; i < p->count; ++i) {
            whole = whole && is_written(model, lives, p->more[i - 1u]);
        }
    }
    return whole;
}

static bool end(const vox_model *model, const vox_lives *lives)
{
    bool whole = is_written(model, lives, model->program->output);
    for (unsigned i = 0; i < model->program->tensor_count; ++i) {
        whole = whole && (!vox_is_state(&model->tensors[i]) || is_set(lives->whole, i));
    }
    return whole;
}

static bool pass(const vox_model *model, vox_lives *lives, const vox_op *op)
{
    if (!reads_written(model, lives, op)) {
        return false;
    }
    const vox_tensor *in = &model->tensors[op->input], *out = &model->tensors[op->output];
    if (op->code != VOX_OP_RESHAPE || in->offset != out->offset) { /* in its place, RESHAPE leaves all as it is */
        spoil(model, lives, scratch_of(model, op));
        spoil(model, lives, place_of(out));
    }
    mark(lives, op->output);
    return true;
}

static bool reserved_zero(const vox_op *op)
{
    const uint8_t *bytes = (const void *)op;
    for (size_t i = 0; i < vox_reserved_count; ++i) {
        const vox_reserved_bytes *reserved = &vox_reserved[i];
        for (unsigned k = 0; reserved->code == op->code && k < reserved->count; ++k) {
            if (bytes[reserved->first + k] != 0u) {
                return false;
            }
        }
    }
    return true;
}

bool vox_lives_above(const vox_model *model, uint32_t floor)
{
    for (unsigned i = 0; i < model->program->tensor_count; ++i) {
        if (!vox_is_state(&model->tensors[i]) && model->tensors[i].offset < floor) {
            return false;
        }
    }
    const uint8_t *record = model->ops;
    for (unsigned i = 0; i < model->program->op_count; ++i) {
        const vox_op *op = (const void *)record;
        const place scratch = scratch_of(model, op);
        if (scratch.bytes > 0u && scratch.from < floor) {
            return false;
        }
        record += op->size;
    }
    return true;
}

int vox_lives_check(const vox_model *model)
{
    vox_lives lives;
    begin(model, &lives);
    const uint8_t *record = model->ops;
    for (unsigned i = 0; i < model->program->op_count; ++i) {
        const vox_op *op = (const void *)record;
        if (!reserved_zero(op) || !pass(model, &lives, op)) {
            return VOX_ERR_OP;
        }
        record += op->size;
    }
    return end(model, &lives) ? VOX_OK : VOX_ERR_OP;
}
