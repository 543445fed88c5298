/* Mean over the rows of a window that moves on with the stream: what leaves is taken off the sums, what arrives is
 * added, so that the sums are those of the whole window at every moment. */
#include "nn/check.h"
#include "nn/rescale.h"
#include "nn/state.h"

typedef struct {
    const vox_window_mean *op;
    uint32_t outputs, columns;
    uint32_t rows; /* of the ring */
    bool narrow;   /* the ring is S8 */
} window;

static window window_of(const vox_model *model, const vox_op *op)
{
    const vox_window_mean *p = (const void *)op;
    const vox_tensor *in = &model->tensors[op->input];
    const uint32_t outputs = vox_elements(&model->tensors[op->output]);
    const window found = {p, outputs, vox_elements(in) / in->dims[1] / outputs,
                          vox_elements(&model->tensors[p->ring]) / outputs,
                          model->tensors[p->ring].type == VOX_TYPE_S8};
    return found;
}

static bool state_sound(const vox_model *model, const vox_op *op, unsigned tensor)
{
    const vox_tensor *state = &model->tensors[tensor];
    return vox_is_state(state) && vox_apart(state, &model->tensors[op->input]) &&
           vox_apart(state, &model->tensors[op->output]);
}

/* The shapes belong together. */
static bool shapes_sound(const vox_model *model, const vox_op *op)
{
    const window w = window_of(model, op);
    const vox_tensor *in = &model->tensors[op->input];
    const vox_tensor *ring = &model->tensors[w.op->ring], *sums = &model->tensors[w.op->sums];
    return w.columns >= 1u && w.columns <= VOX_MAX_WINDOW_COLUMNS && w.rows >= 1u && w.rows <= VOX_MAX_WINDOW_ROWS &&
           (uint64_t)in->dims[1] * w.columns * w.outputs == vox_elements(in) &&
           w.rows * w.outputs == vox_elements(ring) && vox_elements(sums) == w.outputs + 1u &&
           sums->type == VOX_TYPE_S32 && ring->type == (w.columns == 1u ? VOX_TYPE_S8 : VOX_TYPE_S16);
}

static bool factor_sound(const vox_window_mean *p, uint32_t count)
{
    if (p->kind == VOX_WINDOW_DIVIDED) {
        return p->bias == 0 && p->multiplier == 0 && p->shift == 0;
    }
    const uint64_t most = (uint64_t)(p->bias < 0 ? -(int64_t)p->bias : p->bias) + 128u * (uint64_t)count;
    return p->kind == VOX_WINDOW_RESCALED && vox_rescale_sound(p->multiplier, p->shift, 2u * most);
}

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_sound(model, op, sizeof(vox_window_mean))) {
        return VOX_ERR_OP;
    }
    const vox_window_mean *p = (const void *)op;
    const unsigned tensors = model->program->tensor_count;
    if (p->ring >= tensors || p->sums >= tensors || p->low > p->high || !state_sound(model, op, p->ring) ||
        !state_sound(model, op, p->sums) || p->ring == p->sums || !shapes_sound(model, op)) {
        return VOX_ERR_OP;
    }
    const window w = window_of(model, op);
    if (!factor_sound(p, w.rows * w.columns)) {
        return VOX_ERR_OP;
    }
    const uint64_t rows = model->tensors[op->input].dims[1];
    return vox_work(w.outputs, rows * (w.columns + 3u) + VOX_WORK_OF_RESULT);
}

/* One value of the ring is replaced; what its sum grows by. */
static int32_t replace(const window *w, void *ring, uint32_t index, int32_t value)
{
    int32_t old = 0;
    if (w->narrow) {
        int8_t *at = (int8_t *)ring + index;
        old = *at;
        *at = (int8_t)value;
    } else {
        int16_t *at = (int16_t *)ring + index;
        old = *at;
        *at = (int16_t)value;
    }
    return value - old;
}

static void take_row(const window *w, const int8_t *row, void *ring, int32_t *sums, uint32_t place)
{
    for (uint32_t c = 0; c < w->outputs; ++c, ++row) {
        int32_t value = 0;
        for (uint32_t x = 0; x < w->columns; ++x) {
            value += row[x * w->outputs];
        }
        sums[c] = (int32_t)((uint32_t)sums[c] + (uint32_t)replace(w, ring, place * w->outputs + c, value));
    }
}

static int32_t mean_of(const window *w, int32_t sum, int32_t zero_point)
{
    const vox_window_mean *p = w->op;
    const int32_t count = (int32_t)(w->rows * w->columns);
    const int32_t bounded = vox_clamp(sum, -128 * count, 127 * count); /* whatever else has written to the state */
    if (p->kind == VOX_WINDOW_DIVIDED) {
        return (bounded > 0 ? bounded + count / 2 : bounded - count / 2) / count;
    }
    return vox_rescale(bounded + p->bias, p->multiplier, p->shift) + zero_point;
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_model *model = context->model;
    const window w = window_of(model, op);
    const int8_t *input = vox_place(context, op->input);
    int8_t *output = vox_place(context, op->output);
    void *ring = vox_place(context, w.op->ring);
    int32_t *sums = (void *)vox_place(context, w.op->sums);
    uint32_t place = (uint32_t)sums[w.outputs] < w.rows ? (uint32_t)sums[w.outputs] : 0u;
    for (uint32_t y = 0; y < model->tensors[op->input].dims[1]; ++y, input += w.columns * w.outputs) {
        take_row(&w, input, ring, sums, place);
        place = place + 1u == w.rows ? 0u : place + 1u;
    }
    sums[w.outputs] = (int32_t)place;
    for (uint32_t c = 0; c < w.outputs; ++c) {
        const int32_t y = mean_of(&w, sums[c], model->tensors[op->output].zero_point);
        output[c] = (int8_t)vox_clamp(y, w.op->low, w.op->high);
    }
}

const vox_kernel vox_kernel_window_mean = {check, run};
