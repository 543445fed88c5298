/* What the device program needs from a board. hal/<family>/ implements it; everything else is the same on every board.
 *
 * Byte order of business: hal_init() once, then the calls below from one thread; interrupts stay inside the hal.
 */
#ifndef APP_HAL_H
#define APP_HAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Prepares clocks, serial port and storage. argc, argv: of main; 0 and NULL where there is no command line.
 * Returns 0, or the exit status that main should return at once. */
int hal_init(int argc, char **argv);

/* False once there is nobody left to serve (a PC program at the end of its input); always true on a board. */
bool hal_running(void);

/* Waits for an interrupt or at most about 10 ms. Called when there is nothing to do. */
void hal_idle(void);

/* ---- time ---- */

/* A free-running 32-bit counter and its frequency in Hz; differences are valid for less than 2^32 ticks. */
uint32_t hal_ticks(void);
uint32_t hal_tick_rate(void);

/* Milliseconds since start, modulo 2^32. Resolution may be 10 ms. */
uint32_t hal_millis(void);

/* ---- byte stream to the host ---- */

/* Bytes that the receive buffer holds: what the host may have under way at once. */
size_t hal_receive_capacity(void);

/* Takes up to max received bytes; never waits. */
size_t hal_read(uint8_t *bytes, size_t max);

/* Received bytes that were lost because the buffer was full, modulo 2^32. */
uint32_t hal_read_lost(void);

/* Sends; waits for the line if it must, but not for ever. Returns the bytes sent: fewer than size where nobody reads. */
size_t hal_write(const uint8_t *bytes, size_t size);

/* ---- sound ---- */

bool hal_has_audio(void);

/* Starts the microphone at `rate` Hz. False if it cannot. */
bool hal_audio_start(uint32_t rate);
void hal_audio_stop(void);

/* Takes up to max samples (int16 PCM mono); never waits. */
size_t hal_audio_read(int16_t *samples, size_t max);

/* Samples lost because they were not taken in time, since start, modulo 2^32. */
uint32_t hal_audio_lost(void);

/* ---- pushed models: two slots, so that one can be filled while the other runs ---- */

#define HAL_SLOTS 2u

size_t hal_slot_size(void); /* 0: this board takes no models */
bool hal_slots_persist(void);

/* Prepares slot 0 or 1 for `size` bytes, then takes them in order. False on failure. */
bool hal_slot_begin(unsigned slot, size_t size);
bool hal_slot_write(unsigned slot, size_t offset, const uint8_t *bytes, size_t size);

/* The slot's bytes, readable in place, 8-byte aligned. */
const uint8_t *hal_slot_data(unsigned slot);

/* Boards that keep models: the slot's first `size` bytes, written since hal_slot_begin, are the model to run from when the
 * board is switched on; none is; and the size of the one that is, 0 for none. Others keep nothing. False on failure. */
bool hal_slot_keep(unsigned slot, size_t size, uint32_t revision);
bool hal_slot_forget(void);
size_t hal_slot_kept(unsigned *slot);

/* The slot for the next model while no pushed one runs. */
unsigned hal_slot_spare(void);

/* The highest revision ever given to hal_slot_keep, hal_slot_forget or not: since the board was made, or on boards that keep
 * nothing since it was switched on. */
uint32_t hal_slot_revision(void);

/* ---- memory ---- */

/* Bytes of stack, and the most used so far; 0 where not known. */
uint32_t hal_stack_size(void);
uint32_t hal_stack_used(void);

#endif
