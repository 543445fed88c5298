/* A Cortex-M that runs until it is switched off, and sleeps while no byte has come. */
#include "hal.h"

#include "ring.h"

bool hal_running(void)
{
    return true;
}

/* Interrupts are held off between the last look at the buffer and the wait, so that a byte that comes in between ends
 * the wait at once. */
void hal_idle(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
    if (hal_ring_empty(&hal_received)) {
        __asm__ volatile("wfi" ::: "memory");
    }
    __asm__ volatile("cpsie i" ::: "memory");
}
