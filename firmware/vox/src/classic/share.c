/* Scores -> posteriors: each score's share of their sum. Votes, and the class probabilities of forests. */
#include "classic/posteriors.h"
#include "nn/check.h"

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_between(model, op, sizeof(vox_op), VOX_TYPE_S32, VOX_TYPE_S16)) {
        return VOX_ERR_OP;
    }
    const uint32_t count = vox_elements(&model->tensors[op->input]);
    if (count != vox_elements(&model->tensors[op->output]) || count > VOX_MAX_LABELS) {
        return VOX_ERR_OP;
    }
    return vox_work(count, VOX_WORK_OF_RESULT);
}

static uint32_t positive(int32_t score)
{
    return score < 0 ? 0u : (uint32_t)score;
}

static void run(const vox_context *context, const vox_op *op)
{
    const int32_t *scores = (const void *)vox_place(context, op->input);
    int16_t *posteriors = (void *)vox_place(context, op->output);
    const uint32_t count = vox_elements(&context->model->tensors[op->input]);
    uint64_t total = 0;
    for (uint32_t c = 0; c < count; ++c) {
        total += positive(scores[c]);
    }
    /* 16 bits of the sum are enough for 15 of the quotient; the rest would take a 64-bit division. */
    unsigned drop = 0;
    for (uint32_t above = (uint32_t)(total >> 16); above != 0u; above >>= 1) { /* total is below 2^38 */
        ++drop;
    }
    const uint32_t divisor = (uint32_t)(total >> drop);
    for (uint32_t c = 0; c < count; ++c) {
        const uint32_t part = positive(scores[c]) >> drop; /* drop is at most 22: at most 96 scores */
        posteriors[c] = (int16_t)(divisor == 0u ? 32767u / count : part * 32767u / divisor);
    }
    const uint32_t winner = vox_highest(scores, count);
    posteriors[winner] = (int16_t)(posteriors[winner] < 1 ? 1 : posteriors[winner]);
    vox_settle(posteriors, count, winner);
}

const vox_kernel vox_kernel_share = {check, run};
