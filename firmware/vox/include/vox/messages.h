/* The messages of the link: types and payload layouts, all little-endian, written byte by byte. docs/link-protocol.md is
 * the specification; host/vox_embed/device/messages.py is its other half.
 */
#ifndef VOX_MESSAGES_H
#define VOX_MESSAGES_H

#include <stdint.h>

#include "vox/link.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- host to device: requests, each answered by one VOX_MSG_ACK with the same sequence -------------------------- */

#define VOX_MSG_QUERY 0x01u        /* u8 VOX_QUERY_*: the answer, then the acknowledgement */
#define VOX_MSG_SETTINGS 0x02u     /* u32 statistics interval in ms (0: never), u8 VOX_LOG_* level */
#define VOX_MSG_STREAM 0x03u       /* u16 VOX_STREAM_* mask: what the device's own microphone reports; 0 stops it */
#define VOX_MSG_CLIP_BEGIN 0x04u   /* u32 samples or VOX_CLIP_LIVE, u16 VOX_STREAM_* mask */
#define VOX_MSG_CLIP_AUDIO 0x05u   /* u32 offset (samples), int16[1..VOX_CLIP_CHUNK] */
#define VOX_MSG_CLIP_END 0x06u     /* nothing */
#define VOX_MSG_MODEL_BEGIN 0x07u  /* u32 size, u32 CRC-32 of the whole file */
#define VOX_MSG_MODEL_DATA 0x08u   /* u32 offset (bytes), u8[1..VOX_MODEL_CHUNK] */
#define VOX_MSG_MODEL_COMMIT 0x09u /* nothing */
#define VOX_MSG_RESET 0x0Au        /* u8 VOX_RESET_* */
#define VOX_MSG_RUN_BEGIN 0x0Bu    /* nothing: the network alone, on a tensor; ends clips and streams */
#define VOX_MSG_RUN_INPUT 0x0Cu    /* u32 offset, uint8[1..VOX_RUN_CHUNK] */
#define VOX_MSG_RUN 0x0Du          /* nothing: the answer is the output tensor, then the acknowledgement */

#define VOX_QUERY_HELLO 0u /* also opens a session: the device forgets which request came last */
#define VOX_QUERY_LABELS 1u
#define VOX_QUERY_STATS 2u

#define VOX_RESET_STREAMS 0u /* stops clip, microphone and a model transfer */
#define VOX_RESET_MODEL 1u   /* and goes back to the built-in model */

#define VOX_CLIP_LIVE 0xFFFFFFFFu /* no end known: offsets count modulo 2^31 */
#define VOX_OFFSET_MASK 0x7FFFFFFFu
#define VOX_CLIP_CHUNK ((VOX_LINK_PAYLOAD - 4u) / 2u) /* samples */
#define VOX_MODEL_CHUNK (VOX_LINK_PAYLOAD - 4u)       /* bytes */
#define VOX_RUN_CHUNK (VOX_LINK_PAYLOAD - 8u)         /* bytes of a tensor */

/* What a clip or stream reports. */
#define VOX_STREAM_RESULTS 1u
#define VOX_STREAM_EVENTS 2u
#define VOX_STREAM_FEATURES 4u
#define VOX_STREAM_AUDIO 8u

/* ---- device to host ----------------------------------------------------------------------------------------------- */

#define VOX_MSG_ACK                                                                                                    \
    0x40u /* u8 type, u8 sequence, i32 status: negative vox_status; CLIP_AUDIO, MODEL_DATA, RUN_INPUT: next offset */
#define VOX_MSG_HELLO 0x41u /* see docs/link-protocol.md */
#define VOX_MSG_LABEL 0x42u /* u8 index, UTF-8 text */
#define VOX_MSG_RESULT                                                                                                 \
    0x43u                      /* u32 frame, u32 window, i16 label, u16 score, i16 level, u8 VOX_RESULT_* flags, u8 0,
                                  u32 ticks of the window (inference included), u32 ticks of one feature frame,
                                  u16 posteriors[labels] */
#define VOX_MSG_EVENT 0x44u    /* u32 number, u32 frame, i16 label, u16 score, u8 vox_event_kind */
#define VOX_MSG_FEATURES 0x45u /* u32 frame, i16 level, u16 first band, int16[1..VOX_FEATURES_CHUNK] */
#define VOX_MSG_AUDIO 0x46u    /* u32 offset (samples, modulo 2^31), int16[1..VOX_CLIP_CHUNK] */
#define VOX_MSG_CLIP                                                                                                   \
    0x47u                        /* u32 samples, u32 frames, u32 windows, u32 events, i16 label, u16 score,
                                  u16 scores[labels] */
#define VOX_MSG_STATS 0x48u      /* see docs/link-protocol.md */
#define VOX_MSG_LOG 0x49u        /* u8 VOX_LOG_* level, UTF-8 text */
#define VOX_MSG_ERROR 0x4Au      /* i32 vox_status, UTF-8 text: something failed that was not a request */
#define VOX_MSG_RUN_OUTPUT 0x4Bu /* u32 offset, u32 ticks of the run, uint8[1..VOX_RUN_CHUNK] */

#define VOX_RESULT_GATED 1u
#define VOX_FEATURES_CHUNK ((VOX_LINK_PAYLOAD - 8u) / 2u) /* bands */

#define VOX_LOG_NONE 0u
#define VOX_LOG_ERROR 1u
#define VOX_LOG_INFO 2u

/* HELLO: capabilities */
#define VOX_CAN_LISTEN 1u     /* has a microphone, or what stands for one */
#define VOX_CAN_TAKE_MODEL 2u /* takes pushed models */
#define VOX_CAN_KEEP_MODEL 4u /* and keeps them when it is switched off */

/* HELLO: where the model in use came from */
#define VOX_MODEL_NONE 0u
#define VOX_MODEL_BUILT_IN 1u
#define VOX_MODEL_PUSHED 2u

/* ---- little-endian, at any address -------------------------------------------------------------------------------- */

static inline uint8_t *vox_put_u8(uint8_t *at, uint8_t value)
{
    at[0] = value;
    return at + 1;
}

static inline uint8_t *vox_put_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
    return at + 2;
}

static inline uint8_t *vox_put_u32(uint8_t *at, uint32_t value)
{
    return vox_put_u16(vox_put_u16(at, (uint16_t)value), (uint16_t)(value >> 16));
}

static inline uint16_t vox_get_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | (uint16_t)(at[1] << 8));
}

static inline uint32_t vox_get_u32(const uint8_t *at)
{
    return vox_get_u16(at) | (uint32_t)vox_get_u16(at + 2) << 16;
}

/* Two's complement without relying on how out-of-range values convert. */
static inline int16_t vox_get_i16(const uint8_t *at)
{
    const int32_t value = vox_get_u16(at);
    return (int16_t)(value < 0x8000 ? value : value - 0x10000);
}

#ifdef __cplusplus
}
#endif
#endif
