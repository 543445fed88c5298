#include "model/work.h"

#include "vox/decision.h"
#include "vox/frontend.h"
#include "vox/model.h"
#include "vox/status.h"

/* Every part is far below 2^24, and so is their sum. */
static uint32_t frame_work(const vox_model *model)
{
    const vox_frontend_params *frontend = (const void *)model->frontend;
    const uint32_t words = (uint32_t)vox_frontend_scratch_size(model->frontend) / 4u;
    const uint32_t sets = model->functionals == NULL ? 0u : vox_decision_overlap((const void *)model->decision);
    return VOX_WORK_OF_SAMPLE * vox_frontend_span(model->frontend) + VOX_WORK_OF_SPECTRUM * words +
           frontend->bands * (VOX_WORK_OF_VALUE + VOX_WORK_OF_SET * sets);
}

static uint32_t window_work(const vox_model *model)
{
    const vox_decision_params *decision = (const void *)model->decision;
    const vox_frontend_params *frontend = (const void *)model->frontend;
    const vox_functionals_params *functionals = (const void *)model->functionals;
    const uint32_t labels = decision->label_count;
    const uint32_t looks = decision->stream_mode == VOX_AGGREGATE_MAJORITY ? labels : 1u; /* at a window, for a label */
    const uint32_t values = functionals == NULL ? (uint32_t)vox_model_rows(model) * frontend->bands
                                                : functionals->count * VOX_WORK_OF_FUNCTIONAL;
    return values * VOX_WORK_OF_NORM + labels * decision->history * looks * VOX_WORK_OF_LOOK;
}

int vox_work_check(vox_model *model)
{
    const vox_decision_params *decision = (const void *)model->decision;
    const vox_frontend_params *frontend = (const void *)model->frontend;
    model->work += window_work(model);
    model->frame_work = frame_work(model);
    const uint32_t runs = vox_model_streams(model) ? decision->stride / vox_model_rows(model) : 1u;
    const uint64_t each =
        (uint64_t)model->frame_work * decision->stride + (uint64_t)model->work * runs; /* below 2^48 */
    const uint64_t samples = (uint64_t)decision->stride * frontend->hop;
    return each * frontend->sample_rate <= samples * VOX_MAX_WORK_RATE ? VOX_OK : VOX_ERR_WORK;
}
