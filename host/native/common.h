// Shared by the binding's files: status codes as Python exceptions, 8-byte aligned copies, numpy views.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <vector>

#include "vox/vox.h"

namespace nb = nanobind;

// A negative vox_status on its way to Python, where it becomes CoreError(code, message).
class StatusError : public std::runtime_error
{
  public:
    explicit StatusError(int code);
    int code;
};

inline int check(int status)
{
    if (status < 0) {
        throw StatusError(status);
    }
    return status;
}

// Bytes at a multiple of 8, as the C library wants them.
class Aligned
{
  public:
    explicit Aligned(size_t size) : words_((size + 7) / 8 + 1), size_(size)
    {
    }
    Aligned(const void *data, size_t size) : Aligned(size)
    {
        if (size > 0) {
            std::memcpy(words_.data(), data, size);
        }
    }
    uint8_t *data()
    {
        return reinterpret_cast<uint8_t *>(words_.data());
    }
    const uint8_t *data() const
    {
        return reinterpret_cast<const uint8_t *>(words_.data());
    }
    size_t size() const
    {
        return size_;
    }

  private:
    std::vector<uint64_t> words_;
    size_t size_;
};

using Samples = nb::ndarray<const int16_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

// Hands a vector over to numpy without copying it.
template <typename T> nb::ndarray<nb::numpy, T> to_numpy(std::vector<T> &&values, std::vector<size_t> shape)
{
    auto *kept = new std::vector<T>(std::move(values));
    nb::capsule owner(kept, [](void *p) noexcept { delete static_cast<std::vector<T> *>(p); });
    return nb::ndarray<nb::numpy, T>(kept->data(), shape.size(), shape.data(), owner);
}

// A model and the bytes it lives in. Immutable once open, so threads may share it.
class Model
{
  public:
    Model(const void *data, size_t size);
    const vox_model *get() const
    {
        return &model_;
    }
    const vox_decision_params *decision() const
    {
        return reinterpret_cast<const vox_decision_params *>(model_.decision);
    }
    const vox_frontend_params *frontend() const
    {
        return reinterpret_cast<const vox_frontend_params *>(model_.frontend);
    }
    const vox_functionals_params *functionals() const // NULL where windows go in whole
    {
        return reinterpret_cast<const vox_functionals_params *>(model_.functionals);
    }
    void require_hearing() const; // throws VOX_ERR_BARE for a bare network

  private:
    Aligned bytes_;
    vox_model model_;
};

void bind_frontend(nb::module_ &m);
void bind_functionals(nb::module_ &m);
void bind_model(nb::module_ &m);
void bind_listener(nb::module_ &m);
void bind_norm(nb::module_ &m);
void bind_decision(nb::module_ &m);
void bind_link(nb::module_ &m);
