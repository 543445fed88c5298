/* A host in the same program as its board: asks, and reads what comes back. */
#ifndef MEMORY_BOARD_DESK_H
#define MEMORY_BOARD_DESK_H

#include "board.h"

#define DESK_NO_ANSWER INT32_MIN

extern app_state desk_app;

/* Called for every frame that the board sends, acknowledgements included; NULL for nobody. */
extern void (*desk_sink)(const vox_link_frame *frame);

/* Starts the board, as when it is switched on. */
void desk_start(void);

/* Polls until there is nothing to do. */
void desk_settle(void);

/* One request with the next sequence: its acknowledged status, or DESK_NO_ANSWER. desk_repeat sends the last one again. */
int32_t desk_ask(uint8_t type, const uint8_t *payload, size_t size);
int32_t desk_repeat(void);

/* MODEL_BEGIN, MODEL_DATA ..., MODEL_COMMIT; the first status below 0, or VOX_OK. */
int32_t desk_push(const uint8_t *model, size_t size);

/* CLIP_AUDIO from `offset` on, in pieces. */
int32_t desk_audio(uint32_t offset, const int16_t *samples, size_t count);

#endif
