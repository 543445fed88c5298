/* The link on this computer: what is encoded comes back, and damage costs the frame it hits. */
#include <string.h>

#include "check.h"
#include "vox/link.h"

static uint8_t wire[VOX_LINK_WIRE];
static vox_link_decoder decoder;
static vox_link_frame frame;

/* Good frames in `size` bytes; the last one is in `frame`. */
static int decoded(const uint8_t *bytes, int size)
{
    int good = 0;
    for (int i = 0; i < size; ++i) {
        good += vox_link_decode(&decoder, bytes[i], &frame) == 1;
    }
    return good;
}

static void every_size_comes_back(void)
{
    uint8_t payload[VOX_LINK_PAYLOAD];
    for (size_t i = 0; i < sizeof payload; ++i) {
        payload[i] = (uint8_t)(i % 7 == 0 ? 0 : i);
    }
    vox_link_init(&decoder);
    for (size_t size = 0; size <= sizeof payload; ++size) {
        const int length = vox_link_encode(wire, 0x21, (uint8_t)size, payload, size);
        CHECK(length == (int)size + 9);
        CHECK(memchr(wire, 0, (size_t)length - 1) == NULL);
        CHECK(decoded(wire, length) == 1);
        CHECK(frame.type == 0x21 && frame.sequence == (uint8_t)size && frame.size == size);
        CHECK(memcmp(frame.payload, payload, size) == 0);
    }
    CHECK(decoder.errors == 0 && decoder.frames == VOX_LINK_PAYLOAD + 1);
}

static void too_much_is_refused(void)
{
    static const uint8_t payload[VOX_LINK_PAYLOAD + 1];
    CHECK(vox_link_encode(wire, 1, 1, payload, sizeof payload) == VOX_ERR_ARGUMENT);
    CHECK(vox_link_encode(wire, 1, 1, NULL, 1) == VOX_ERR_ARGUMENT);
}

static void every_flipped_bit_costs_its_frame_only(void)
{
    static const char text[] = "seven";
    uint8_t good[VOX_LINK_WIRE];
    const int length = vox_link_encode(good, 0x10, 3, text, sizeof text);
    for (int bit = 0; bit < 8 * (length - 1); ++bit) { /* not the delimiter, whose loss costs two */
        vox_link_init(&decoder);
        memcpy(wire, good, sizeof wire);
        wire[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CHECK(decoded(wire, length) == 0);
        CHECK(decoder.errors > 0);
        CHECK(decoded(good, length) == 1);
        CHECK(frame.size == sizeof text && memcmp(frame.payload, text, sizeof text) == 0);
    }
}

static void it_finds_its_way_in_the_middle_of_a_stream(void)
{
    const int length = vox_link_encode(wire, 0x10, 3, "nine", 4);
    for (int cut = 1; cut < length; ++cut) {
        vox_link_init(&decoder);
        (void)decoded(wire + cut, length - cut);
        CHECK(decoded(wire, length) == 1);
    }
}

int main(void)
{
    RUN(every_size_comes_back);
    RUN(too_much_is_refused);
    RUN(every_flipped_bit_costs_its_frame_only);
    RUN(it_finds_its_way_in_the_middle_of_a_stream);
    return FINISH();
}
