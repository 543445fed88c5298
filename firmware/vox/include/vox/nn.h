/* Running a model's program in one arena: int8 operators, bit for bit as TensorFlow Lite's reference kernels, and the
 * operators of classic models (trees, kernel machines, Gaussians, ...) on int16 and int32. */
#ifndef VOX_NN_H
#define VOX_NN_H

#include <stddef.h>
#include <stdint.h>

#include "vox/model_view.h"
#include "vox/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a kernel sees: tensors by index, the arena, the weights. Built by vox_program_run on its stack. */
typedef struct {
    const vox_model *model;
    uint8_t *arena;
} vox_context;

/* What an operator brings. A file of it defines `const vox_kernel vox_kernel_<name>`, named as its code is. */
typedef struct {
    /* Everything about this record that must hold before run() may be called; op->size bytes are readable. Tensors are
     * checked before. Returns the op's work (docs/model-format.md, "Work": 1..VOX_MAX_OP_WORK), or a negative status. */
    int (*check)(const vox_model *model, const vox_op *op);
    void (*run)(const vox_context *context, const vox_op *op);
} vox_kernel;

/* The kernels of this build by op code, NULL where it has none: a model with such an operator is refused
 * (VOX_ERR_UNSUPPORTED). src/program/kernels.c has all below 47, and those from 47 on that the build asks for; an export
 * carries its own table, so that the linker drops the rest. */
extern const vox_kernel *const vox_kernels[];
extern const size_t vox_kernel_count; /* of entries: the highest code, and one */

/* Checks tensors, op records and the arena plan of an opened container (called by vox_model_open).
 * program_size: bytes of the PROG section. Returns the work of one inference, 0..VOX_MAX_WORK, or a negative status. */
int vox_program_check(const vox_model *model, size_t program_size);

/* Arena bytes (a multiple of 8). */
size_t vox_program_arena_size(const vox_model *model);

/* Bytes of the input and of the output tensor. */
size_t vox_program_input_size(const vox_model *model);
size_t vox_program_output_size(const vox_model *model);

/* The program's input and output tensors, in place in the arena; elements = product of dims. Their type is the tensor's:
 * int8_t, int16_t or (output only) int32_t, at a multiple of 8. */
int8_t *vox_program_input(const vox_model *model, void *arena, size_t *elements);
const int8_t *vox_program_output(const vox_model *model, const void *arena, size_t *elements);

/* Bytes at the beginning of the arena that hold state, a multiple of 8; 0 where the program has none. */
size_t vox_program_state_size(const vox_model *model);

/* The same of a cascade: of its last stage or of those that wake it, whichever is more. */
size_t vox_cascade_state_size(const vox_model *model);

/* Gives all state its initial values. Before the first run, and wherever what comes is not what follows. */
void vox_program_reset(const vox_model *model, void *arena);

/* Runs all ops. arena: 8-byte aligned, vox_program_arena_size bytes. The input's place may be overwritten. Of a program with
 * state, nothing but it may have written to vox_program_state_size bytes of the arena since the last run or reset. */
void vox_program_run(const vox_model *model, void *arena);

/* One step of the same: runs the op whose record is `at` bytes behind the first, returns where the next one is. The first
 * step is at 0; program->op_bytes is the end (of a program without ops at once). Between steps the arena is left alone. */
uint32_t vox_program_step(const vox_model *model, void *arena, uint32_t at);

/* Runs op `index` alone (0..op_count-1), for per-layer measurements; ops must be run in order. */
void vox_program_run_op(const vox_model *model, void *arena, unsigned index);

#ifdef __cplusplus
}
#endif
#endif
