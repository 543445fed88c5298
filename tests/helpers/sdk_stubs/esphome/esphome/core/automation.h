#pragma once
#include <functional>
namespace esphome
{
template <typename... Ts> class Trigger
{
  public:
    void trigger(const Ts &...values)
    {
        if (this->action) {
            this->action(values...);
        }
    }
    std::function<void(Ts...)> action;
};
} // namespace esphome
