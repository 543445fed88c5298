/* Vector table and reset of a Cortex-M, Armv6-M to Armv8.1-M; faults end an emulator instead of hanging it. */
#include "cortex_m.h"

#include "painted_stack.h"

int main(int argc, char **argv);

/* Semihosting SYS_EXIT_EXTENDED. Without an emulator or debugger the breakpoint faults, and the core locks up. */
static void leave(uint32_t status)
{
    const uint32_t block[2] = {0x20026u, status}; /* ADP_Stopped_ApplicationExit */
    register uint32_t operation __asm__("r0") = 0x20u;
    register const void *argument __asm__("r1") = block;
    __asm__ volatile("bkpt 0xab" : "+r"(operation) : "r"(argument) : "memory");
    for (;;) {
    }
}

static void fault(void)
{
    leave(70u);
}

void hal_reset(void)
{
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    COPROCESSOR_ACCESS |= 0xFu << 20; /* FPU and vector unit on, before anything can touch them */
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    const uint32_t *stack_pointer;
    __asm__ volatile("mov %0, sp" : "=r"(stack_pointer));
    /* Not quite up to here: the compiler may turn loops into calls of memset and memcpy, which have frames of their own. */
    hal_prepare_memory(stack_pointer - 64);
    leave((uint32_t)main(0, (char **)0));
}

typedef void (*vector)(void);

__attribute__((section(".vectors"), used)) const vector hal_vectors[16 + 64] = {
    (vector)(uintptr_t)__stack_top,
    hal_reset,
    fault, /* NMI */
    fault, /* hard fault */
    fault, /* memory management */
    fault, /* bus */
    fault, /* usage */
    fault, /* secure */
    0,
    0,
    0,
    fault, /* SVCall */
    fault, /* debug monitor */
    0,
    fault, /* PendSV */
#ifdef HAL_TIMER_IRQ
    fault,
    [16 + HAL_TIMER_IRQ] = hal_timer_interrupt,
#else
    hal_timer_interrupt,
#endif
    [16 + HAL_UART_IRQ] = hal_uart_interrupt,
};
