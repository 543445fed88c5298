// An opened .vxm and its program.
#include "common.h"

Model::Model(const void *data, size_t size) : bytes_(data, size)
{
    check(vox_model_open(&model_, bytes_.data(), size));
}

void Model::require_hearing() const
{
    if (!vox_model_hears(&model_)) {
        throw StatusError(VOX_ERR_BARE);
    }
}

namespace
{

using Batch = nb::ndarray<nb::ro, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Windows = nb::ndarray<const int16_t, nb::ndim<3>, nb::c_contig, nb::device::cpu>;

size_t elements(const vox_tensor &t)
{
    return static_cast<size_t>(t.dims[0]) * t.dims[1] * t.dims[2] * t.dims[3];
}

const vox_tensor &tensor(const Model &m, bool output)
{
    const vox_program_params *p = m.get()->program;
    return m.get()->tensors[output ? p->output : p->input];
}

// Each row is one inference. The arena belongs to the call, so threads may share a model.
template <typename T> nb::object outputs_of(const Model &m, const Batch &input)
{
    const size_t rows = input.shape(0);
    const size_t outputs = elements(tensor(m, true));
    const size_t in_bytes = vox_program_input_size(m.get()), out_bytes = vox_program_output_size(m.get());
    std::vector<T> result(rows * outputs);
    {
        nb::gil_scoped_release release;
        Aligned arena(vox_program_arena_size(m.get()));
        const auto *bytes = static_cast<const uint8_t *>(input.data());
        vox_program_reset(m.get(), arena.data());
        for (size_t row = 0; row < rows; ++row) {
            std::memcpy(vox_program_input(m.get(), arena.data(), nullptr), bytes + row * in_bytes, in_bytes);
            vox_program_run(m.get(), arena.data());
            std::memcpy(&result[row * outputs], vox_program_output(m.get(), arena.data(), nullptr), out_bytes);
        }
    }
    return nb::cast(to_numpy(std::move(result), {rows, outputs}));
}

nb::object run(const Model &m, const Batch &input)
{
    const bool wide = tensor(m, false).type == VOX_TYPE_S16;
    const size_t inputs = elements(tensor(m, false));
    if (input.dtype() != (wide ? nb::dtype<int16_t>() : nb::dtype<int8_t>())) {
        throw nb::type_error(wide ? "run: this model takes int16 values" : "run: this model takes int8 values");
    }
    if (input.shape(1) != inputs) {
        throw std::invalid_argument("run: expected rows of " + std::to_string(inputs) + (wide ? " int16" : " int8") +
                                    " values, got " + std::to_string(input.shape(1)));
    }
    switch (tensor(m, true).type) {
    case VOX_TYPE_S32:
        return outputs_of<int32_t>(m, input);
    case VOX_TYPE_S16:
        return outputs_of<int16_t>(m, input);
    default:
        return outputs_of<int8_t>(m, input);
    }
}

template <typename T> nb::object normalised(const Model &m, const Windows &windows)
{
    const size_t rows = windows.shape(0);
    const size_t values = windows.shape(1) * windows.shape(2);
    std::vector<T> result(rows * values);
    {
        nb::gil_scoped_release release;
        for (size_t row = 0; row < rows; ++row) {
            vox_norm_window(m.get(), windows.data() + row * values, &result[row * values]);
        }
    }
    return nb::cast(to_numpy(std::move(result), {rows, values}));
}

nb::object normalise(const Model &m, Windows windows)
{
    m.require_hearing();
    const size_t rows = vox_model_rows(m.get());
    const size_t values = m.functionals() ? m.functionals()->count : m.frontend()->bands;
    if (windows.shape(1) != rows || windows.shape(2) != values) {
        throw std::invalid_argument("normalise: expected int16[n, " + std::to_string(rows) + ", " +
                                    std::to_string(values) + "]");
    }
    return tensor(m, false).type == VOX_TYPE_S16 ? normalised<int16_t>(m, windows) : normalised<int8_t>(m, windows);
}

nb::tuple shape(const vox_tensor &t)
{
    return nb::make_tuple(t.dims[0], t.dims[1], t.dims[2], t.dims[3]);
}

float scale(const vox_tensor &t)
{
    float value;
    std::memcpy(&value, &t.scale, sizeof value);
    return value;
}

std::vector<std::string> labels(const Model &m)
{
    std::vector<std::string> names;
    for (unsigned i = 0; i < vox_model_label_count(m.get()); ++i) {
        names.emplace_back(vox_model_label(m.get(), i));
    }
    return names;
}

} // namespace

void bind_model(nb::module_ &m)
{
    nb::class_<Model>(m, "Model", "An opened .vxm model. Raises CoreError for a file that is not sound.")
        .def(
            "__init__", [](Model *self, nb::bytes data) { new (self) Model(data.c_str(), data.size()); },
            nb::arg("data"))
        .def("run", &run, nb::arg("inputs"),
             "int8 or int16 [n, inputs] -> int8, int16 or int32 [n, outputs], as the model's tensors are. Thread-safe; "
             "releases the GIL.")
        .def("normalise", &normalise, nb::arg("windows"),
             "int16[n, frames, bands] features, or int16[n, 1, count] functionals -> program inputs, int8 or int16 "
             "[n, frames * bands].")
        .def_prop_ro("hears", [](const Model &s) { return vox_model_hears(s.get()) != 0; })
        .def_prop_ro("size", [](const Model &s) { return s.get()->size; })
        .def_prop_ro("data", [](const Model &s) { return nb::bytes(s.get()->data, s.get()->size); })
        .def_prop_ro("crc", [](const Model &s) { return s.get()->crc; })
        .def_prop_ro("work", [](const Model &s) { return s.get()->work; })
        .def_prop_ro("frame_work", [](const Model &s) { return s.get()->frame_work; })
        .def_prop_ro("labels", &labels)
        .def_prop_ro("meta", [](const Model &s) { return nb::bytes(s.get()->meta, s.get()->meta_size); })
        .def_prop_ro("functional_count", [](const Model &s) { return s.functionals() ? s.functionals()->count : 0; })
        .def_prop_ro("state_bytes", [](const Model &s) { return vox_program_state_size(s.get()); })
        .def_prop_ro("op_count", [](const Model &s) { return s.get()->program->op_count; })
        .def_prop_ro("arena_size", [](const Model &s) { return vox_program_arena_size(s.get()); })
        .def_prop_ro("listener_size", [](const Model &s) { return vox_listener_size(s.get()); })
        .def_prop_ro("input_shape", [](const Model &s) { return shape(tensor(s, false)); })
        .def_prop_ro("output_shape", [](const Model &s) { return shape(tensor(s, true)); })
        .def_prop_ro("input_bytes",
                     [](const Model &s) { return vox_program_input_size(s.get()) / elements(tensor(s, false)); })
        .def_prop_ro("output_bytes",
                     [](const Model &s) { return vox_program_output_size(s.get()) / elements(tensor(s, true)); })
        .def_prop_ro("input_scale", [](const Model &s) { return scale(tensor(s, false)); })
        .def_prop_ro("input_zero_point", [](const Model &s) { return tensor(s, false).zero_point; })
        .def_prop_ro("output_scale", [](const Model &s) { return scale(tensor(s, true)); })
        .def_prop_ro("output_zero_point", [](const Model &s) { return tensor(s, true).zero_point; })
        .def_prop_ro("sample_rate",
                     [](const Model &s) {
                         s.require_hearing();
                         return s.frontend()->sample_rate;
                     })
        .def_prop_ro("window",
                     [](const Model &s) {
                         s.require_hearing();
                         return vox_frontend_span(s.get()->frontend);
                     })
        .def_prop_ro("scratch_size",
                     [](const Model &s) {
                         s.require_hearing();
                         return vox_frontend_scratch_size(s.get()->frontend);
                     })
        .def_prop_ro("hop",
                     [](const Model &s) {
                         s.require_hearing();
                         return s.frontend()->hop;
                     })
        .def_prop_ro("fft_size",
                     [](const Model &s) {
                         s.require_hearing();
                         return s.frontend()->fft_size;
                     })
        .def_prop_ro("bands",
                     [](const Model &s) {
                         s.require_hearing();
                         return s.frontend()->bands;
                     })
        .def_prop_ro("window_frames",
                     [](const Model &s) {
                         s.require_hearing();
                         return s.decision()->window;
                     })
        .def_prop_ro("run_frames",
                     [](const Model &s) {
                         s.require_hearing();
                         return vox_model_streams(s.get()) ? vox_model_rows(s.get()) : s.decision()->window;
                     })
        .def_prop_ro("stride_frames", [](const Model &s) {
            s.require_hearing();
            return s.decision()->stride;
        });
    m.def(
        "crc32", [](nb::bytes data, uint32_t crc) { return vox_crc32(crc, data.c_str(), data.size()); },
        nb::arg("data"), nb::arg("crc") = 0);
}
