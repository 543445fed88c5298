#pragma once
namespace esphome
{
namespace binary_sensor
{
class BinarySensor
{
  public:
    void publish_state(bool state)
    {
        this->state = state;
        ++this->changes;
    }
    bool state{false};
    int changes{0};
};
} // namespace binary_sensor
} // namespace esphome
