/* Any Cortex-M: time from SysTick, the serial port from board.h. */
#include "hal.h"

#include "board.h"
#include "cortex_m.h"
#include "ring.h"

#define CLOCK_HZ (VOX_CLOCK_MHZ * 1000000u)
#define SYSTICK_MS 10u
#define SYSTICK_PERIOD (CLOCK_HZ / 1000u * SYSTICK_MS)
#define PATIENCE 5u /* periods for one byte: enough for 300 baud */

#if VOX_CLOCK_MHZ * 1000u * SYSTICK_MS > 1u << 24
#error "clock_mhz is more than SysTick can count in 10 ms"
#endif

static hal_ring received;
static volatile uint32_t periods; /* of SysTick */

void hal_uart_interrupt(void)
{
    for (int byte = board_receive(); byte != BOARD_NOTHING; byte = board_receive()) {
        if (byte == BOARD_OVERRUN) {
            received.lost = received.lost + 1u;
        } else {
            hal_ring_put(&received, (uint8_t)byte);
        }
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
    board_init();
    SYSTICK_RELOAD = SYSTICK_PERIOD - 1u;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = 7u; /* core clock, interrupt, on */
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
    for (size_t sent = 0; sent < size; ++sent) {
        const uint32_t start = periods;
        while (!board_send(bytes[sent])) {
            if (periods - start > PATIENCE) {
                return sent;
            }
        }
    }
    return size;
}
