/* log2 scores -> posteriors: 2^score over the sum of all. */
#include "classic/exp2.h"
#include "classic/ops.h"
#include "classic/posteriors.h"
#include "nn/check.h"

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_between(model, op, sizeof(vox_softmax_32), VOX_TYPE_S32, VOX_TYPE_S16)) {
        return VOX_ERR_OP;
    }
    const vox_softmax_32 *p = (const void *)op;
    const uint32_t count = vox_elements(&model->tensors[op->input]);
    if (count != vox_elements(&model->tensors[op->output]) || count > VOX_MAX_LABELS ||
        p->fraction > VOX_MAX_FRACTION) {
        return VOX_ERR_OP;
    }
    return vox_work(count, 2u * VOX_WORK_OF_RESULT);
}

/* 2^(score - highest) in Q15 */
static uint32_t power_of(int32_t score, int32_t highest, unsigned fraction)
{
    return vox_exp2_of_negative(vox_to_q16(vox_distance_down(highest, score), fraction)) >> 16;
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_softmax_32 *p = (const void *)op;
    const int32_t *scores = (const void *)vox_place(context, op->input);
    int16_t *posteriors = (void *)vox_place(context, op->output);
    const uint32_t count = vox_elements(&context->model->tensors[op->input]);
    const uint32_t winner = vox_highest(scores, count);
    uint32_t sum = 0;
    for (uint32_t c = 0; c < count; ++c) {
        const uint32_t power = power_of(scores[c], scores[winner], p->fraction);
        posteriors[c] = (int16_t)power;
        sum += power;
    }
    for (uint32_t c = 0; c < count; ++c) {
        posteriors[c] = (int16_t)((uint32_t)posteriors[c] * 32767u / sum);
    }
    vox_settle(posteriors, count, winner);
}

const vox_kernel vox_kernel_softmax_32 = {check, run};
