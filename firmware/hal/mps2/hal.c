#include "hal.h"

#include "registers.h"
#include "ring.h"

#define CLOCK_HZ (VOX_CLOCK_MHZ * 1000000u)
#define SYSTICK_MS 10u
#define SYSTICK_PERIOD (CLOCK_HZ / 1000u * SYSTICK_MS)

static hal_ring received;
static volatile uint32_t periods; /* of SysTick */

void hal_uart_interrupt(void)
{
    UART_INTERRUPT = UART_INTERRUPT_RECEIVE;
    uint32_t state = UART_STATE;
    if ((state & UART_STATE_OVERRUN) != 0) {
        UART_STATE = UART_STATE_OVERRUN;
        received.lost = received.lost + 1u;
    }
    for (; (state & UART_STATE_RECEIVED) != 0; state = UART_STATE) {
        hal_ring_put(&received, (uint8_t)UART_DATA);
    }
}

void hal_timer_interrupt(void)
{
    periods = periods + 1u;
}

int hal_init(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    SYSTICK_RELOAD = SYSTICK_PERIOD - 1u;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = 7u; /* core clock, interrupt, on */
    UART_DIVIDER = (CLOCK_HZ + VOX_BAUD / 2u) / VOX_BAUD;
    UART_CONTROL = UART_CONTROL_SEND | UART_CONTROL_RECEIVE | UART_CONTROL_RECEIVE_INTERRUPT;
    NVIC_ENABLE(HAL_UART_IRQ) = 1u << HAL_UART_IRQ % 32u;
    return 0;
}

bool hal_running(void)
{
    return true;
}

/* Interrupts are held off between the last look at the buffer and the wait, so that a byte that comes in between ends
 * the wait at once. */
void hal_idle(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
    if (hal_ring_empty(&received)) {
        __asm__ volatile("wfi" ::: "memory");
    }
    __asm__ volatile("cpsie i" ::: "memory");
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

size_t hal_receive_capacity(void)
{
    return HAL_RECEIVE_BYTES;
}

size_t hal_read(uint8_t *bytes, size_t max)
{
    return hal_ring_take(&received, bytes, max);
}

uint32_t hal_read_lost(void)
{
    return received.lost;
}

size_t hal_write(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; ++i) {
        while ((UART_STATE & UART_STATE_SEND_FULL) != 0) {
        }
        UART_DATA = bytes[i];
    }
    return size;
}
