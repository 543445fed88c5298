/* Opening a .vxm: everything is checked here, once. */
#include "vox/model.h"

#include <string.h>

#include "format/bounds.h"
#include "format/cold.h"
#include "format/text.h"
#include "model/labels.h"
#include "model/lives.h"
#include "model/work.h"
#include "nn/state.h"
#include "norm/norm.h"
#include "vox/decision.h"
#include "vox/frontend.h"
#include "vox/functionals.h"
#include "vox/nn.h"

/* The arithmetic relies on these; see docs/numerics.md. */
typedef char vox_assert_shift[(-1 >> 1) == -1 ? 1 : -1];
typedef char vox_assert_int[sizeof(int) >= 4 ? 1 : -1];

typedef struct {
    const uint8_t *data;
    uint32_t size;
} vox_span;

enum { META, LABELS, FRONTEND, NORM, PROGRAM, WEIGHTS, DECISION, FUNCTIONALS, WAKE, SECTION_KINDS };

static const uint32_t section_tags[SECTION_KINDS] = {
    VOX_SECTION_META,    VOX_SECTION_LABELS,   VOX_SECTION_FRONTEND,    VOX_SECTION_NORM, VOX_SECTION_PROGRAM,
    VOX_SECTION_WEIGHTS, VOX_SECTION_DECISION, VOX_SECTION_FUNCTIONALS, VOX_SECTION_WAKE,
};

#define SCALE_OF_POSTERIORS 0x3B800000u /* 1/256 as the bits of a float */

static VOX_COLD bool all_zero(const uint8_t *bytes, uint32_t count)
{
    while (count > 0 && *bytes == 0) {
        ++bytes;
        --count;
    }
    return count == 0;
}

static VOX_COLD int find_sections(const uint8_t *data, const vox_header *header, vox_span spans[SECTION_KINDS])
{
    const vox_section *table = (const void *)(data + sizeof(vox_header));
    uint32_t end = (uint32_t)(sizeof(vox_header) + header->section_count * sizeof(vox_section));
    if (header->section_count == 0 || header->section_count > VOX_MAX_SECTIONS || end > header->file_size) {
        return VOX_ERR_SECTION;
    }
    for (unsigned i = 0; i < header->section_count; ++i) {
        if (table[i].offset < end || !vox_in_bounds(header->file_size, table[i].offset, table[i].size, 1, 8) ||
            table[i].reserved != 0 || !all_zero(data + end, table[i].offset - end)) {
            return VOX_ERR_SECTION;
        }
        end = table[i].offset + table[i].size;
        for (unsigned kind = 0; kind < SECTION_KINDS; ++kind) {
            if (table[i].tag != section_tags[kind]) {
                continue; /* sections of a later minor version are passed over */
            }
            if (spans[kind].data != NULL) {
                return VOX_ERR_SECTION;
            }
            spans[kind].data = data + table[i].offset;
            spans[kind].size = table[i].size;
        }
    }
    const bool sound =
        all_zero(data + end, header->file_size - end) && vox_text_sound(spans[META].data, spans[META].size);
    return sound ? VOX_OK : VOX_ERR_SECTION;
}

/* An S8 output is a softmax, see docs/model-format.md: what makes its bytes posteriors. */
static VOX_COLD bool gives_posteriors(const vox_tensor *output)
{
    return output->type == VOX_TYPE_S16 ||
           (output->type == VOX_TYPE_S8 && output->zero_point == -128 && output->scale == SCALE_OF_POSTERIORS);
}

/* A run takes the whole window, or so many of its frames that windows begin and end with a run. */
static VOX_COLD bool rows_sound(const vox_model *model, uint32_t values, uint32_t inputs)
{
    const vox_decision_params *decision = (const void *)model->decision;
    const vox_norm_params *norm = (const void *)model->norm;
    const uint32_t rows = inputs / values;
    if (model->functionals != NULL || rows == decision->window) {
        return inputs == (model->functionals != NULL ? 1u : decision->window) * values &&
               (model->functionals == NULL || norm->mode != VOX_NORM_RUNNING);
    }
    return inputs == rows * values && rows > 0u && rows < decision->window && decision->stride % rows == 0u &&
           vox_program_state_size(model) > 0u && norm->mode != VOX_NORM_MEAN && norm->mode != VOX_NORM_BAND_MEAN;
}

/* Front end, normalisation, labels, decision: each valid by itself, and all of one shape with the program. */
static VOX_COLD int check_hearing(const vox_model *model, const vox_span spans[SECTION_KINDS])
{
    int status = vox_labels_check(spans[LABELS].data, spans[LABELS].size);
    if (status == VOX_OK) {
        status = vox_frontend_check(spans[FRONTEND].data, spans[FRONTEND].size);
    }
    if (status != VOX_OK) {
        return status;
    }
    const unsigned labels = vox_model_label_count(model);
    const vox_frontend_params *frontend = (const void *)model->frontend;
    const vox_functionals_params *functionals = (const void *)model->functionals;
    const vox_tensor *input = &model->tensors[model->program->input];
    if (functionals != NULL) {
        status = vox_functionals_check(spans[FUNCTIONALS].data, spans[FUNCTIONALS].size, frontend->bands);
        if (status != VOX_OK) {
            return status;
        }
    }
    const unsigned values = functionals == NULL ? frontend->bands : functionals->count; /* in a row of NORM */
    status = vox_norm_check(spans[NORM].data, spans[NORM].size, values, input->type);
    if (status == VOX_OK) {
        status = vox_decision_check(spans[DECISION].data, spans[DECISION].size, labels, functionals != NULL);
    }
    if (status != VOX_OK) {
        return status;
    }
    const vox_tensor *output = &model->tensors[model->program->output];
    /* dims were checked: their products fit 32 bits */
    const uint32_t inputs = (uint32_t)input->dims[1] * input->dims[2] * input->dims[3];
    const uint32_t outputs = (uint32_t)output->dims[1] * output->dims[2] * output->dims[3];
    const vox_norm_params *norm = (const void *)model->norm;
    if (!gives_posteriors(output) || norm->zero_point != input->zero_point || !rows_sound(model, values, inputs) ||
        outputs != labels) {
        return VOX_ERR_DECISION;
    }
    return VOX_OK;
}

/* What wakes the program fits it: a model of its own, or a level. Chains are followed by vox_model_open. */
static VOX_COLD bool wake_sound(const vox_model *model)
{
    const vox_decision_params *decision = (const void *)model->decision;
    const vox_wake_params *wake = model->wake;
    const unsigned rows = vox_model_rows(model);
    const bool by_level = model->wake_size == sizeof *wake;
    return model->functionals == NULL && wake->reserved == 0u && wake->lookback >= rows &&
           wake->lookback < decision->window + rows && wake->lookback % rows == 0u &&
           (by_level ? wake->level > 0 : wake->level == 0);
}

/* The sections of one stage, and where they lie in the model. front: of the cascade that it is part of, NULL where the file
 * has its own. known: it was opened before, so that its sum is not computed again. */
static VOX_COLD int read_stage(vox_model *model, vox_span *spans, const void *data, size_t size, const vox_model *front,
                               bool known)
{
    if (((uintptr_t)data & 7u) != 0) {
        return VOX_ERR_ALIGNMENT;
    }
    const vox_header *header = data;
    if (size < 4 || header->magic != VOX_MAGIC) {
        return VOX_ERR_MAGIC;
    }
    if (size < sizeof *header) {
        return VOX_ERR_TRUNCATED;
    }
    if (header->version != VOX_FORMAT_VERSION && header->version != VOX_CASCADE_VERSION) {
        return VOX_ERR_VERSION;
    }
    if (header->file_size > size) {
        return VOX_ERR_TRUNCATED;
    }
    if (header->file_size < sizeof *header || (header->file_size & 7u) != 0) {
        return VOX_ERR_SECTION;
    }
    const uint8_t *bytes = data;
    if (!known && vox_crc32(0, bytes + sizeof *header, header->file_size - sizeof *header) != header->crc) {
        return VOX_ERR_CRC;
    }
    const int status = find_sections(bytes, header, spans);
    if (status != VOX_OK) {
        return status;
    }
    if ((spans[WAKE].data != NULL) != (header->version == VOX_CASCADE_VERSION) ||
        (front != NULL && spans[FRONTEND].data != NULL) ||
        (spans[WAKE].data != NULL && spans[WAKE].size < sizeof(vox_wake_params))) {
        return VOX_ERR_SECTION;
    }
    if (front != NULL) { /* checked before */
        spans[FRONTEND].data = front->frontend;
        spans[FRONTEND].size = front->frontend_size;
    }
    if (spans[PROGRAM].data == NULL || spans[WEIGHTS].data == NULL ||
        spans[PROGRAM].size < sizeof(vox_program_params)) {
        return VOX_ERR_SECTION;
    }
    if (spans[FUNCTIONALS].data != NULL && spans[FRONTEND].data == NULL) {
        return VOX_ERR_SECTION;
    }
    const int hearing = (spans[LABELS].data != NULL) + (spans[FRONTEND].data != NULL) + (spans[NORM].data != NULL) +
                        (spans[DECISION].data != NULL);
    if ((hearing != 0 || front != NULL || spans[WAKE].data != NULL) && hearing != 4) {
        return VOX_ERR_SECTION;
    }
    memset(model, 0, sizeof *model);
    model->data = bytes;
    model->size = header->file_size;
    model->crc = header->crc;
    model->program = (const void *)spans[PROGRAM].data;
    if (!vox_in_bounds(spans[PROGRAM].size, model->program->tensor_offset, model->program->tensor_count,
                       sizeof(vox_tensor), 8) ||
        !vox_in_bounds(spans[PROGRAM].size, model->program->op_offset, model->program->op_bytes, 1, 4)) {
        return VOX_ERR_SECTION;
    }
    model->tensors = (const void *)(spans[PROGRAM].data + model->program->tensor_offset);
    model->ops = spans[PROGRAM].data + model->program->op_offset;
    model->weights = spans[WEIGHTS].data;
    model->weights_size = spans[WEIGHTS].size;
    model->labels = spans[LABELS].data;
    model->frontend = spans[FRONTEND].data;
    model->frontend_size = spans[FRONTEND].size;
    model->wake = (const void *)spans[WAKE].data;
    model->wake_size = spans[WAKE].size;
    model->functionals = spans[FUNCTIONALS].data;
    model->norm = spans[NORM].data;
    model->decision = spans[DECISION].data;
    model->meta = (const void *)spans[META].data;
    model->meta_size = spans[META].size;
    return VOX_OK;
}

/* The same, checked. */
static VOX_COLD int open_stage(vox_model *model, const void *data, size_t size, const vox_model *front)
{
    vox_span spans[SECTION_KINDS] = {{NULL, 0}};
    int status = read_stage(model, spans, data, size, front, false);
    if (status == VOX_OK) {
        status = vox_program_check(model, spans[PROGRAM].size);
    }
    if (status >= 0) {
        model->work = (uint32_t)status;
        status = vox_lives_check(model);
    }
    if (status == VOX_OK && model->labels != NULL) {
        status = check_hearing(model, spans);
    }
    if (status == VOX_OK && model->wake != NULL && !wake_sound(model)) {
        status = VOX_ERR_DECISION;
    }
    if (status == VOX_OK && model->labels != NULL) {
        status = vox_work_check(model);
    }
    return status;
}

/* The file behind WAKE's own fields: NULL where there is none. */
static const uint8_t *waker_file(const vox_model *model, uint32_t *size)
{
    if (model->wake == NULL || model->wake_size == sizeof *model->wake) {
        return NULL;
    }
    *size = model->wake_size - (uint32_t)sizeof *model->wake;
    return (const uint8_t *)model->wake + sizeof *model->wake;
}

int vox_model_waker(const vox_model *model, vox_model *waker)
{
    uint32_t size;
    const uint8_t *file = waker_file(model, &size);
    if (file == NULL) {
        return VOX_ERR_STATE;
    }
    vox_model found;
    vox_span spans[SECTION_KINDS] = {{NULL, 0}};
    const int status = read_stage(&found, spans, file, size, model, true);
    if (status == VOX_OK) {
        *waker = found;
    }
    return status;
}

/* A chain of sound stages that is not too long. */
static VOX_COLD int check_chain(const vox_model *model)
{
    vox_model stage = *model;
    for (unsigned stages = 1; stages <= VOX_MAX_STAGES; ++stages) {
        uint32_t size;
        const uint8_t *file = waker_file(&stage, &size);
        if (file == NULL) {
            return VOX_OK;
        }
        vox_model waker;
        const int status = open_stage(&waker, file, size, &stage);
        if (status != VOX_OK) {
            return status;
        }
        if (waker.size != size) {
            return VOX_ERR_SECTION;
        }
        stage = waker;
    }
    return VOX_ERR_SECTION;
}

/* State of a stage lies behind that of all that wake it; what is no state, behind all of it. */
static VOX_COLD int check_arena(const vox_model *model)
{
    const size_t state = vox_cascade_state_size(model);
    size_t end = state;
    vox_model stage = *model;
    do {
        if (!vox_lives_above(&stage, (uint32_t)state) || vox_program_state_size(&stage) > end) {
            return VOX_ERR_TENSOR;
        }
        end = vox_program_state_begin(&stage, (uint32_t)end);
    } while (vox_model_waker(&stage, &stage) == VOX_OK);
    return VOX_OK;
}

VOX_COLD int vox_model_open(vox_model *model, const void *data, size_t size)
{
    if (model == NULL || data == NULL) {
        return VOX_ERR_ARGUMENT;
    }
    memset(model, 0, sizeof *model);
    vox_model found = {0};
    int status = open_stage(&found, data, size, NULL);
    if (status == VOX_OK && found.wake != NULL) {
        status = check_chain(&found);
    }
    if (status == VOX_OK && found.wake != NULL) {
        status = check_arena(&found);
    }
    if (status == VOX_OK) {
        *model = found;
    }
    return status;
}
