/* The serial link: framing (COBS, CRC-32) over any byte stream. Messages are those of vox/link_format.h.
 *
 * A frame before stuffing: version (1 byte), type (1), sequence (1), payload (0..VOX_LINK_PAYLOAD), CRC-32 (4, little
 * endian, over all before it). On the wire: COBS of that, then one 0x00. A lost, cut, doubled or corrupt byte costs at
 * most the frame it hits (and the next one where a delimiter was lost).
 */
#ifndef VOX_LINK_H
#define VOX_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "vox/link_format.h"
#include "vox/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Encodes a frame into out[VOX_LINK_WIRE]. payload: size bytes (0..VOX_LINK_PAYLOAD), not inside out; may be NULL where
 * size is 0. Returns the length on the wire, 9..VOX_LINK_WIRE, or VOX_ERR_ARGUMENT. */
int vox_link_encode(uint8_t out[VOX_LINK_WIRE], uint8_t type, uint8_t sequence, const void *payload, size_t size);

typedef struct {
    uint8_t buffer[VOX_LINK_RAW];
    uint8_t block;   /* bytes left in the COBS block */
    uint16_t length; /* decoded bytes so far */
    uint8_t state;   /* between frames, in one, or skipping a bad one */
    uint32_t frames; /* good frames since init */
    uint32_t errors; /* bad frames since init: CRC, length, version, stuffing */
} vox_link_decoder;

typedef struct {
    uint8_t type;
    uint8_t sequence;
    uint16_t size;
    const uint8_t *payload; /* in the decoder's buffer, valid until the next byte */
} vox_link_frame;

void vox_link_init(vox_link_decoder *decoder);

/* One byte of the stream; any byte at any time is safe. Zeros between frames are ignored. Returns 1 when *frame holds a good frame, 0 for nothing yet, VOX_ERR_FRAME when a bad one ended here. */
int vox_link_decode(vox_link_decoder *decoder, uint8_t byte, vox_link_frame *frame);

#ifdef __cplusplus
}
#endif
#endif
