#include "hal.h"

#include "hardware/clocks.h"
#include "hardware/exception.h"
#include "hardware/structs/systick.h"
#include "hardware/sync.h"
#include "hardware/timer.h"

#include "rp2040.h"

_Static_assert(SYS_CLK_HZ == VOX_CLOCK_MHZ * 1000000u, "clock_mhz of the board's file is not the clock pico-sdk sets");

#define PERIOD (SYS_CLK_HZ / 200u) /* 5 ms: how often sound is taken over, and the longest idle wait */
#define SYSTICK_ON 7u              /* processor clock, interrupt, on */
#define STACK_PAINT UINT32_C(0xA5A5A5A5)

/* The stack takes both scratch banks, 4 kB each, and grows down from the end of bank y. pico-sdk reserves bank y; bank x, where
 * core 1 would have its stack, is reserved here: that core is off. */
#define BANK_BYTES 4096u
extern uint32_t __StackTop[]; /* the linker script's */
static uint32_t lower_bank[BANK_BYTES / sizeof(uint32_t)] __attribute__((section(".stack1")));
_Static_assert(VOX_STACK_BYTES == 2u * BANK_BYTES, "stack_kb of the board's file is not the two scratch banks");

static volatile uint32_t periods;

typedef enum { LINK_NONE, LINK_USB, LINK_UART } link_end;
static link_end heard; /* where the host was heard last: answers go there */

static void systick(void)
{
    ++periods;
    rp2040_capture_drain();
}

static uint32_t *stack_bottom(void)
{
    return lower_bank;
}

static void paint_stack(void)
{
    uint32_t *stack_pointer;
    __asm__ volatile("mov %0, sp" : "=r"(stack_pointer));
    for (volatile uint32_t *at = stack_bottom(); (uintptr_t)at < (uintptr_t)stack_pointer - 64u; ++at) {
        *at = STACK_PAINT;
    }
}

/* Called where an assertion of the SDK or of TinyUSB fails. Theirs formats a text that nobody would hear, on the same stack. */
void __attribute__((noreturn)) __assert_func(const char *file, int line, const char *function, const char *what);
void __assert_func(const char *file, int line, const char *function, const char *what)
{
    (void)file;
    (void)line;
    (void)function;
    (void)what;
    for (;;) {
        __breakpoint();
    }
}

int hal_init(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    paint_stack();
    rp2040_capture_init();
    rp2040_uart_init();
    rp2040_cdc_init();
    exception_set_exclusive_handler(SYSTICK_EXCEPTION, systick);
    systick_hw->rvr = PERIOD - 1u;
    systick_hw->cvr = 0;
    systick_hw->csr = SYSTICK_ON;
    return 0;
}

bool hal_running(void)
{
    return true;
}

/* Interrupts are held off between the last look and the wait: one that comes in between ends the wait at once. */
void hal_idle(void)
{
    const uint32_t interrupts = save_and_disable_interrupts();
    if (!rp2040_cdc_readable() && !rp2040_uart_readable() && !rp2040_capture_readable()) {
        __wfi();
    }
    restore_interrupts(interrupts);
}

uint32_t hal_ticks(void)
{
    uint32_t before, value;
    do {
        before = periods;
        value = systick_hw->cvr;
    } while (periods != before);
    return before * PERIOD + (PERIOD - 1u - value);
}

uint32_t hal_tick_rate(void)
{
    return SYS_CLK_HZ;
}

uint32_t hal_millis(void)
{
    return (uint32_t)(time_us_64() / 1000u);
}

/* Over USB nothing is lost in any case: the controller makes the host wait. */
size_t hal_receive_capacity(void)
{
    return RP2040_RECEIVE_BYTES;
}

size_t hal_read(uint8_t *bytes, size_t max)
{
    size_t count = rp2040_cdc_read(bytes, max);
    if (count > 0) {
        heard = LINK_USB;
    } else {
        count = rp2040_uart_read(bytes, max);
        heard = count > 0 ? LINK_UART : heard;
    }
    return count;
}

uint32_t hal_read_lost(void)
{
    return rp2040_uart_lost();
}

size_t hal_write(const uint8_t *bytes, size_t size)
{
    switch (heard) {
    case LINK_USB:
        return rp2040_cdc_write(bytes, size);
    case LINK_UART:
        return rp2040_uart_write(bytes, size);
    default: /* nobody has asked yet: whoever listens */
        rp2040_cdc_write(bytes, size);
        return rp2040_uart_write(bytes, size);
    }
}

uint32_t hal_stack_size(void)
{
    return (uint32_t)((uintptr_t)__StackTop - (uintptr_t)stack_bottom());
}

uint32_t hal_stack_used(void)
{
    const uint32_t *at = stack_bottom();
    while ((uintptr_t)at < (uintptr_t)__StackTop && *at == STACK_PAINT) {
        ++at;
    }
    return (uint32_t)((uintptr_t)__StackTop - (uintptr_t)at);
}
