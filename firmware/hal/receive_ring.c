/* What the device program reads of the serial port: bytes that a family's interrupt put into the ring. */
#include "hal.h"

#include "ring.h"

hal_ring hal_received;

size_t hal_receive_capacity(void)
{
    return HAL_RECEIVE_BYTES;
}

size_t hal_read(uint8_t *bytes, size_t max)
{
    return hal_ring_take(&hal_received, bytes, max);
}

uint32_t hal_read_lost(void)
{
    return hal_received.lost;
}
