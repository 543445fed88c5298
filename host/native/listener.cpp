// The whole pipeline, as the device runs it: streams and clips.
#include "common.h"

namespace
{

// Everything heard while some samples were pushed, in columns.
struct Heard {
    std::vector<int16_t> features; // [frames][bands]
    std::vector<int16_t> levels;   // [frames]
    std::vector<uint32_t> window_frames;
    std::vector<uint16_t> posteriors; // [windows][labels]
    std::vector<int16_t> verdict_labels;
    std::vector<uint16_t> verdict_scores;
    std::vector<uint8_t> gated;
    std::vector<vox_event> events;
};

class Listener
{
  public:
    explicit Listener(const Model &model) : model_(&model), memory_(size(model))
    {
        check(vox_listener_init(&listener_, model.get(), memory_.data(), memory_.size()));
    }

    static size_t size(const Model &model)
    {
        model.require_hearing();
        return vox_listener_size(model.get());
    }

    void push(const int16_t *samples, size_t count, Heard &heard)
    {
        while (count > 0) {
            size_t used = 0;
            note(vox_listener_push(&listener_, samples, count, &used), heard);
            samples += used;
            count -= used;
        }
    }

    void finish(Heard &heard)
    {
        for (int what = vox_listener_finish(&listener_); what != 0; what = vox_listener_finish(&listener_)) {
            note(what, heard);
        }
    }

    void reset()
    {
        vox_listener_reset(&listener_);
    }

    vox_verdict clip(std::vector<uint16_t> &scores) const
    {
        scores.resize(model_->decision()->label_count);
        return vox_listener_clip(&listener_, scores.data());
    }

    nb::tuple convert(Heard &&heard) const
    {
        const size_t frames = heard.levels.size();
        const size_t windows = heard.window_frames.size();
        nb::list events;
        for (const vox_event &e : heard.events) {
            events.append(nb::make_tuple(e.frame, e.label, e.score, e.kind));
        }
        return nb::make_tuple(
            to_numpy(std::move(heard.features), {frames, model_->frontend()->bands}),
            to_numpy(std::move(heard.levels), {frames}), to_numpy(std::move(heard.window_frames), {windows}),
            to_numpy(std::move(heard.posteriors), {windows, model_->decision()->label_count}),
            to_numpy(std::move(heard.verdict_labels), {windows}), to_numpy(std::move(heard.verdict_scores), {windows}),
            to_numpy(std::move(heard.gated), {windows}), events);
    }

  private:
    void note(int what, Heard &heard)
    {
        if (what & VOX_HEARD_FRAME) {
            heard.features.insert(heard.features.end(), listener_.features,
                                  listener_.features + model_->frontend()->bands);
            heard.levels.push_back(vox_frontend_level(&listener_.frontend));
        }
        if (what & VOX_HEARD_RESULT) {
            heard.window_frames.push_back(listener_.frames);
            heard.posteriors.insert(heard.posteriors.end(), listener_.posteriors,
                                    listener_.posteriors + model_->decision()->label_count);
            heard.verdict_labels.push_back(listener_.verdict.label);
            heard.verdict_scores.push_back(listener_.verdict.score);
            heard.gated.push_back(listener_.gated);
            heard.events.insert(heard.events.end(), listener_.events, listener_.events + listener_.event_count);
        }
    }

    const Model *model_;
    Aligned memory_;
    vox_listener listener_;
};

nb::tuple push(Listener &listener, Samples samples)
{
    Heard heard;
    {
        nb::gil_scoped_release release;
        listener.push(samples.data(), samples.shape(0), heard);
    }
    return listener.convert(std::move(heard));
}

nb::tuple finish(Listener &listener)
{
    Heard heard;
    listener.finish(heard);
    return listener.convert(std::move(heard));
}

nb::tuple clip(const Listener &listener)
{
    std::vector<uint16_t> scores;
    const vox_verdict verdict = listener.clip(scores);
    const size_t labels = scores.size();
    return nb::make_tuple(verdict.label, verdict.score, to_numpy(std::move(scores), {labels}));
}

// A listener of its own a call, so threads may share the model.
nb::tuple run_clip(const Model &model, Samples samples)
{
    Heard heard;
    std::vector<uint16_t> scores;
    vox_verdict verdict;
    Listener listener(model);
    {
        nb::gil_scoped_release release;
        listener.push(samples.data(), samples.shape(0), heard);
        listener.finish(heard);
        verdict = listener.clip(scores);
    }
    const size_t labels = scores.size();
    return nb::make_tuple(listener.convert(std::move(heard)), verdict.label, verdict.score,
                          to_numpy(std::move(scores), {labels}));
}

} // namespace

void bind_listener(nb::module_ &m)
{
    nb::class_<Listener>(m, "Listener", "The pipeline over a stream: samples in; frames, results and events out.")
        .def(nb::init<const Model &>(), nb::arg("model"), nb::keep_alive<1, 2>())
        .def("push", &push, nb::arg("samples"))
        .def("finish", &finish)
        .def("clip", &clip)
        .def("reset", &Listener::reset);
    m.def("run_clip", &run_clip, nb::arg("model"), nb::arg("samples"),
          "One clip from reset to verdict. Thread-safe; releases the GIL.");
}
