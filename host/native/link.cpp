// The serial link's codec: the host frames its bytes with the device's own code.
#include "common.h"

namespace
{

nb::bytes encode(uint8_t type, uint8_t sequence, nb::bytes payload)
{
    uint8_t wire[VOX_LINK_WIRE];
    const int length = check(vox_link_encode(wire, type, sequence, payload.c_str(), payload.size()));
    return nb::bytes(reinterpret_cast<const char *>(wire), static_cast<size_t>(length));
}

class LinkDecoder
{
  public:
    LinkDecoder()
    {
        vox_link_init(&decoder_);
    }

    nb::list feed(nb::bytes data)
    {
        nb::list frames;
        const auto *bytes = reinterpret_cast<const uint8_t *>(data.c_str());
        for (size_t i = 0; i < data.size(); ++i) {
            vox_link_frame frame;
            if (vox_link_decode(&decoder_, bytes[i], &frame) == 1) {
                frames.append(nb::make_tuple(frame.type, frame.sequence,
                                             nb::bytes(reinterpret_cast<const char *>(frame.payload), frame.size)));
            }
        }
        return frames;
    }

    vox_link_decoder decoder_;
};

} // namespace

void bind_link(nb::module_ &m)
{
    m.def("link_encode", &encode, nb::arg("kind"), nb::arg("sequence"), nb::arg("payload"),
          "One frame as it goes over the wire, delimiter included.");
    nb::class_<LinkDecoder>(m, "LinkDecoder", "Streaming decoder; bad frames are counted, never raised.")
        .def(nb::init<>())
        .def("feed", &LinkDecoder::feed, nb::arg("data"), "bytes -> list of (type, sequence, payload)")
        .def_prop_ro("frames", [](const LinkDecoder &d) { return d.decoder_.frames; })
        .def_prop_ro("errors", [](const LinkDecoder &d) { return d.decoder_.errors; });
}
