/* What a product links of the library: microphone to verdict, and the serial link. Nothing of it runs; it is measured. */
#include "vox/link.h"
#include "vox/listener.h"

/* The product's own, outside of the figure: model file, memory of the running model, microphone, serial port. */
extern const uint64_t pipeline_model[];
extern const size_t pipeline_model_size;
extern uint64_t pipeline_memory[];
extern const size_t pipeline_memory_size;
extern int16_t pipeline_audio[];
size_t pipeline_listen(int16_t *samples);
int pipeline_receive(void);
void pipeline_send(const uint8_t *bytes, size_t count);

static vox_model model;
static vox_listener listener;
static vox_link_decoder decoder;
static uint8_t wire[VOX_LINK_WIRE];

static void send(uint8_t type, const void *payload, size_t size)
{
    const int length = vox_link_encode(wire, type, 0, payload, size);
    if (length > 0) {
        pipeline_send(wire, (size_t)length);
    }
}

void pipeline_run(void)
{
    if (vox_model_open(&model, pipeline_model, pipeline_model_size) != VOX_OK ||
        vox_listener_init(&listener, &model, pipeline_memory, pipeline_memory_size) != VOX_OK) {
        return;
    }
    vox_link_init(&decoder);
    for (;;) {
        vox_link_frame frame;
        const int byte = pipeline_receive();
        if (byte >= 0 && vox_link_decode(&decoder, (uint8_t)byte, &frame) > 0) {
            if (frame.type == 0u) {
                vox_listener_reset(&listener);
            }
            while (vox_listener_finish(&listener) != 0) {
            }
            const vox_verdict verdict = vox_listener_clip(&listener, listener.posteriors);
            send(frame.type, &verdict, sizeof verdict);
        }
        size_t count = pipeline_listen(pipeline_audio), at = 0;
        while (at < count) {
            size_t used = 0;
            const int heard = vox_listener_push(&listener, pipeline_audio + at, count - at, &used);
            at += used;
            if ((heard & VOX_HEARD_EVENT) != 0) {
                const char *label = vox_model_label(&model, listener.events[0].label);
                send(1, label, 1);
            }
        }
    }
}
