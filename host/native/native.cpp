// The module: version, exceptions, and one function a file.
#include "common.h"

static const char *describe(int code)
{
    switch (code) {
    case VOX_ERR_ARGUMENT:
        return "an argument is missing or outside its range";
    case VOX_ERR_ALIGNMENT:
        return "data not aligned to 8 bytes";
    case VOX_ERR_MAGIC:
        return "not a .vxm file";
    case VOX_ERR_VERSION:
        return "a .vxm of a version that this library does not read";
    case VOX_ERR_TRUNCATED:
        return "the .vxm is cut short";
    case VOX_ERR_CRC:
        return "checksum mismatch: the .vxm is damaged";
    case VOX_ERR_SECTION:
        return "a section of the .vxm is missing, doubled or misplaced";
    case VOX_ERR_FRONTEND:
        return "front-end parameters out of range";
    case VOX_ERR_TENSOR:
        return "a tensor's type, shape or place is invalid";
    case VOX_ERR_OP:
        return "an op's arguments do not fit its tensors or weights";
    case VOX_ERR_UNSUPPORTED:
        return "an op that this build leaves out";
    case VOX_ERR_MEMORY:
        return "not enough memory";
    case VOX_ERR_DECISION:
        return "labels, windowing or decision settings invalid";
    case VOX_ERR_STATE:
        return "a bare network: it has no front end, labels and decision settings";
    case VOX_ERR_FRAME:
        return "a bad link frame";
    case VOX_ERR_STORAGE:
        return "no room for the model on the device";
    default:
        return "unknown status";
    }
}

StatusError::StatusError(int status) : std::runtime_error(describe(status)), code(status)
{
}

NB_MODULE(_native, m)
{
    // Objects that module-level names keep until the interpreter ends are no leak worth a page of warnings.
    nb::set_leak_warnings(false);
    static PyObject *core_error = PyErr_NewException("vox_embed.core._native.CoreError", PyExc_ValueError, nullptr);
    m.attr("CoreError") = nb::borrow(core_error);
    nb::register_exception_translator(
        [](const std::exception_ptr &p, void *) {
            try {
                std::rethrow_exception(p);
            } catch (const StatusError &e) {
                nb::object args = nb::make_tuple(e.code, e.what());
                PyErr_SetObject(core_error, args.ptr());
            }
        },
        nullptr);
    m.def("describe_status", [](int code) { return std::string(describe(code)); }, nb::arg("code"));
    m.attr("FORMAT_VERSION") = VOX_FORMAT_VERSION;
    bind_frontend(m);
    bind_functionals(m);
    bind_model(m);
    bind_listener(m);
    bind_decision(m);
    bind_link(m);
}
