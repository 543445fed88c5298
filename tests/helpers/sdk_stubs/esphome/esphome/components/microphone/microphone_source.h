#pragma once
#include <cstdint>
#include <functional>
#include <vector>
namespace esphome
{
namespace microphone
{
class MicrophoneSource
{
  public:
    template <typename F> void add_data_callback(F &&callback)
    {
        this->callback_ = callback;
    }
    void start()
    {
        this->running_ = true;
    }
    void give(const std::vector<uint8_t> &data)
    {
        if (this->running_) {
            this->callback_(data);
        }
    }

  protected:
    std::function<void(const std::vector<uint8_t> &)> callback_;
    bool running_{false};
};
} // namespace microphone
} // namespace esphome
