#include "vox/link.h"

#include <string.h>

#include "vox/crc32.h"

int vox_link_encode(uint8_t out[VOX_LINK_WIRE], uint8_t type, uint8_t sequence, const void *payload, size_t size)
{
    if (out == NULL || size > VOX_LINK_PAYLOAD || (payload == NULL && size > 0)) {
        return VOX_ERR_ARGUMENT;
    }
    uint8_t *raw = out + 1; /* out[0] becomes the first COBS code */
    raw[0] = VOX_LINK_VERSION;
    raw[1] = type;
    raw[2] = sequence;
    if (size > 0) {
        memcpy(raw + 3, payload, size);
    }
    const size_t body = 3u + size;
    const uint32_t crc = vox_crc32(0, raw, body);
    for (unsigned i = 0; i < 4; ++i) {
        raw[body + i] = (uint8_t)(crc >> (8u * i));
    }
    /* At most 247 bytes, so no run without a zero reaches COBS's limit of 254: every zero is replaced in place by the
     * distance to the next one. */
    const size_t length = body + 4u;
    size_t code = 0;
    for (size_t i = 1; i <= length; ++i) {
        if (out[i] == 0) {
            out[code] = (uint8_t)(i - code);
            code = i;
        }
    }
    out[code] = (uint8_t)(length + 1u - code);
    out[length + 1u] = 0;
    return (int)(length + 2u);
}
