// The decision alone, over posteriors that were recorded: the same C code, without front end and network.
#include "common.h"

namespace
{

using Frames = nb::ndarray<const uint32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Posteriors = nb::ndarray<const uint16_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Flags = nb::ndarray<const uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

// DECI section -> settings that may be pushed posteriors of so many labels. Throws where they may not.
class Decision
{
  public:
    explicit Decision(nb::bytes section) : section_(section.c_str(), section.size())
    {
        if (section.size() < sizeof(vox_decision_params)) {
            throw StatusError(VOX_ERR_DECISION);
        }
        labels_ = params().label_count;
        // Windows of functionals may be longer; which kind this is, the section does not say.
        if (vox_decision_check(section_.data(), section.size(), labels_, false) != VOX_OK) {
            check(vox_decision_check(section_.data(), section.size(), labels_, true));
        }
        state_ = std::make_unique<Aligned>(vox_decision_state_size(section_.data()));
        vox_decision_init(&decision_, section_.data(), state_->data());
    }

    nb::tuple replay(Frames frames, Posteriors posteriors, Flags gated)
    {
        const size_t windows = frames.shape(0);
        if (posteriors.shape(0) != windows || gated.shape(0) != windows || posteriors.shape(1) != labels_) {
            throw std::invalid_argument("replay: frames [n], posteriors [n, labels] and gated [n] do not fit");
        }
        std::vector<int16_t> verdicts(windows), labels;
        std::vector<uint16_t> sure(windows), scores;
        std::vector<uint32_t> when;
        std::vector<uint8_t> kinds;
        std::vector<vox_event> events(vox_decision_most_events(section_.data()));
        {
            nb::gil_scoped_release release;
            vox_decision_reset(&decision_);
            for (size_t i = 0; i < windows; ++i) {
                vox_verdict verdict;
                const uint16_t *row = gated.data()[i] ? nullptr : posteriors.data() + i * labels_;
                const int count = vox_decision_push(&decision_, row, frames.data()[i], &verdict, events.data());
                verdicts[i] = verdict.label;
                sure[i] = verdict.score;
                for (int e = 0; e < count; ++e) {
                    when.push_back(events[e].frame);
                    labels.push_back(events[e].label);
                    scores.push_back(events[e].score);
                    kinds.push_back(events[e].kind);
                }
            }
        }
        const size_t begun = when.size();
        return nb::make_tuple(to_numpy(std::move(verdicts), {windows}), to_numpy(std::move(sure), {windows}),
                              to_numpy(std::move(when), {begun}), to_numpy(std::move(labels), {begun}),
                              to_numpy(std::move(scores), {begun}), to_numpy(std::move(kinds), {begun}));
    }

  private:
    const vox_decision_params &params() const
    {
        return *reinterpret_cast<const vox_decision_params *>(section_.data());
    }

    Aligned section_;
    unsigned labels_ = 0;
    std::unique_ptr<Aligned> state_;
    vox_decision decision_;
};

} // namespace

void bind_decision(nb::module_ &m)
{
    nb::class_<Decision>(m, "Decision", "What a DECI section makes of posteriors that were recorded.")
        .def(nb::init<nb::bytes>(), nb::arg("section"))
        .def("replay", &Decision::replay, nb::arg("frames"), nb::arg("posteriors"), nb::arg("gated"),
             "A stream from reset: uint32[n] frames, uint16[n, labels] Q15, uint8[n] -> verdict labels int16[n] and "
             "scores uint16[n]; events: frames uint32[e], labels int16[e], scores uint16[e], kinds uint8[e]. Not for "
             "several threads at once.");
}
