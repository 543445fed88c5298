/* Requests that come while the device program is at work: driver MODEL.vxm, a model that hears and has many windows in a
 * piece of sound. Each request is tried after every number of rounds. Says what is wrong and ends with 1, or prints
 * {"places": n}, the number of places tried. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk.h"
#include "nor.h"
#include "vox/nn.h"

const uint8_t app_builtin_model[1] = {0};
const uint32_t app_builtin_model_size = 0;

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            printf("line %d, after %u rounds: %s\n", __LINE__, rounds, #condition);                                    \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

#define PIECES 30u
#define SAMPLES (PIECES * VOX_CLIP_CHUNK)

static unsigned rounds, places;
static uint32_t heard; /* CRC of all frames, results and clips since the clip began */
static unsigned acks[256], hellos;
static int32_t last_ack[256];
static int16_t sound[SAMPLES];

void nor_power_fails(void)
{
    abort();
}

static void take(const vox_link_frame *frame)
{
    if (frame->type == VOX_MSG_ACK) {
        ++acks[frame->payload[0]];
        last_ack[frame->payload[0]] = (int32_t)vox_get_u32(frame->payload + 2);
    } else if (frame->type == VOX_MSG_HELLO) {
        ++hellos;
    } else if (frame->type == VOX_MSG_FEATURES || frame->type == VOX_MSG_CLIP || frame->type == VOX_MSG_RUN_OUTPUT) {
        const size_t head = frame->type == VOX_MSG_RUN_OUTPUT ? 8u : 0u; /* ticks */
        heard = vox_crc32(heard, frame->payload + head, frame->size - head);
    } else if (frame->type == VOX_MSG_RESULT) {
        heard = vox_crc32(heard, frame->payload, 8);
    }
}

static void post(uint8_t type, const uint8_t *payload, size_t size)
{
    static uint8_t sequence = 100;
    uint8_t wire[VOX_LINK_WIRE];
    board_receive(wire, (size_t)vox_link_encode(wire, type, sequence++, payload, size));
}

static void post_byte(uint8_t type, uint8_t what)
{
    post(type, &what, 1);
}

static void begin_clip(void)
{
    uint8_t payload[6];
    vox_put_u16(vox_put_u32(payload, SAMPLES), VOX_STREAM_RESULTS | VOX_STREAM_FEATURES);
    heard = 0;
    CHECK(desk_ask(VOX_MSG_CLIP_BEGIN, payload, 6) == VOX_OK);
}

static void post_piece(unsigned piece)
{
    uint8_t payload[VOX_LINK_PAYLOAD];
    uint8_t *at = vox_put_u32(payload, piece * VOX_CLIP_CHUNK);
    for (size_t i = 0; i < VOX_CLIP_CHUNK; ++i) {
        at = vox_put_u16(at, (uint16_t)sound[piece * VOX_CLIP_CHUNK + i]);
    }
    post(VOX_MSG_CLIP_AUDIO, payload, (size_t)(at - payload));
}

/* All but the last pieces, so that windows are under way in those. */
static void hear_most(void)
{
    begin_clip();
    for (unsigned piece = 0; piece + 3u < PIECES; ++piece) {
        post_piece(piece);
        desk_settle();
    }
    memset(acks, 0, sizeof acks);
    hellos = 0;
}

static void hear_rest(void)
{
    for (unsigned piece = PIECES - 3u; piece < PIECES; ++piece) {
        post_piece(piece); /* three at once: they wait for each other */
    }
}

static uint32_t whole_clip(void)
{
    hear_most();
    hear_rest();
    desk_settle();
    CHECK(acks[VOX_MSG_CLIP_AUDIO] == 3u && last_ack[VOX_MSG_CLIP_AUDIO] == (int32_t)SAMPLES);
    CHECK(desk_ask(VOX_MSG_CLIP_END, NULL, 0) == VOX_OK);
    CHECK(desk_repeat() == VOX_OK);
    return heard;
}

/* Rounds until the rest of the clip is heard, one operator or frame each. */
static unsigned rounds_of_rest(void)
{
    unsigned count = 0;
    hear_most();
    for (hear_rest(); app_poll(&desk_app); ++count) {
    }
    return count;
}

/* One piece, and so many rounds after its work has begun. */
static void work_on_a_piece(void)
{
    post_piece(PIECES - 3u);
    while (desk_app.work.task == APP_RESTING && acks[VOX_MSG_CLIP_AUDIO] == 0) {
        CHECK(app_poll(&desk_app));
    }
    for (unsigned i = 0; i < rounds; ++i) {
        (void)app_poll(&desk_app);
    }
}

/* Asked while it works, it answers at once; the clip is what it would have been. */
static void check_questions(unsigned count, uint32_t whole)
{
    unsigned while_working = 0;
    for (rounds = 0; rounds < count; ++rounds, ++places) {
        hear_most();
        work_on_a_piece();
        while_working += desk_app.work.task != APP_RESTING;
        post_byte(VOX_MSG_QUERY, VOX_QUERY_HELLO);
        CHECK(app_poll(&desk_app) && hellos == 1u && acks[VOX_MSG_QUERY] == 1u);
        post_piece(PIECES - 2u);
        post_piece(PIECES - 1u);
        desk_settle();
        CHECK(acks[VOX_MSG_CLIP_AUDIO] == 3u && desk_app.work.task == APP_RESTING);
        CHECK(desk_ask(VOX_MSG_CLIP_END, NULL, 0) == VOX_OK && desk_repeat() == VOX_OK && heard == whole);
    }
    CHECK(while_working >= 10u);
}

/* Stopped while it works, it stops, owes no answer, and begins anew as if nothing had been. */
static void check_stops(unsigned count, uint32_t whole)
{
    for (rounds = 1; rounds < count; ++rounds, ++places) {
        hear_most();
        work_on_a_piece();
        const unsigned done = acks[VOX_MSG_CLIP_AUDIO];
        post_byte(VOX_MSG_RESET, VOX_RESET_STREAMS);
        CHECK(app_poll(&desk_app) && acks[VOX_MSG_RESET] == 1u);
        CHECK(desk_app.work.task == APP_RESTING && desk_app.source == APP_IDLE);
        desk_settle();
        CHECK(acks[VOX_MSG_CLIP_AUDIO] == done);
        if (rounds % 16u == 1u) {
            CHECK(whole_clip() == whole);
        }
    }
}

/* The network alone. Returns the CRC of its output. */
static uint32_t run_network(bool interrupted)
{
    uint8_t payload[VOX_LINK_PAYLOAD];
    const size_t size = vox_program_input_size(&desk_app.model);
    heard = 0;
    CHECK(desk_ask(VOX_MSG_RUN_BEGIN, NULL, 0) == VOX_OK);
    for (size_t at = 0; at < size;) {
        const size_t count = size - at < 200u ? size - at : 200u;
        memset(vox_put_u32(payload, (uint32_t)at), (int)at & 0x3F, count);
        CHECK(desk_ask(VOX_MSG_RUN_INPUT, payload, 4u + count) >= 0);
        at += count;
    }
    memset(acks, 0, sizeof acks);
    if (!interrupted) {
        CHECK(desk_ask(VOX_MSG_RUN, NULL, 0) == VOX_OK && desk_app.run.done);
        return heard;
    }
    post(VOX_MSG_RUN, NULL, 0);
    CHECK(app_poll(&desk_app) && desk_app.work.task == APP_RUNNING);
    for (unsigned ops = 1; desk_app.work.task == APP_RUNNING; ++ops, ++places) {
        post_byte(VOX_MSG_QUERY, VOX_QUERY_STATS);
        CHECK(acks[VOX_MSG_RUN] == 0 && app_poll(&desk_app) && acks[VOX_MSG_QUERY] == ops);
    }
    CHECK(acks[VOX_MSG_RUN] == 1u);
    return heard;
}

static void check_network(void)
{
    const uint32_t output = run_network(false);
    CHECK(output != 0 && run_network(true) == output);
    (void)run_network(false);
    CHECK(desk_ask(VOX_MSG_RUN_NEXT, NULL, 0) == VOX_OK);
}

/* A microphone that hears more than the board can do: what is lost is counted, and the board answers. */
static void check_microphone(void)
{
    uint8_t mask[2];
    vox_put_u16(mask, VOX_STREAM_RESULTS);
    CHECK(desk_ask(VOX_MSG_STREAM, mask, 2) == VOX_OK && board_microphone_rate() > 0);
    memset(acks, 0, sizeof acks);
    hellos = 0;
    const uint32_t lost = board.samples_lost;
    for (rounds = 0; rounds < 2000u; ++rounds) {
        board_hear(sound, 100);
        (void)app_poll(&desk_app);
        if (rounds % 100u == 50u) {
            post_byte(VOX_MSG_QUERY, VOX_QUERY_HELLO);
            (void)app_poll(&desk_app);
            CHECK(acks[VOX_MSG_QUERY] == rounds / 100u + 1u);
        }
        if (rounds % 100u == 70u) { /* sound from the host waits for a piece of the microphone's, and is refused */
            post_piece(0);
        }
    }
    CHECK(board.samples_lost > lost && acks[VOX_MSG_CLIP_AUDIO] >= 18u &&
          last_ack[VOX_MSG_CLIP_AUDIO] == VOX_ERR_STATE);
    vox_put_u16(mask, 0);
    post(VOX_MSG_STREAM, mask, 2);
    (void)app_poll(&desk_app);
    (void)app_poll(&desk_app);
    CHECK(board_microphone_rate() == 0 && acks[VOX_MSG_STREAM] == 1u);
    desk_settle();
}

int main(int argc, char **argv)
{
    static _Alignas(8) uint8_t model[1u << 16];
    FILE *in = argc == 2 ? fopen(argv[1], "rb") : NULL;
    const size_t size = in == NULL ? 0 : fread(model, 1, sizeof model, in);
    CHECK(size > 0);
    fclose(in);
    uint32_t state = 1;
    for (size_t i = 0; i < SAMPLES; ++i) {
        state = state * 1664525u + 1013904223u;
        sound[i] = (int16_t)((int32_t)(state & 0xFFFF0000u) >> 19);
    }
    desk_sink = take;
    desk_start();
    CHECK(desk_push(model, size) == VOX_OK && desk_app.model_status == VOX_OK);
    const uint32_t whole = whole_clip();
    const unsigned count = rounds_of_rest();
    CHECK(whole != 0 && whole_clip() == whole && count > 20u);
    check_questions(count, whole);
    check_stops(count, whole);
    check_network();
    check_microphone();
    CHECK(whole_clip() == whole);
    printf("{\"places\": %u}\n", places);
    return 0;
}
