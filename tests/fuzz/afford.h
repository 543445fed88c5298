/* How much of a model a fuzzer runs, so that slow networks do not take its time. */
#ifndef VOX_FUZZ_AFFORD_H
#define VOX_FUZZ_AFFORD_H

#include "vox/vox.h"

/* Samples that are worth `most_work` (bytes read and multiplied, as the model counts them), at least up to the first window, and
 * at most `most_samples`; 1 for a network without a front end; 0: too much. */
static inline size_t affordable(const vox_model *model, uint64_t most_work, size_t most_samples)
{
    if (!vox_model_hears(model)) {
        return model->work <= most_work;
    }
    const vox_frontend_params *frontend = (const void *)model->frontend;
    const vox_decision_params *decision = (const void *)model->decision;
    const uint64_t runs = model->functionals == NULL ? vox_model_held(model) / vox_model_rows(model) : 1u;
    const uint64_t window = (uint64_t)model->frame_work * decision->window + model->work * runs;
    const uint64_t stride = (uint64_t)model->frame_work * decision->stride + model->work;
    const uint64_t spanned = vox_frontend_span(model->frontend) + (uint64_t)decision->window * frontend->hop;
    if (window > most_work || spanned > 8u * most_samples) {
        return 0;
    }
    const uint64_t samples = spanned + (most_work - window) / stride * decision->stride * frontend->hop;
    return samples < most_samples ? (size_t)samples : most_samples;
}

#endif
