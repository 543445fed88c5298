#include "desk.h"

#include <string.h>

app_state desk_app;
void (*desk_sink)(const vox_link_frame *frame);

static vox_link_decoder decoder;
static struct {
    uint8_t wire[VOX_LINK_WIRE];
    size_t length;
    uint8_t type, sequence;
} request;
static int32_t answer;

void board_sent(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; ++i) {
        vox_link_frame frame;
        if (vox_link_decode(&decoder, bytes[i], &frame) != 1) {
            continue;
        }
        if (frame.type == VOX_MSG_ACK && frame.size == 6 && frame.payload[0] == request.type &&
            frame.payload[1] == request.sequence) {
            answer = (int32_t)vox_get_u32(frame.payload + 2);
        }
        if (desk_sink != NULL) {
            desk_sink(&frame);
        }
    }
}

void desk_start(void)
{
    vox_link_init(&decoder);
    app_start(&desk_app);
}

void desk_settle(void)
{
    while (app_poll(&desk_app)) {
    }
}

int32_t desk_repeat(void)
{
    answer = DESK_NO_ANSWER;
    board_receive(request.wire, request.length);
    desk_settle();
    return answer;
}

int32_t desk_ask(uint8_t type, const uint8_t *payload, size_t size)
{
    request.type = type;
    ++request.sequence;
    request.length = (size_t)vox_link_encode(request.wire, type, request.sequence, payload, size);
    return desk_repeat();
}

int32_t desk_push(const uint8_t *model, size_t size)
{
    uint8_t payload[VOX_LINK_PAYLOAD];
    vox_put_u32(vox_put_u32(payload, (uint32_t)size), vox_crc32(0, model, size));
    int32_t status = desk_ask(VOX_MSG_MODEL_BEGIN, payload, 8);
    for (size_t at = 0; at < size && status >= 0;) {
        const size_t count = size - at < 236u ? size - at : 236u;
        memcpy(vox_put_u32(payload, (uint32_t)at), model + at, count);
        status = desk_ask(VOX_MSG_MODEL_DATA, payload, 4u + count);
        at += count;
    }
    return status < 0 ? status : desk_ask(VOX_MSG_MODEL_COMMIT, NULL, 0);
}

int32_t desk_audio(uint32_t offset, const int16_t *samples, size_t count)
{
    int32_t status = (int32_t)offset;
    while (count > 0 && status >= 0) {
        uint8_t payload[VOX_LINK_PAYLOAD];
        const size_t some = count < VOX_CLIP_CHUNK ? count : VOX_CLIP_CHUNK;
        uint8_t *at = vox_put_u32(payload, offset);
        for (size_t i = 0; i < some; ++i) {
            at = vox_put_u16(at, (uint16_t)samples[i]);
        }
        status = desk_ask(VOX_MSG_CLIP_AUDIO, payload, (size_t)(at - payload));
        offset = (offset + (uint32_t)some) & VOX_OFFSET_MASK;
        samples += some;
        count -= some;
    }
    return status;
}
