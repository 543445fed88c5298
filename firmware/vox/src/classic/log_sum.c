/* Mixtures: log2 of a sum of densities whose logarithms are given. */
#include "classic/exp2.h"
#include "classic/ops.h"
#include "classic/posteriors.h"
#include "nn/check.h"

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_between(model, op, sizeof(vox_log_sum), VOX_TYPE_S32, VOX_TYPE_S32)) {
        return VOX_ERR_OP;
    }
    const vox_log_sum *p = (const void *)op;
    const uint32_t inputs = vox_elements(&model->tensors[op->input]);
    const uint32_t groups = vox_elements(&model->tensors[op->output]);
    if (p->fraction > VOX_MAX_FRACTION || inputs % groups != 0u || inputs / groups > VOX_MAX_MIXTURE) {
        return VOX_ERR_OP;
    }
    return vox_work(inputs, 8);
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_log_sum *p = (const void *)op;
    const vox_tensor *tensors = context->model->tensors;
    const uint32_t groups = vox_elements(&tensors[op->output]), each = vox_elements(&tensors[op->input]) / groups;
    const int32_t *input = (const void *)vox_place(context, op->input);
    int32_t *output = (void *)vox_place(context, op->output);
    for (uint32_t g = 0; g < groups; ++g, input += each) {
        const int32_t highest = input[vox_highest(input, each)];
        uint32_t sum = 0;
        for (uint32_t i = 0; i < each; ++i) {
            sum += vox_exp2_of_negative(vox_to_q16(vox_distance_down(highest, input[i]), p->fraction)) >> 7;
        }
        const int32_t more = vox_log2_of(sum) - 24 * 65536; /* Q16; -1 where rounding makes 1 a little less */
        const int64_t wide = more * ((int64_t)1 << p->fraction);
        output[g] = vox_saturate(highest + (wide >> 16));
    }
}

const vox_kernel vox_kernel_log_sum = {check, run};
