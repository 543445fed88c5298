#include "vox/link.h"

#include "vox/crc32.h"

enum { STATE_BETWEEN = 0, STATE_FRAME = 1, STATE_SKIP = 2 };

#define OVERHEAD 7u /* version, type, sequence, CRC */

void vox_link_init(vox_link_decoder *decoder)
{
    decoder->length = 0;
    decoder->block = 0;
    decoder->state = STATE_BETWEEN;
    decoder->frames = 0;
    decoder->errors = 0;
}

static void append(vox_link_decoder *decoder, uint8_t byte)
{
    if (decoder->length == VOX_LINK_RAW) {
        decoder->state = STATE_SKIP;
    } else {
        decoder->buffer[decoder->length++] = byte;
    }
}

static int sound(const vox_link_decoder *decoder)
{
    if (decoder->block != 0 || decoder->length < OVERHEAD) {
        return 0;
    }
    const size_t body = decoder->length - 4u;
    const uint8_t *tail = decoder->buffer + body;
    const uint32_t crc = (uint32_t)tail[0] | (uint32_t)tail[1] << 8 | (uint32_t)tail[2] << 16 | (uint32_t)tail[3] << 24;
    return crc == vox_crc32(0, decoder->buffer, body) && decoder->buffer[0] == VOX_LINK_VERSION;
}

static int end_of_frame(vox_link_decoder *decoder, vox_link_frame *frame)
{
    const uint8_t state = decoder->state;
    decoder->state = STATE_BETWEEN;
    if (state == STATE_BETWEEN) {
        return 0; /* delimiters in a row are idle line */
    }
    if (state == STATE_SKIP || !sound(decoder)) {
        ++decoder->errors;
        return VOX_ERR_FRAME;
    }
    ++decoder->frames;
    frame->type = decoder->buffer[1];
    frame->sequence = decoder->buffer[2];
    frame->size = (uint16_t)(decoder->length - OVERHEAD);
    frame->payload = decoder->buffer + 3;
    return 1;
}

int vox_link_decode(vox_link_decoder *decoder, uint8_t byte, vox_link_frame *frame)
{
    if (byte == 0) {
        return end_of_frame(decoder, frame);
    }
    switch (decoder->state) {
    case STATE_BETWEEN:
        decoder->state = STATE_FRAME;
        decoder->length = 0;
        decoder->block = (uint8_t)(byte - 1u);
        break;
    case STATE_FRAME:
        if (decoder->block > 0) {
            --decoder->block;
            append(decoder, byte);
        } else {
            /* Code 255 (a run of 254 with no zero behind it) cannot occur in a frame this short: the bytes that
             * follow overrun the buffer or fail the checksum. */
            append(decoder, 0);
            decoder->block = (uint8_t)(byte - 1u);
        }
        break;
    default: /* STATE_SKIP: nothing to do until the delimiter */
        break;
    }
    return 0;
}
