/* Messages to the device program:  app SEED COUNT BASE.vxm ...
 *
 * COUNT messages, of every kind: as a host sends them, out of order, with numbers that rules are about, cut, flipped, repeated, in
 * the midst of work; models changed by one who knows the format are pushed; the line stalls, the board restarts. Between them
 * the program takes any number of rounds. Every so often the board has to answer HELLO within so many rounds as requests can
 * wait, whatever went before. Prints one JSON object of what came of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "board.h"
#include "fields.h"
#include "mutate.h"
#include "nor.h"
#include "vox/nn.h"
#include "vox/vox.h"

const uint8_t app_builtin_model[1] = {0};
const uint32_t app_builtin_model_size = 0;

#define MOST_WORK 300000u
#define PATIENCE 200000u /* rounds */

static app_state app;
static vox_link_decoder decoder;
static unsigned long messages, pushed, refused, results, outputs, clips, events, restarts;
static unsigned hellos;
static uint8_t sequence;
static mutant *base;
static unsigned bases;

void nor_power_fails(void)
{
    abort();
}

void board_sent(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; ++i) {
        vox_link_frame frame;
        if (vox_link_decode(&decoder, bytes[i], &frame) != 1) {
            continue;
        }
        hellos += frame.type == VOX_MSG_HELLO;
        results += frame.type == VOX_MSG_RESULT;
        outputs += frame.type == VOX_MSG_RUN_OUTPUT;
        clips += frame.type == VOX_MSG_CLIP;
        events += frame.type == VOX_MSG_EVENT;
        if (frame.type == VOX_MSG_ACK && frame.payload[0] == VOX_MSG_MODEL_COMMIT) {
            ++*(vox_get_u32(frame.payload + 2) == 0 ? &pushed : &refused);
        }
    }
}

static void rounds(uint32_t most)
{
    for (uint32_t i = 0; i < most && app_poll(&app); ++i) {
    }
}

/* Sent whole, but now and then flipped, cut, or twice. */
static void post(uint8_t type, const uint8_t *payload, size_t size)
{
    uint8_t wire[VOX_LINK_WIRE];
    sequence = (uint8_t)(sequence + (fuzz_below(32) != 0));
    size_t length = (size_t)vox_link_encode(wire, type, sequence, payload, size);
    const uint32_t harm = fuzz_below(128);
    if (harm == 0) {
        wire[fuzz_below((uint32_t)length)] ^= (uint8_t)(1u << fuzz_below(8));
    } else if (harm == 1) {
        length = fuzz_below((uint32_t)length);
    }
    board_receive(wire, length);
    if (harm == 2) {
        board_receive(wire, length);
    }
    ++messages;
    rounds(fuzz_below(8) == 0 ? fuzz_below(4) : 8u + fuzz_below(32));
}

static uint32_t some_number(void)
{
    return fuzz_below(4) == 0 ? fuzz_draw() : numbers[fuzz_below(sizeof numbers / sizeof numbers[0])];
}

static void any_message(void)
{
    uint8_t payload[VOX_LINK_PAYLOAD];
    static const uint8_t sizes[] = {0, 1, 2, 4, 5, 6, 8, 9, 240};
    const size_t size = fuzz_below(4) == 0 ? fuzz_below(sizeof payload + 1u) : sizes[fuzz_below(sizeof sizes)];
    for (size_t i = 0; i < sizeof payload; i += 4) {
        vox_put_u32(payload + i, some_number());
    }
    post((uint8_t)(fuzz_below(16) == 0 ? fuzz_draw() : fuzz_below(16)), payload, size);
}

static void byte_message(uint8_t type, uint8_t what)
{
    post(type, &what, 1);
}

static void no_heavy_model(void)
{
    if (app.model_origin != VOX_MODEL_NONE && app.model.work > MOST_WORK) {
        app.last.valid = false;
        byte_message(VOX_MSG_RESET, VOX_RESET_MODEL);
    }
}

static void push_model(void)
{
    static mutant m;
    const mutant *from = &base[fuzz_below(bases)];
    m.size = from->size;
    memcpy(m.data, from->data, from->size);
    if (fuzz_below(4) != 0) {
        fuzz_mutate(&m, &base[fuzz_below(bases)]);
    }
    uint8_t payload[VOX_LINK_PAYLOAD];
    vox_put_u32(vox_put_u32(payload, m.size), vox_crc32(0, m.data, m.size));
    post(VOX_MSG_MODEL_BEGIN, payload, 8);
    for (uint32_t tries = 0; tries < 200u && app.transfer.open && app.transfer.received < m.size; ++tries) {
        const uint32_t at = app.transfer.received, left = m.size > at ? m.size - at : 1u;
        const uint32_t count = left < VOX_MODEL_CHUNK ? left : VOX_MODEL_CHUNK;
        memcpy(vox_put_u32(payload, at), m.data + at, count);
        post(VOX_MSG_MODEL_DATA, payload, 4u + count);
        if (fuzz_below(64) == 0) {
            any_message();
        }
    }
    post(VOX_MSG_MODEL_COMMIT, NULL, 0);
    rounds(4);
    no_heavy_model();
}

static void clip(void)
{
    uint8_t payload[VOX_LINK_PAYLOAD];
    const uint32_t samples = fuzz_below(4) == 0 ? VOX_CLIP_LIVE : fuzz_below(4096);
    vox_put_u16(vox_put_u32(payload, samples), (uint16_t)fuzz_draw());
    post(VOX_MSG_CLIP_BEGIN, payload, 6);
    const unsigned quiet = fuzz_below(12);
    for (unsigned pieces = fuzz_below(40); pieces > 0; --pieces) {
        const uint32_t left = samples == VOX_CLIP_LIVE ? VOX_CLIP_CHUNK : samples - app.taken;
        const uint32_t count = left > 0 && left < VOX_CLIP_CHUNK ? left : VOX_CLIP_CHUNK;
        uint8_t *at = vox_put_u32(payload, fuzz_below(50) == 0 ? some_number() : app.taken);
        for (uint32_t i = 0; i < count; ++i) {
            at = vox_put_u16(at, (uint16_t)((int16_t)fuzz_draw() >> quiet));
        }
        post(VOX_MSG_CLIP_AUDIO, payload, (size_t)(at - payload));
        if (app.work.task != APP_RESTING && fuzz_below(4) != 0) {
            rounds(2000);
        }
    }
    post(VOX_MSG_CLIP_END, NULL, 0);
}

static void run_network(void)
{
    if (app.model_origin == VOX_MODEL_NONE) {
        return;
    }
    uint8_t payload[VOX_LINK_PAYLOAD];
    post(fuzz_below(4) == 0 ? VOX_MSG_RUN_NEXT : VOX_MSG_RUN_BEGIN, NULL, 0);
    if (app.model_origin == VOX_MODEL_NONE) {
        return; /* what was under way has taken the model */
    }
    const uint32_t size = (uint32_t)vox_program_input_size(&app.model);
    for (unsigned tries = 0; tries < 60u && app.run.open && app.run.received < size; ++tries) {
        const uint32_t left = size - app.run.received, count = left < VOX_RUN_CHUNK ? left : VOX_RUN_CHUNK;
        uint8_t *at = vox_put_u32(payload, app.run.received);
        for (uint32_t i = 0; i < count; ++i) {
            *at++ = (uint8_t)fuzz_draw();
        }
        post(VOX_MSG_RUN_INPUT, payload, 4u + count);
    }
    post(VOX_MSG_RUN, NULL, 0);
}

static void microphone(void)
{
    uint8_t mask[2];
    vox_put_u16(mask, (uint16_t)fuzz_draw());
    post(VOX_MSG_STREAM, mask, 2);
    for (unsigned pieces = fuzz_below(20); pieces > 0; --pieces) {
        int16_t samples[300];
        for (unsigned i = 0; i < 300u; ++i) {
            samples[i] = (int16_t)fuzz_draw();
        }
        board_hear(samples, fuzz_below(301));
        rounds(fuzz_below(200));
    }
}

static void noise(void)
{
    uint8_t bytes[96];
    for (unsigned i = 0; i < sizeof bytes; ++i) {
        bytes[i] = (uint8_t)(fuzz_below(8) == 0 ? 0u : fuzz_draw());
    }
    board_receive(bytes, fuzz_below(sizeof bytes + 1u));
    rounds(4);
}

static void restart(void)
{
    ++restarts;
    board_reset();
    app_start(&app);
}

/* Whatever it does, it answers: a frame that was cut may take one HELLO with it. */
static void answers(void)
{
    board.line_takes = SIZE_MAX;
    const unsigned before = hellos;
    for (unsigned tries = 0; tries < 4u && hellos == before; ++tries) {
        uint8_t wire[VOX_LINK_WIRE];
        const uint8_t what = VOX_QUERY_HELLO;
        board_receive(wire, (size_t)vox_link_encode(wire, VOX_MSG_QUERY, ++sequence, &what, 1));
        for (uint32_t i = 0; i < PATIENCE && hellos == before && app_poll(&app); ++i) {
        }
    }
    if (hellos == before) {
        printf("no answer after %lu messages\n", messages);
        exit(1);
    }
}

static void one_step(void)
{
    switch (fuzz_below(16)) {
    case 0:
    case 1:
        push_model();
        break;
    case 2:
    case 3:
    case 4:
        clip();
        break;
    case 5:
    case 6:
        run_network();
        break;
    case 7:
        microphone();
        break;
    case 8:
        noise();
        break;
    case 9:
        byte_message(VOX_MSG_QUERY, (uint8_t)fuzz_below(4));
        break;
    case 10:
        byte_message(VOX_MSG_RESET, (uint8_t)fuzz_below(3));
        break;
    case 11:
        board.line_takes = fuzz_below(2) == 0 ? SIZE_MAX : fuzz_below(2000);
        board.millis += fuzz_below(4) == 0 ? some_number() : fuzz_below(1000);
        break;
    case 12:
        if (fuzz_below(8) == 0) {
            restart();
        }
        break;
    default:
        any_message();
    }
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        return 2;
    }
    const unsigned long seed = strtoul(argv[1], NULL, 10), count = strtoul(argv[2], NULL, 10);
    bases = (unsigned)(argc - 3);
    base = calloc(bases, sizeof *base);
    for (unsigned i = 0; i < bases; ++i) {
        FILE *in = fopen(argv[3 + i], "rb");
        base[i].size = in == NULL ? 0 : (uint32_t)fread(base[i].data, 1, sizeof base[i].data, in);
        if (in == NULL || base[i].size == 0 || base[i].size % 8u != 0) {
            return 2;
        }
        fclose(in);
    }
    fuzz_seed(seed);
    vox_link_init(&decoder);
    restart();
    for (unsigned step = 0; messages < count; ++step) {
        one_step();
        no_heavy_model();
        if (step % 16u == 15u) {
            answers();
        }
    }
    answers();
    free(base);
    printf("{\"seed\": %lu, \"messages\": %lu, \"pushed\": %lu, \"refused\": %lu, \"results\": %lu, \"outputs\": %lu, "
           "\"clips\": %lu, \"events\": %lu, \"restarts\": %lu}\n",
           seed, messages, pushed, refused, results, outputs, clips, events, restarts);
    return 0;
}
