/* What ESPHome's generated main does, and a microphone in another thread's place: 10 ms, then a turn of the loop. */
#include "component.h"

#include "sound.h"

using namespace esphome;

static OWN::Listener listener;
static microphone::MicrophoneSource source;
static binary_sensor::BinarySensor sensor;
static text_sensor::TextSensor heard;

static void say(const char *kind, const std::string &label, float score)
{
    const bool told = std::string(kind) == "begin" ? heard.state == label : heard.state.empty();
    std::printf("%s %s %d%s\n", kind, label.c_str(), static_cast<int>(score * 100.0f),
                told ? "" : " (text sensor differs)");
}

int main(int, char **arguments)
{
    listener.set_microphone_source(&source);
    listener.add_label_sensor(arguments[1], &sensor);
    listener.set_heard_sensor(&heard);
    listener.get_begin_trigger()->action = [](std::string label, float score) { say("begin", label, score); };
    listener.get_end_trigger()->action = [](std::string label, float score) { say("end", label, score); };
    listener.setup();
    if (listener.failed) {
        return 1;
    }
    std::vector<uint8_t> data(160);
    for (size_t count; (count = stub_sound(reinterpret_cast<int16_t *>(data.data()), 80)) > 0;) {
        data.resize(2 * count);
        source.give(data);
        listener.loop();
        listener.loop();
        data.resize(160);
    }
    for (int i = 0; i < 1000; ++i) {
        listener.loop();
    }
    std::printf("sensor %d\n", sensor.changes);
    return 0;
}
