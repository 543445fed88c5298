/* How long the check of a signed file takes, and what it says: run by count.py, on start-up code and clock of
 * host/vox_embed/device/measure/program. Without CHECK the same program without the check. */
#include "file.h" /* made by count.py: the file, its size */
#include "measure.h"
#include "signature.h"

void measure_main(void)
{
    uint32_t revision = 0;
    const uint32_t before = measure_ticks();
#ifdef CHECK
    const int status = app_check_signature(bench_file, bench_size, &revision);
#else
    const volatile uint8_t *file = bench_file; /* so that it is part of this program, too */
    const int status = file[bench_size - 1u] + (int)revision > 255;
#endif
    measure_print("ticks", (int32_t)(measure_ticks() - before));
    measure_print("status", status);
}
