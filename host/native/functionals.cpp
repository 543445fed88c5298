// Functionals of feature frames, window by window.
#include "common.h"

namespace
{

using Frames = nb::ndarray<const int16_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

class Functionals
{
  public:
    Functionals(nb::bytes section, unsigned features) : section_(section.c_str(), section.size())
    {
        check(vox_functionals_check(section_.data(), section_.size(), features));
    }

    const vox_functionals_params &params() const
    {
        return *reinterpret_cast<const vox_functionals_params *>(section_.data());
    }

    // All frames are one window. Memory of its own, so that threads may share one object.
    nb::ndarray<nb::numpy, int16_t> window(Frames frames) const
    {
        if (frames.shape(1) != params().features || frames.shape(0) > VOX_MAX_LONG_FRAMES) {
            throw std::invalid_argument("window: expected int16[at most " + std::to_string(VOX_MAX_LONG_FRAMES) + ", " +
                                        std::to_string(params().features) + "]");
        }
        std::vector<int16_t> values(params().count);
        {
            nb::gil_scoped_release release;
            Aligned set(size());
            vox_functionals_begin(section_.data(), set.data());
            for (size_t i = 0; i < frames.shape(0); ++i) {
                vox_functionals_add(section_.data(), set.data(), frames.data() + i * params().features);
            }
            vox_functionals_read(section_.data(), set.data(), values.data());
        }
        const size_t count = values.size();
        return to_numpy(std::move(values), {count});
    }

    size_t size() const
    {
        return vox_functionals_size(section_.data());
    }

  private:
    Aligned section_;
};

} // namespace

void bind_functionals(nb::module_ &m)
{
    nb::class_<Functionals>(m, "Functionals", "Statistics of feature frames, made from a FUNC section.")
        .def(nb::init<nb::bytes, unsigned>(), nb::arg("section"), nb::arg("features"))
        .def("window", &Functionals::window, nb::arg("frames"),
             "int16[frames, features], one window -> int16[count]. Thread-safe; releases the GIL.")
        .def_prop_ro("count", [](const Functionals &f) { return f.params().count; })
        .def_prop_ro("size", &Functionals::size);
}
