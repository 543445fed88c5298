// The module: version, exceptions, and one function a file.
#include "common.h"
#include "vox/status_text.h"

StatusError::StatusError(int status) : std::runtime_error(vox_status_text(status)), code(status)
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
    m.def("describe_status", [](int code) { return std::string(vox_status_text(code)); }, nb::arg("code"));
    bind_frontend(m);
    bind_functionals(m);
    bind_model(m);
    bind_listener(m);
    bind_norm(m);
    bind_decision(m);
    bind_link(m);
}
