/* Runs the network on input tensors.
 *
 *     ./infer inputs.bin         rows of the input's integers, one behind the other, little-endian; `-`: standard input
 *
 * Prints the output's integers, a row a line. A network with state goes on from row to row.
 * Exit status: 0, 1 where the file or the model is at fault, 2 for wrong usage.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model.h"
#include "vox/model.h"
#include "vox/nn.h"

typedef struct {
    vox_model model;
    uint64_t arena[VOX_MODEL_ARENA_SIZE / 8];
} network;

static int32_t value_at(const void *values, unsigned type, size_t i)
{
    return type == VOX_TYPE_S8    ? ((const int8_t *)values)[i]
           : type == VOX_TYPE_S16 ? ((const int16_t *)values)[i]
                                  : ((const int32_t *)values)[i];
}

static void print_output(const network *n)
{
    size_t elements = 0;
    const void *output = vox_program_output(&n->model, n->arena, &elements);
    const unsigned type = n->model.tensors[n->model.program->output].type;
    for (size_t i = 0; i < elements; ++i) {
        (void)printf(i == 0 ? "%" PRId32 : " %" PRId32, value_at(output, type, i));
    }
    (void)printf("\n");
}

static int run_rows(network *n, FILE *file, const char *name)
{
    const size_t row = vox_program_input_size(&n->model);
    vox_program_reset(&n->model, n->arena);
    for (;;) {
        const size_t got = fread(vox_program_input(&n->model, n->arena, NULL), 1, row, file);
        if (got != row) {
            if (got != 0 || ferror(file)) {
                (void)fprintf(stderr, "%s: ends within a row; rows have %u bytes\n", name, (unsigned)row);
                return 1;
            }
            return 0;
        }
        vox_program_run(&n->model, n->arena);
        print_output(n);
    }
}

int main(int argc, char **argv)
{
    static network n;
    if (argc != 2) {
        (void)fprintf(stderr, "usage: infer INPUTS\n");
        return 2;
    }
    const int status = vox_model_open(&n.model, vox_model_image.bytes, sizeof vox_model_image.bytes);
    if (status != VOX_OK) {
        (void)fprintf(stderr, "the model does not open: status %d\n", status);
        return 1;
    }
    FILE *file = strcmp(argv[1], "-") == 0 ? stdin : fopen(argv[1], "rb");
    if (file == NULL) {
        (void)fprintf(stderr, "%s: cannot be opened\n", argv[1]);
        return 1;
    }
    const int result = run_rows(&n, file, argv[1]);
    (void)fclose(file);
    return result;
}
