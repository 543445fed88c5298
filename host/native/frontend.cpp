// Feature extraction: whole files (thread-safe, GIL released) and streams.
#include "common.h"
#include "vox/frontend_batch.h"

namespace
{

class Frontend
{
  public:
    explicit Frontend(nb::bytes section) : section_(section.c_str(), section.size())
    {
        check(vox_frontend_check(section_.data(), section_.size()));
        state_ = std::make_unique<Aligned>(vox_frontend_state_size(section_.data()));
        scratch_ = std::make_unique<Aligned>(vox_frontend_scratch_size(section_.data()));
        vox_frontend_init(&stream_, section_.data(), state_->data(), scratch_->data());
    }

    const vox_frontend_params &params() const
    {
        return *reinterpret_cast<const vox_frontend_params *>(section_.data());
    }

    size_t span() const
    {
        return vox_frontend_span(section_.data());
    }

    size_t memory() const
    {
        return vox_frontend_state_size(section_.data()) + vox_frontend_scratch_size(section_.data());
    }

    size_t frame_count(size_t samples) const
    {
        return samples < span() ? 0 : (samples - span()) / params().hop + 1;
    }

    struct Output {
        std::vector<int16_t> features;
        std::vector<int16_t> levels;
    };

    // State of its own, so that threads may share one object.
    Output run(const int16_t *samples, size_t count) const
    {
        const size_t frames = frame_count(count);
        const size_t bands = params().bands;
        Output out{std::vector<int16_t>(frames * bands), std::vector<int16_t>(frames)};
        Aligned state(vox_frontend_state_size(section_.data()));
        Aligned scratch(vox_frontend_scratch_size(section_.data()));
        vox_frontend frontend;
        vox_frontend_init(&frontend, section_.data(), state.data(), scratch.data());
        Aligned batch(vox_frontend_batch_size(section_.data()));
        vox_frontend_batch(&frontend, samples, frames, batch.data(), out.features.data(), out.levels.data());
        return out;
    }

    nb::ndarray<nb::numpy, int16_t> extract(Samples samples) const
    {
        Output out;
        {
            nb::gil_scoped_release release;
            out = run(samples.data(), samples.shape(0));
        }
        return to_numpy(std::move(out.features), {out.levels.size(), params().bands});
    }

    nb::tuple extract_with_levels(Samples samples) const
    {
        Output out;
        {
            nb::gil_scoped_release release;
            out = run(samples.data(), samples.shape(0));
        }
        const size_t frames = out.levels.size();
        return nb::make_tuple(to_numpy(std::move(out.features), {frames, params().bands}),
                              to_numpy(std::move(out.levels), {frames}));
    }

    nb::ndarray<nb::numpy, int16_t> push(Samples samples)
    {
        std::vector<int16_t> features;
        const int16_t *at = samples.data();
        size_t left = samples.shape(0);
        std::vector<int16_t> frame(params().bands);
        while (left > 0) {
            size_t used = 0;
            if (vox_frontend_push(&stream_, at, left, &used, frame.data())) {
                features.insert(features.end(), frame.begin(), frame.end());
            }
            at += used;
            left -= used;
        }
        const size_t frames = features.size() / params().bands;
        return to_numpy(std::move(features), {frames, params().bands});
    }

    void reset()
    {
        vox_frontend_reset(&stream_);
    }

  private:
    Aligned section_;
    std::unique_ptr<Aligned> state_, scratch_;
    vox_frontend stream_;
};

} // namespace

void bind_frontend(nb::module_ &m)
{
    nb::class_<Frontend>(m, "Frontend", "Front end made from a FRNT section.")
        .def(nb::init<nb::bytes>(), nb::arg("section"))
        .def("extract", &Frontend::extract, nb::arg("samples"),
             "int16[n] -> int16[frames, bands]. Thread-safe; releases the GIL.")
        .def("extract_with_levels", &Frontend::extract_with_levels, nb::arg("samples"),
             "int16[n] -> (int16[frames, bands], int16[frames] level). Thread-safe; releases the GIL.")
        .def("push", &Frontend::push, nb::arg("samples"), "Stream: int16[n] -> the frames that became complete.")
        .def("reset", &Frontend::reset)
        .def("frame_count", &Frontend::frame_count, nb::arg("samples"))
        .def_prop_ro("bands", [](const Frontend &f) { return f.params().bands; })
        .def_prop_ro("window", &Frontend::span, "Samples that a frame spans.")
        .def_prop_ro("memory", &Frontend::memory, "Bytes of state and scratch.")
        .def_prop_ro("hop", [](const Frontend &f) { return f.params().hop; })
        .def_prop_ro("fft_size", [](const Frontend &f) { return f.params().fft_size; })
        .def_prop_ro("sample_rate", [](const Frontend &f) { return f.params().sample_rate; });
}
