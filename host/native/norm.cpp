// Running means of feature frames, as the listener takes them off.
#include "common.h"

extern "C" {
#include "norm/norm.h"
}

namespace
{

using Frames = nb::ndarray<const int16_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

// All frames of a stream, from its first one on.
nb::ndarray<nb::numpy, int16_t> less_running_mean(nb::bytes section, Frames frames)
{
    const Aligned norm(section.c_str(), section.size());
    const size_t count = frames.shape(0), bands = frames.shape(1);
    check(vox_norm_check(norm.data(), norm.size(), static_cast<unsigned>(bands), VOX_TYPE_S8));
    std::vector<int16_t> values(frames.data(), frames.data() + count * bands);
    {
        nb::gil_scoped_release release;
        Aligned state(vox_norm_state_size(norm.data()));
        auto *means = reinterpret_cast<int32_t *>(state.data());
        vox_norm_reset(norm.data(), means);
        for (size_t i = 0; i < count; ++i) {
            vox_norm_follow(norm.data(), means, &values[i * bands]);
        }
    }
    return to_numpy(std::move(values), {count, bands});
}

} // namespace

void bind_norm(nb::module_ &m)
{
    m.def("less_running_mean", &less_running_mean, nb::arg("section"), nb::arg("frames"),
          "int16[frames, bands] of a stream from its first frame -> the same less what NORM's running means come to. "
          "Thread-safe; releases the GIL.");
}
