/* The device program's counters across their wraps: driver MODEL.vxm. Says what is wrong and ends with 1. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk.h"
#include "nor.h"
#include "ring.h"

const uint8_t app_builtin_model[1] = {0};
const uint32_t app_builtin_model_size = 0;

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            printf("line %d: %s\n", __LINE__, #condition);                                                             \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

enum { MILLIS, FRAMES, WINDOWS, EVENTS, GOOD, BAD, LOST, UNSENT, SAMPLES, REPEATS, NUMBERS = 14 };

static uint32_t statistics[NUMBERS];
static unsigned statistics_seen, results, features;
static uint32_t last_window, last_frame;

void nor_power_fails(void)
{
    abort();
}

static void take(const vox_link_frame *frame)
{
    if (frame->type == VOX_MSG_STATS) {
        ++statistics_seen;
        for (unsigned i = 0; i < NUMBERS; ++i) {
            statistics[i] = vox_get_u32(frame->payload + 4u * i);
        }
    }
    if (frame->type == VOX_MSG_RESULT) {
        ++results;
        last_window = vox_get_u32(frame->payload + 4);
    }
    if (frame->type == VOX_MSG_FEATURES) {
        ++features;
        last_frame = vox_get_u32(frame->payload);
    }
}

static void query_statistics(void)
{
    const uint8_t what = VOX_QUERY_STATS;
    CHECK(desk_ask(VOX_MSG_QUERY, &what, 1) == VOX_OK);
}

static void set_interval(uint32_t interval)
{
    uint8_t payload[5];
    *vox_put_u32(payload, interval) = 1;
    CHECK(desk_ask(VOX_MSG_SETTINGS, payload, 5) == VOX_OK);
}

/* STATS every so often, the clock's wrap in between or not. */
static void check_interval(uint32_t start, uint32_t interval, uint32_t step, unsigned expected)
{
    board.millis = start;
    set_interval(interval);
    statistics_seen = 0;
    for (uint32_t passed = 0; passed < 10000u; passed += step) {
        board.millis += step;
        desk_settle();
    }
    CHECK(statistics_seen == expected);
    set_interval(0);
}

static void check_clock(void)
{
    check_interval(0, 1000, 10, 10);
    check_interval(UINT32_MAX - 4321u, 1000, 10, 10);
    check_interval(0x80000000u - 5000u, 500, 10, 20);
    check_interval(0, 0x90000000u, 10, 0);
    check_interval(UINT32_MAX - 5u, UINT32_MAX, 10, 0);
    board.millis = 5;
    set_interval(0x90000000u);
    statistics_seen = 0;
    board.millis += 0x8FFFFFFFu;
    desk_settle();
    CHECK(statistics_seen == 0);
    board.millis += 1u;
    desk_settle();
    CHECK(statistics_seen == 1);
    set_interval(0);
}

static const int16_t *noise(size_t count)
{
    static int16_t samples[40000];
    static uint32_t state = 1;
    for (size_t i = 0; i < count; ++i) {
        state = state * 1664525u + 1013904223u;
        samples[i] = (int16_t)((int32_t)(state & 0xFFFF0000u) >> 18);
    }
    return samples;
}

static void begin_live(uint16_t mask)
{
    uint8_t payload[6];
    vox_put_u16(vox_put_u32(payload, VOX_CLIP_LIVE), mask);
    CHECK(desk_ask(VOX_MSG_CLIP_BEGIN, payload, 6) == VOX_OK);
}

/* Live sound whose offset passes 2^31, numbers of frames and windows that pass 2^32. */
static void check_live(void)
{
    const size_t count = 40000;
    begin_live(VOX_STREAM_RESULTS | VOX_STREAM_FEATURES);
    desk_app.taken = VOX_OFFSET_MASK - 20000u;
    desk_app.listener.frames += UINT32_MAX - 100u;
    desk_app.listener.next_window += UINT32_MAX - 100u;
    desk_app.listener.windows = UINT32_MAX - 10u;
    desk_app.frames = UINT32_MAX - 7u;
    desk_app.windows = UINT32_MAX - 3u;
    desk_app.events = UINT32_MAX;
    desk_app.event_number = UINT32_MAX;
    desk_app.repeats = UINT32_MAX;
    desk_app.unsent = UINT32_MAX;
    desk_app.decoder.frames = UINT32_MAX - 9u;
    desk_app.decoder.errors = UINT32_MAX;
    board.bytes_lost = UINT32_MAX;
    board.samples_lost = UINT32_MAX;
    results = features = 0;
    CHECK(desk_audio(desk_app.taken, noise(count), count) == (int32_t)(19999u));
    CHECK(results > 20u && features > 300u);
    CHECK(last_window == UINT32_MAX - 10u + results - 1u && last_frame == UINT32_MAX - 100u + features - 1u);
    CHECK(desk_repeat() == 19999); /* heard already */
    static const uint8_t rubbish[] = {3, 1, 1, 0};
    board_receive(rubbish, sizeof rubbish);
    const uint32_t sent = desk_app.decoder.frames;
    board.line_takes = 0;
    const uint8_t what = VOX_QUERY_STATS;
    CHECK(desk_ask(VOX_MSG_QUERY, &what, 1) == DESK_NO_ANSWER); /* STATS and ACK are not sent */
    board.line_takes = SIZE_MAX;
    query_statistics();
    CHECK(statistics[FRAMES] == UINT32_MAX - 7u + features && statistics[WINDOWS] == UINT32_MAX - 3u + results);
    CHECK(statistics[GOOD] == sent + 2u && statistics[GOOD] < 1000u && statistics[BAD] == 0);
    CHECK(statistics[UNSENT] == 1 && statistics[REPEATS] == 0);
    CHECK(statistics[LOST] == UINT32_MAX && statistics[SAMPLES] == UINT32_MAX);
    CHECK(desk_ask(VOX_MSG_CLIP_END, NULL, 0) == VOX_OK);
}

/* Every command is carried out once, also when the sequence has come round. */
static void check_sequences(void)
{
    for (unsigned i = 0; i < 600u; ++i) {
        const uint8_t what = VOX_RESET_STREAMS;
        const uint32_t repeats = desk_app.repeats;
        CHECK(desk_ask(VOX_MSG_RESET, &what, 1) == VOX_OK && desk_app.repeats == repeats);
        CHECK(desk_repeat() == VOX_OK && desk_app.repeats == repeats + 1u);
    }
}

/* The receive ring of the families: one that fills up where its counters wrap. */
static void check_ring(void)
{
    static hal_ring ring;
    ring.head = ring.tail = UINT32_MAX - 5u;
    for (unsigned i = 0; i < HAL_RECEIVE_BYTES + 3u; ++i) {
        hal_ring_put(&ring, (uint8_t)(i * 7u));
    }
    CHECK(ring.lost == 3u);
    uint8_t bytes[HAL_RECEIVE_BYTES + 1u];
    CHECK(hal_ring_take(&ring, bytes, sizeof bytes) == HAL_RECEIVE_BYTES && hal_ring_empty(&ring));
    for (unsigned i = 0; i < HAL_RECEIVE_BYTES; ++i) {
        CHECK(bytes[i] == (uint8_t)(i * 7u));
    }
}

int main(int argc, char **argv)
{
    static _Alignas(8) uint8_t model[1u << 16];
    FILE *in = argc == 2 ? fopen(argv[1], "rb") : NULL;
    const size_t size = in == NULL ? 0 : fread(model, 1, sizeof model, in);
    CHECK(size > 0);
    fclose(in);
    desk_sink = take;
    desk_start();
    CHECK(desk_push(model, size) == VOX_OK && desk_app.model_status == VOX_OK);
    check_ring();
    check_clock();
    check_live();
    check_sequences();
    printf("%u results\n", results);
    return 0;
}
