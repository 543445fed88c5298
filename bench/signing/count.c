/* How many ticks the check of a signed file takes: the MPS2 board's 32-bit timer, printed through semihosting. */
#include "cortex_m.h"
#include "file.h" /* made by count.py: the file, its size */
#include "signature.h"
#include "vox/status.h"

#define TIMER_LOAD REGISTER(0x40002000u)
#define TIMER_VALUE REGISTER(0x40002004u)
#define TIMER_CONTROL REGISTER(0x40002008u)
#define TIMER_ON 0x82u /* 32 bits, down */

void hal_uart_interrupt(void)
{
}

void hal_timer_interrupt(void)
{
}

static void print(uint32_t value)
{
    char text[12] = {0};
    char *at = text + 10;
    *at = '\n';
    do {
        *--at = (char)('0' + value % 10u);
        value /= 10u;
    } while (value > 0);
    register uint32_t operation __asm__("r0") = 4u; /* SYS_WRITE0 */
    register const char *argument __asm__("r1") = at;
    __asm__ volatile("bkpt 0xab" : "+r"(operation) : "r"(argument) : "memory");
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    TIMER_LOAD = 0xFFFFFFFFu;
    TIMER_CONTROL = TIMER_ON;
    uint32_t revision = 0;
    const uint32_t before = TIMER_VALUE;
#ifdef CHECK
    const int status = app_check_signature(bench_file, bench_size, &revision);
#else
    const volatile uint8_t *file = bench_file; /* so that it is part of this program, too */
    const int status = file[bench_size - 1u] + (int)revision > 255;
#endif
    print(before - TIMER_VALUE);
    return status == VOX_OK ? 0 : 1;
}
