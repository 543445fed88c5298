#include "hal.h"

#include "csr.h"
#include "registers.h"
#include "ring.h"

#define TIMER_HZ 10000000u
#define PERIOD_MS 10u
#define PERIOD (TIMER_HZ / 1000u * PERIOD_MS)
#define MSTATUS_MIE "8"
#define MIE_TIMER (1u << 7)
#define MIE_EXTERNAL (1u << 11)

static volatile uint32_t periods;

void virt_uart_interrupt(void)
{
    uint8_t state = UART_STATE;
    while ((state & UART_STATE_RECEIVED) != 0) {
        if ((state & UART_STATE_OVERRUN) != 0) {
            hal_received.lost = hal_received.lost + 1u;
        }
        hal_ring_put(&hal_received, UART_DATA);
        state = UART_STATE;
    }
}

static void set_alarm(uint64_t when)
{
    TIMER_COMPARE_HIGH = 0xFFFFFFFFu; /* never in between */
    TIMER_COMPARE_LOW = (uint32_t)when;
    TIMER_COMPARE_HIGH = (uint32_t)(when >> 32);
}

void virt_timer_interrupt(void)
{
    const uint64_t due = (uint64_t)TIMER_COMPARE_HIGH << 32 | TIMER_COMPARE_LOW;
    set_alarm(due + PERIOD);
    periods = periods + 1u;
}

int hal_init(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    UART_FORMAT = UART_FORMAT_8N1;
    UART_FIFO = UART_FIFO_ON;
    UART_INTERRUPTS = UART_INTERRUPT_RECEIVED;
    PLIC_PRIORITY(UART_IRQ) = 1;
    PLIC_ENABLE = 1u << UART_IRQ;
    PLIC_THRESHOLD = 0;
    set_alarm(((uint64_t)TIMER_HIGH << 32 | TIMER_LOW) + PERIOD);
    __asm__ volatile(CSR("csrw mie, %0")::"r"(MIE_TIMER | MIE_EXTERNAL));
    __asm__ volatile(CSR("csrsi mstatus, " MSTATUS_MIE)::: "memory");
    return 0;
}

bool hal_running(void)
{
    return true;
}

/* As in idle_cortex_m.c: a byte that comes in between the look and the wait ends the wait at once. */
void hal_idle(void)
{
    __asm__ volatile(CSR("csrci mstatus, " MSTATUS_MIE)::: "memory");
    if (hal_ring_empty(&hal_received)) {
        __asm__ volatile("wfi" ::: "memory");
    }
    __asm__ volatile(CSR("csrsi mstatus, " MSTATUS_MIE)::: "memory");
}

uint32_t hal_ticks(void)
{
    return TIMER_LOW;
}

uint32_t hal_tick_rate(void)
{
    return TIMER_HZ;
}

uint32_t hal_millis(void)
{
    return periods * PERIOD_MS;
}

size_t hal_write(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; ++i) {
        while ((UART_STATE & UART_STATE_SEND_READY) == 0) {
        }
        UART_DATA = bytes[i];
    }
    return size;
}
