/* Anomaly scores -> two posteriors, equal at the threshold. */
#include "classic/exp2.h"
#include "classic/ops.h"
#include "nn/check.h"

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_between(model, op, sizeof(vox_threshold), VOX_TYPE_S32, VOX_TYPE_S16)) {
        return VOX_ERR_OP;
    }
    const vox_threshold *p = (const void *)op;
    if (vox_elements(&model->tensors[op->input]) != 1u || vox_elements(&model->tensors[op->output]) != 2u ||
        p->above > 1u || p->fraction > VOX_MAX_FRACTION) {
        return VOX_ERR_OP;
    }
    return vox_work(16, 1);
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_threshold *p = (const void *)op;
    const int32_t score = *(const int32_t *)(const void *)vox_place(context, op->input);
    int16_t *posteriors = (void *)vox_place(context, op->output);
    const bool above = score >= p->threshold;
    const uint32_t distance = above ? vox_distance_down(score, p->threshold) : vox_distance_down(p->threshold, score);
    const uint32_t odds = vox_exp2_of_negative(vox_to_q16(distance, p->fraction)) >> 16; /* Q15, at most 32767 */
    const uint32_t loser = 32767u * odds / (32768u + odds);                              /* at most 16383 */
    const uint32_t winner = above ? p->above : 1u - p->above;
    posteriors[winner] = (int16_t)(32767u - loser);
    posteriors[1u - winner] = (int16_t)loser;
}

const vox_kernel vox_kernel_threshold = {check, run};
