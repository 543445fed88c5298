/* A board in this computer's memory: the device program with a serial line, a clock and a microphone that a test drives, and
 * pushed models in a simulated flash (nor/) whose power can fail. */
#ifndef MEMORY_BOARD_H
#define MEMORY_BOARD_H

#include <stddef.h>
#include <stdint.h>

#include "app.h"

/* Bytes from the host, lost beyond the board's receive buffer, as on a line without flow control. */
void board_receive(const uint8_t *bytes, size_t size);

/* What the board sends; the test's. */
void board_sent(const uint8_t *bytes, size_t size);

/* Sound of the microphone, which runs only while the program wants it. Returns the rate, 0 while it is off. */
uint32_t board_microphone_rate(void);
void board_hear(const int16_t *samples, size_t count);

typedef struct {
    uint32_t millis, ticks; /* of the clock; ticks count on with every look at them */
    uint32_t bytes_lost, samples_lost;
    size_t line_takes; /* bytes that the line still takes before nobody reads; SIZE_MAX: all */
} board_state;

extern board_state board;

/* Forgets what lies in its buffers and registers; the clock starts anew. Flash stays. */
void board_reset(void);

#endif
