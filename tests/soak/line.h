/* A host on a bad line to the board of helpers/memory_board: bytes are flipped, dropped, doubled and cut both ways, and what is
 * lost is sent again, as docs/link-protocol.md says. Nothing sleeps; every draw follows from the seed. */
#ifndef SOAK_LINE_H
#define SOAK_LINE_H

#include "app.h"

/* Says what is wrong and where, and ends the program. */
#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            soak_fail(__FILE__, __LINE__, #condition);                                                                 \
        }                                                                                                              \
    } while (0)

_Noreturn void soak_fail(const char *file, int line, const char *condition);

void soak_seed(uint64_t seed);
uint32_t soak_draw(void);
uint32_t soak_below(uint32_t count); /* count: at least 1 */

typedef struct {
    uint32_t one_in;                                    /* frames, of which one is harmed, both ways; 0: none */
    unsigned long requests, resent, harmed_down;        /* of the host */
    unsigned long reports, heard, missed, harmed_up;    /* of the board, since it was switched on */
    unsigned long all_reports, all_missed, all_harm_up; /* of the day */
    uint32_t unsent;                                    /* frames that the board could not send, since then */
} soak_line;

extern soak_line line;
extern app_state app;

/* Every frame that the board sends, on the board's side of the line; the day's. */
void soak_seen(const vox_link_frame *frame);

/* The board is switched on; it counts from the beginning. */
void line_power_on(void);

void line_settle(void);
void line_rounds(uint32_t most);

/* A request, once; and until it is acknowledged: its status. */
void line_post(uint8_t type, const uint8_t *payload, size_t size);
int32_t line_command(uint8_t type, const uint8_t *payload, size_t size);

/* Data with offsets, until all is taken. unit: bytes that the offset counts as one; chunk: units in a request. */
void line_data(uint8_t type, uint32_t start, const uint8_t *data, uint32_t units, uint32_t unit, uint32_t chunk);

/* The first pieces of it, once, and not waited for. */
void line_post_data(uint8_t type, uint32_t start, const uint8_t *data, uint32_t units, uint32_t unit, uint32_t chunk);

#endif
