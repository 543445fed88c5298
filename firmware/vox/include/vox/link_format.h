/* What goes over the link, as numbers: limits of a frame, message types and their payloads. docs/link-protocol.md is
 * the prose, vox/link.h the framing. Payloads are little-endian, without padding, written byte by byte
 * (vox/messages.h).
 *
 * Generated from firmware/vox/spec by tools/generate_spec.py: change those files, not this one.
 */
#ifndef VOX_LINK_FORMAT_H
#define VOX_LINK_FORMAT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VOX_LINK_VERSION 1u
#define VOX_LINK_PAYLOAD 240u /* bytes */
#define VOX_LINK_HEAD 3u      /* version, type, sequence */
#define VOX_LINK_TAIL 4u      /* CRC-32 */
/* 247: no run reaches COBS's limit of 254, so its overhead is 1 */
#define VOX_LINK_RAW (VOX_LINK_HEAD + VOX_LINK_PAYLOAD + VOX_LINK_TAIL)
#define VOX_LINK_WIRE (VOX_LINK_RAW + 2u) /* COBS code byte and delimiter */

/* ---- host to device: requests, each answered by one VOX_MSG_ACK with the same sequence --------------------------- */

/* QUERY: u8 what (VOX_QUERY_*). The answer, then the acknowledgement */
#define VOX_MSG_QUERY 0x01u
#define VOX_QUERY_BYTES 1u /* of the payload */

/* SETTINGS: u32 interval (ms), u8 log_level (VOX_LOG_*). STATS every so many ms (0: never); what is logged */
#define VOX_MSG_SETTINGS 0x02u
#define VOX_SETTINGS_BYTES 5u /* of the payload */

/* STREAM: u16 mask (VOX_STREAM_*). Starts the device's microphone and reports by mask; changes the mask while it runs;
 * 0 stops it */
#define VOX_MSG_STREAM 0x03u
#define VOX_STREAM_BYTES 2u /* of the payload */

/* CLIP_BEGIN: u32 samples (or VOX_CLIP_LIVE), u16 mask (VOX_STREAM_*). Forgets all sound heard so far; VOX_CLIP_LIVE is
 * live sound without a set end */
#define VOX_MSG_CLIP_BEGIN 0x04u
#define VOX_CLIP_BEGIN_BYTES 6u /* of the payload */

/* CLIP_AUDIO: u32 offset (samples), i16[1..VOX_CLIP_CHUNK] sound. PCM mono at the model's rate; the offset counts
 * modulo 2^31 when live */
#define VOX_MSG_CLIP_AUDIO 0x05u
#define VOX_CLIP_AUDIO_BYTES 4u /* of the payload, before the sound */

/* CLIP_END: nothing. A clip has to be complete; it is finished as vox_listener_finish does, live sound just stops.
 * Gives CLIP */
#define VOX_MSG_CLIP_END 0x06u

/* MODEL_BEGIN: u32 size (bytes), u32 crc. Of the whole .vxm; the CRC is that of all its bytes */
#define VOX_MSG_MODEL_BEGIN 0x07u
#define VOX_MODEL_BEGIN_BYTES 8u /* of the payload */

/* MODEL_DATA: u32 offset (bytes), u8[1..VOX_MODEL_CHUNK] data */
#define VOX_MSG_MODEL_DATA 0x08u
#define VOX_MODEL_DATA_BYTES 4u /* of the payload, before the data */

/* MODEL_COMMIT: nothing. Checks length, CRC, vox_model_open, memory; only then the new model takes over, and a clip or
 * stream that was running ends */
#define VOX_MSG_MODEL_COMMIT 0x09u

/* RESET: u8 what (VOX_RESET_*) */
#define VOX_MSG_RESET 0x0Au
#define VOX_RESET_BYTES 1u /* of the payload */

/* RUN_BEGIN: nothing. The network alone, on a tensor from the host: wants the input from offset 0. Ends clips and
 * streams */
#define VOX_MSG_RUN_BEGIN 0x0Bu

/* RUN_NEXT: nothing. As RUN_BEGIN, which resets a network's state; here it stays as the run before left it, in which
 * nothing may have come between */
#define VOX_MSG_RUN_NEXT 0x0Eu

/* RUN_INPUT: u32 offset (bytes), u8[1..VOX_RUN_CHUNK] data. Bytes of the input tensor, elements little-endian */
#define VOX_MSG_RUN_INPUT 0x0Cu
#define VOX_RUN_INPUT_BYTES 4u /* of the payload, before the data */

/* RUN: nothing. The input has to be complete; gives RUN_OUTPUT for all of the output tensor. The next run needs a
 * RUN_BEGIN */
#define VOX_MSG_RUN 0x0Du

/* What a QUERY asks for. */
#define VOX_QUERY_HELLO 0u  /* also opens a session: the device forgets which request came last */
#define VOX_QUERY_LABELS 1u /* all of them */
#define VOX_QUERY_STATS 2u

/* What a RESET stops. */
#define VOX_RESET_STREAMS 0u /* clip, microphone and a model transfer */
#define VOX_RESET_MODEL 1u   /* and goes back to the built-in model */

/* What a clip or stream reports. */
#define VOX_STREAM_RESULTS 1u
#define VOX_STREAM_EVENTS 2u
#define VOX_STREAM_FEATURES 4u
#define VOX_STREAM_AUDIO 8u

#define VOX_CLIP_LIVE 0xFFFFFFFFu /* no end known: offsets count modulo 2^31 */
#define VOX_OFFSET_MASK 0x7FFFFFFFu
#define VOX_CLIP_CHUNK ((VOX_LINK_PAYLOAD - 4u) / 2u)     /* samples in a CLIP_AUDIO or AUDIO */
#define VOX_MODEL_CHUNK (VOX_LINK_PAYLOAD - 4u)           /* bytes in a MODEL_DATA */
#define VOX_RUN_CHUNK (VOX_LINK_PAYLOAD - 8u)             /* bytes of a tensor in a RUN_INPUT or RUN_OUTPUT */
#define VOX_FEATURES_CHUNK ((VOX_LINK_PAYLOAD - 8u) / 2u) /* bands in a FEATURES */

/* ---- device to host ---------------------------------------------------------------------------------------------- */

/* ACK: u8 type, u8 sequence, i32 status (VOX_ERR_*). Status: negative vox_status; of CLIP_AUDIO, MODEL_DATA and
 * RUN_INPUT the next offset */
#define VOX_MSG_ACK 0x40u

/* HELLO: Also sent once at start. What follows model_size is 0 where nothing hears
 *
 *   u8 protocol         VOX_LINK_VERSION
 *   u8[3] firmware      its version
 *   u8 capabilities     VOX_CAN_*
 *   u8 model_origin     VOX_MODEL_*: where the model in use came from
 *   u16 max_chunk       samples in a CLIP_AUDIO
 *   u32 receive_buffer  bytes that may be under way to the device
 *   u32 tick_rate       Hz of the counter behind every figure in ticks
 *   u32 memory          bytes for a running model
 *   u32 memory_used     bytes of them in use (of a bare network: its tensors)
 *   u32 model_slot      bytes of the largest model that can be pushed
 *   i32 model_status    0, or the `vox_status` that says why nothing hears; VOX_ERR_BARE: a bare network, which runs on tensors only; VOX_ERR_STATE: no model
 *   u32 model_crc       from its header
 *   u32 model_size      bytes
 *   u32 sample_rate     Hz
 *   u16 window          samples
 *   u16 hop             samples
 *   u16 bands
 *   u16 window_frames   analysis window
 *   u16 stride_frames
 *   u16 label_count
 *   string board        its name, at most VOX_MAX_NAME bytes
 *   string model_name   at most VOX_MAX_NAME bytes
 */
#define VOX_MSG_HELLO 0x41u

/* LABEL: u8 index, UTF-8 text */
#define VOX_MSG_LABEL 0x42u

/* RESULT: u32 frame, u32 window, i16 label, u16 score, i16 level, u8 flags (VOX_RESULT_*), u8 0, u32 window_ticks, u32
 * frame_ticks, u16[labels] posteriors. Ticks of the window, inference included, and of one feature frame */
#define VOX_MSG_RESULT 0x43u

/* EVENT: u32 number, u32 frame, i16 label, u16 score, u8 kind (VOX_EVENT_*) */
#define VOX_MSG_EVENT 0x44u

/* FEATURES: u32 frame, i16 level, u16 first_band, i16[1..VOX_FEATURES_CHUNK] values. More than VOX_FEATURES_CHUNK bands
 * take two */
#define VOX_MSG_FEATURES 0x45u

/* AUDIO: u32 offset, i16[1..VOX_CLIP_CHUNK] samples. Sound as it was heard; the offset counts samples modulo 2^31 */
#define VOX_MSG_AUDIO 0x46u

/* CLIP: u32 samples, u32 frames, u32 windows, u32 events, i16 label, u16 score, u16[labels] scores. The verdict over
 * all of it */
#define VOX_MSG_CLIP 0x47u

/* STATS: Counters modulo 2^32 since the device was switched on
 *
 *   u32 uptime_ms
 *   u32 frames        of features
 *   u32 windows
 *   u32 events
 *   u32 link_frames   good ones received
 *   u32 link_errors   bad ones received
 *   u32 receive_lost  bytes
 *   u32 unsent        frames
 *   u32 audio_lost    samples
 *   u32 repeats       requests recognised as such
 *   u32 window_ticks  of the last window
 *   u32 frame_ticks   of the last feature frame
 *   u32 stack_size    bytes
 *   u32 stack_used    the most so far
 */
#define VOX_MSG_STATS 0x48u

/* LOG: u8 level (VOX_LOG_*), UTF-8 text */
#define VOX_MSG_LOG 0x49u

/* ERROR: i32 status (VOX_ERR_*), UTF-8 text. Something failed that was not a request */
#define VOX_MSG_ERROR 0x4Au

/* RUN_OUTPUT: u32 offset (bytes), u32 ticks, u8[1..VOX_RUN_CHUNK] data. Bytes of the output tensor; ticks of the run */
#define VOX_MSG_RUN_OUTPUT 0x4Bu

#define VOX_RESULT_GATED 1u /* the energy gate held the window back */

#define VOX_LOG_NONE 0u
#define VOX_LOG_ERROR 1u
#define VOX_LOG_INFO 2u

/* What a device can do. */
#define VOX_CAN_LISTEN 1u          /* has a microphone, or what stands for one */
#define VOX_CAN_TAKE_MODEL 2u      /* takes pushed models */
#define VOX_CAN_KEEP_MODEL 4u      /* and keeps them when it is switched off */
#define VOX_CAN_CHECK_SIGNATURE 8u /* takes signed ones only */

/* Where the model in use came from. */
#define VOX_MODEL_NONE 0u
#define VOX_MODEL_BUILT_IN 1u
#define VOX_MODEL_PUSHED 2u

#define VOX_MAX_NAME 48u /* bytes of a name in HELLO */
#define VOX_MAX_TEXT 96u /* bytes of text in LOG and ERROR */

#ifdef __cplusplus
}
#endif
#endif
