/* Time from SysTick, which every Cortex-M has. */
#include "hal.h"

#include "cortex_m.h"

#define CLOCK_HZ (VOX_CLOCK_MHZ * 1000000u)
#define SYSTICK_MS 10u
#define SYSTICK_PERIOD (CLOCK_HZ / 1000u * SYSTICK_MS)

#if VOX_CLOCK_MHZ * 1000u * SYSTICK_MS > 1u << 24
#error "clock_mhz is more than SysTick can count in 10 ms"
#endif

static volatile uint32_t periods;

void hal_timer_interrupt(void)
{
    periods = periods + 1u;
}

void hal_systick_start(void)
{
    SYSTICK_RELOAD = SYSTICK_PERIOD - 1u;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = 7u; /* core clock, interrupt, on */
}

/* SysTick counts down; with interrupts off, a period that has just ended is seen as pending. */
uint32_t hal_ticks(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
    uint32_t value = SYSTICK_VALUE;
    uint32_t ended = periods;
    if ((INTERRUPT_STATE & INTERRUPT_STATE_SYSTICK_PENDING) != 0) {
        value = SYSTICK_VALUE;
        ended += 1u;
    }
    __asm__ volatile("cpsie i" ::: "memory");
    return ended * SYSTICK_PERIOD + (SYSTICK_PERIOD - 1u - value);
}

uint32_t hal_tick_rate(void)
{
    return CLOCK_HZ;
}

uint32_t hal_millis(void)
{
    return periods * SYSTICK_MS;
}
