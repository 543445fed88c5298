/* A program is a list of op records over tensors in one arena. */
#include "format/cold.h"
#include "nn/check.h"
#include "nn/state.h"
#include "vox/nn.h"

/* state_end: of the state tensors before this one, a multiple of 8. */
static bool flags_sound(const vox_tensor *tensor, uint32_t state_end)
{
    if ((tensor->flags & ~VOX_TENSOR_STATE) != 0u || (tensor->initial != 0 && tensor->type != VOX_TYPE_S8)) {
        return false;
    }
    return vox_is_state(tensor) ? tensor->offset >= state_end : tensor->initial == 0;
}

static VOX_COLD int check_tensor(const vox_tensor *tensor, uint32_t arena_size)
{
    const uint32_t size = vox_element_size(tensor->type);
    const uint64_t plane = (uint64_t)tensor->dims[1] * tensor->dims[2]; /* below 2^32, so that the next fits 64 bits */
    const uint64_t elements = plane * tensor->dims[3];
    if (size == 0u || tensor->dims[0] != 1u || elements == 0u || (tensor->offset & 7u) != 0u ||
        tensor->reserved != 0u || tensor->offset > arena_size || elements > (arena_size - tensor->offset) / size ||
        tensor->zero_point < -128 || tensor->zero_point > 127) {
        return VOX_ERR_TENSOR;
    }
    return VOX_OK;
}

/* Walks the records; every one must lie whole within op_bytes, and together they must fill it. Returns their work. */
static VOX_COLD int check_ops(const vox_model *model)
{
    uint32_t left = model->program->op_bytes;
    uint32_t work = 0;
    const uint8_t *record = model->ops;
    for (unsigned i = 0; i < model->program->op_count; ++i) {
        const vox_op *op = (const void *)record;
        if (left < sizeof *op || op->size < sizeof *op || op->size > left || (op->size & 3u) != 0u) {
            return VOX_ERR_OP;
        }
        const vox_kernel *kernel = op->code < vox_kernel_count ? vox_kernels[op->code] : NULL;
        if (kernel == NULL) {
            return VOX_ERR_UNSUPPORTED;
        }
        const int each = kernel->check(model, op);
        if (each < 0) {
            return each;
        }
        work += (uint32_t)each + VOX_WORK_OF_OP;
        if (work > VOX_MAX_WORK) {
            return VOX_ERR_WORK;
        }
        record += op->size;
        left -= op->size;
    }
    return left == 0u ? (int)work : VOX_ERR_OP;
}

VOX_COLD int vox_program_check(const vox_model *model, size_t program_size)
{
    const vox_program_params *program = model->program;
    if (program_size < sizeof *program || program->tensor_count == 0u || program->tensor_count > VOX_MAX_TENSORS ||
        program->op_count > VOX_MAX_OPS || program->input >= program->tensor_count ||
        program->output >= program->tensor_count || program->arena_size > VOX_MAX_ARENA ||
        (program->arena_size & 7u) != 0u) {
        return VOX_ERR_TENSOR;
    }
    uint32_t state = 0;
    for (unsigned i = 0; i < program->tensor_count; ++i) {
        const vox_tensor *tensor = &model->tensors[i];
        const int status = check_tensor(tensor, program->arena_size);
        if (status != VOX_OK || !flags_sound(tensor, state)) {
            return VOX_ERR_TENSOR;
        }
        state = vox_is_state(tensor) ? vox_state_end(tensor) : state;
    }
    if (model->tensors[program->input].type == VOX_TYPE_S32 || vox_is_state(&model->tensors[program->input])) {
        return VOX_ERR_TENSOR; /* nothing comes in so wide */
    }
    for (unsigned i = 0; i < program->tensor_count; ++i) {
        if (!vox_is_state(&model->tensors[i]) && model->tensors[i].offset < state) {
            return VOX_ERR_TENSOR;
        }
    }
    return check_ops(model);
}

size_t vox_program_arena_size(const vox_model *model)
{
    return model->program->arena_size;
}

size_t vox_program_input_size(const vox_model *model)
{
    return vox_bytes(&model->tensors[model->program->input]);
}

size_t vox_program_output_size(const vox_model *model)
{
    return vox_bytes(&model->tensors[model->program->output]);
}

int8_t *vox_program_input(const vox_model *model, void *arena, size_t *elements)
{
    const vox_tensor *tensor = &model->tensors[model->program->input];
    if (elements != NULL) {
        *elements = vox_elements(tensor);
    }
    return (int8_t *)arena + tensor->offset;
}

const int8_t *vox_program_output(const vox_model *model, const void *arena, size_t *elements)
{
    const vox_tensor *tensor = &model->tensors[model->program->output];
    if (elements != NULL) {
        *elements = vox_elements(tensor);
    }
    return (const int8_t *)arena + tensor->offset;
}

void vox_program_run(const vox_model *model, void *arena)
{
    for (uint32_t at = 0; at < model->program->op_bytes;) {
        at = vox_program_step(model, arena, at);
    }
}

uint32_t vox_program_step(const vox_model *model, void *arena, uint32_t at)
{
    const vox_context context = {model, arena};
    const vox_op *op = (const void *)(model->ops + at);
    vox_kernels[op->code]->run(&context, op);
    return at + op->size;
}

void vox_program_run_op(const vox_model *model, void *arena, unsigned index)
{
    uint32_t at = 0;
    for (unsigned i = 0; i < index; ++i) {
        at += ((const vox_op *)(const void *)(model->ops + at))->size;
    }
    (void)vox_program_step(model, arena, at);
}
