#include "line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"

#define PATIENCE 64u
#define UNDER_WAY 7u /* pieces: what the receive buffer holds, and one twice */

soak_line line;
app_state app;

static uint64_t random_state = 1;
static vox_link_decoder witness, ear;
static uint8_t sequence, expected;
static struct {
    uint8_t type, sequence;
    bool any; /* sequence will do */
    bool answered;
    int32_t status;
} asked;
static uint8_t command_type, command_sequence; /* the last command's: the same again would be a repeat */

_Noreturn void soak_fail(const char *file, int at, const char *condition)
{
    printf("%s:%d: after %lu requests: %s\n", file, at, line.requests, condition);
    exit(1);
}

void soak_seed(uint64_t seed)
{
    random_state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1u;
}

uint32_t soak_draw(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 32);
}

uint32_t soak_below(uint32_t count)
{
    return (uint32_t)(((uint64_t)soak_draw() * count) >> 32);
}

/* What arrives of a frame, in wire[size + 1]. Returns its length. */
static size_t harm(uint8_t *wire, size_t size)
{
    const uint32_t at = soak_below((uint32_t)size);
    switch (soak_below(4)) {
    case 0:
        wire[at] ^= (uint8_t)(1u << soak_below(8));
        return size;
    case 1:
        memmove(wire + at, wire + at + 1, size - at - 1u);
        return size - 1u;
    case 2:
        memmove(wire + at + 1, wire + at, size - at);
        return size + 1u;
    default:
        return at;
    }
}

static bool unlucky(void)
{
    return line.one_in != 0 && soak_below(line.one_in) == 0;
}

/* The host hears a frame: the sequence says how many it has missed, and no report is lost without that. */
static void hear(const vox_link_frame *frame)
{
    line.missed += (uint8_t)(frame->sequence - expected);
    expected = (uint8_t)(frame->sequence + 1u);
    ++line.heard;
    const unsigned long sent = line.reports + line.unsent, known = line.heard + line.missed;
    CHECK(known == sent ||
          known + 1u == sent); /* a delimiter that was lost may come with the next one, harmed to a zero */
    if (frame->type == VOX_MSG_ACK && frame->size == 6u && frame->payload[0] == asked.type &&
        (asked.any || asked.sequence == frame->payload[1])) {
        asked.answered = true;
        asked.status = (int32_t)vox_get_u32(frame->payload + 2);
    }
}

void board_sent(const uint8_t *bytes, size_t size)
{
    vox_link_frame frame;
    for (size_t i = 0; i < size; ++i) {
        if (vox_link_decode(&witness, bytes[i], &frame) == 1) {
            ++line.reports;
            soak_seen(&frame);
        }
    }
    if (size == 0) {
        return;
    }
    uint8_t wire[VOX_LINK_WIRE + 1u];
    memcpy(wire, bytes, size);
    if (unlucky()) {
        ++line.harmed_up;
        size = harm(wire, size);
    }
    for (size_t i = 0; i < size; ++i) {
        if (vox_link_decode(&ear, wire[i], &frame) == 1) {
            hear(&frame);
        }
    }
}

void line_power_on(void)
{
    line.all_reports += line.reports;
    line.all_missed += line.missed;
    line.all_harm_up += line.harmed_up;
    line.reports = line.heard = line.missed = line.harmed_up = 0;
    line.unsent = 0;
    expected = 0;
    vox_link_init(&witness);
    command_type = 0;
}

void line_rounds(uint32_t most)
{
    for (uint32_t i = 0; i < most && app_poll(&app); ++i) {
    }
}

void line_settle(void)
{
    while (app_poll(&app)) {
    }
}

static void transmit(const uint8_t *frame, size_t size)
{
    uint8_t wire[VOX_LINK_WIRE + 1u];
    memcpy(wire, frame, size);
    ++line.requests;
    if (unlucky()) {
        ++line.harmed_down;
        if (soak_below(5) == 0) {
            board_receive(wire, size); /* twice */
        } else {
            size = harm(wire, size);
        }
    }
    board_receive(wire, size);
}

void line_post(uint8_t type, const uint8_t *payload, size_t size)
{
    uint8_t wire[VOX_LINK_WIRE];
    transmit(wire, (size_t)vox_link_encode(wire, type, ++sequence, payload, size));
}

int32_t line_command(uint8_t type, const uint8_t *payload, size_t size)
{
    uint8_t wire[VOX_LINK_WIRE];
    ++sequence;
    sequence = (uint8_t)(sequence + (type == command_type && sequence == command_sequence));
    if (type != VOX_MSG_QUERY) {
        command_type = type;
        command_sequence = sequence;
    }
    asked.type = type;
    asked.sequence = sequence;
    asked.any = asked.answered = false;
    const size_t length = (size_t)vox_link_encode(wire, type, sequence, payload, size);
    for (unsigned tries = 0; tries < PATIENCE; ++tries) {
        transmit(wire, length);
        line_settle();
        if (asked.answered) {
            line.resent += tries;
            return asked.status;
        }
    }
    soak_fail(__FILE__, __LINE__, "no answer");
}

static uint32_t post_piece(uint8_t type, uint32_t start, const uint8_t *data, uint32_t units, uint32_t unit,
                           uint32_t chunk, uint32_t sent)
{
    uint8_t payload[VOX_LINK_PAYLOAD];
    const uint32_t count = units - sent < chunk ? units - sent : chunk;
    uint8_t *at = vox_put_u32(payload, (start + sent) & VOX_OFFSET_MASK);
    memcpy(at, data + (size_t)sent * unit, (size_t)count * unit);
    line_post(type, payload, 4u + (size_t)count * unit);
    return sent + count;
}

void line_post_data(uint8_t type, uint32_t start, const uint8_t *data, uint32_t units, uint32_t unit, uint32_t chunk)
{
    asked.type = 0;
    for (uint32_t sent = 0; sent < units && sent < UNDER_WAY * chunk;) {
        sent = post_piece(type, start, data, units, unit, chunk, sent);
    }
}

void line_data(uint8_t type, uint32_t start, const uint8_t *data, uint32_t units, uint32_t unit, uint32_t chunk)
{
    asked.type = type;
    asked.any = true;
    unsigned strikes = 0;
    for (uint32_t taken = 0; taken < units;) {
        asked.answered = false;
        for (uint32_t sent = taken; sent < units && sent - taken < UNDER_WAY * chunk;) {
            sent = post_piece(type, start, data, units, unit, chunk, sent);
            if (soak_below(8) == 0) {
                line_rounds(soak_below(8));
            }
        }
        line_settle();
        const uint32_t wanted = ((uint32_t)asked.status - start) & VOX_OFFSET_MASK;
        CHECK(!asked.answered || (asked.status >= 0 && wanted <= units));
        const bool further = asked.answered && wanted > taken;
        strikes = further ? 0 : strikes + 1u;
        line.resent += !further;
        CHECK(strikes < PATIENCE);
        taken = further ? wanted : taken;
    }
}
