/* Bytes from an interrupt to the program: one writes, one reads, nobody waits. */
#ifndef HAL_RING_H
#define HAL_RING_H

#include <stddef.h>
#include <stdint.h>

#ifndef HAL_RECEIVE_BYTES
#define HAL_RECEIVE_BYTES 2048u /* a power of two */
#endif

/* Written by the interrupt at head, read by the program at tail; both count up without end. */
typedef struct {
    uint8_t bytes[HAL_RECEIVE_BYTES];
    volatile uint32_t head, tail, lost;
} hal_ring;

/* receive_ring.c: what the serial port received. A family's interrupt puts bytes in, and counts in `lost` those that its
 * UART lost. */
extern hal_ring hal_received;

static inline void hal_ring_put(hal_ring *ring, uint8_t byte)
{
    const uint32_t head = ring->head;
    if (head - ring->tail < HAL_RECEIVE_BYTES) {
        ring->bytes[head % HAL_RECEIVE_BYTES] = byte;
        ring->head = head + 1u;
    } else {
        ring->lost = ring->lost + 1u;
    }
}

static inline size_t hal_ring_take(hal_ring *ring, uint8_t *bytes, size_t max)
{
    size_t count = 0;
    uint32_t tail = ring->tail;
    while (count < max && tail != ring->head) {
        bytes[count++] = ring->bytes[tail++ % HAL_RECEIVE_BYTES];
    }
    ring->tail = tail;
    return count;
}

static inline int hal_ring_empty(const hal_ring *ring)
{
    return ring->head == ring->tail;
}

#endif
