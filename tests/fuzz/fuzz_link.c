/* libFuzzer target: any bytes as a link stream. Also: a good frame after any rubbish and one delimiter is received. */
#include <stdlib.h>
#include <string.h>

#include "vox/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vox_link_decoder decoder;
    vox_link_frame frame;
    vox_link_init(&decoder);
    for (size_t i = 0; i < size; ++i) {
        if (vox_link_decode(&decoder, data[i], &frame) == 1) {
            uint32_t sum = frame.type;
            for (size_t k = 0; k < frame.size; ++k) {
                sum += frame.payload[k];
            }
            if (frame.size > VOX_LINK_PAYLOAD || sum == 0xFFFFFFFFu) {
                abort();
            }
        }
    }
    vox_link_decode(&decoder, 0, &frame);

    uint8_t wire[VOX_LINK_WIRE];
    const size_t length = size > VOX_LINK_PAYLOAD ? VOX_LINK_PAYLOAD : size;
    const int encoded = vox_link_encode(wire, 7, 9, data, length);
    int received = 0;
    if (encoded < 0) {
        abort();
    }
    for (int i = 0; i < encoded; ++i) {
        received = vox_link_decode(&decoder, wire[i], &frame);
    }
    if (received != 1 || frame.type != 7 || frame.sequence != 9 || frame.size != length ||
        (length > 0 && memcmp(frame.payload, data, length) != 0)) {
        abort();
    }
    return 0;
}
