/* The least program that runs a bare network: what is left of the library once the linker has dropped the rest. */
#include "measure.h"
#include "vox/nn.h"

#include "network.h"

static uint64_t arena[NETWORK_ARENA_BYTES / 8u];

void measure_main(void)
{
    vox_model model;
    if (vox_model_open(&model, app_builtin_model, sizeof app_builtin_model) == VOX_OK) {
        for (;;) {
            vox_program_run(&model, arena);
        }
    }
}
