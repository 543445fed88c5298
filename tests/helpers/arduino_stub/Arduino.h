/* A stand-in for the Arduino API, as far as firmware/hal/arduino and exported sketches use it: declarations in the shape of
 * the cores' own, so that the code compiles, and enough behind them to run it on the PC. It is no core: that the code
 * compiles and runs here says nothing about a vendor's drivers.
 *
 * Defines stand for boards, as in the cores: ARDUINO_ARCH_ESP32, ARDUINO_ARDUINO_NANO33BLE, TEENSYDUINO.
 */
#ifndef ARDUINO_STUB_H
#define ARDUINO_STUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define A0 14

unsigned long millis();
unsigned long micros();
void delay(unsigned long milliseconds);
void yield();
int analogRead(uint8_t pin);
void analogReadResolution(int bits);

class Print
{
  public:
    virtual ~Print() = default;
    virtual size_t write(const uint8_t *bytes, size_t size) = 0;
    size_t print(const char *text);
    size_t print(long number);
    size_t print(unsigned long number);
    size_t print(int number);
    size_t print(unsigned number);
    size_t print(float number, int digits = 2);
    size_t println();
    template <typename Value> size_t println(Value value)
    {
        const size_t size = print(value);
        return size + println();
    }
};

class HardwareSerial : public Print
{
  public:
    void begin(unsigned long baud);
    size_t setRxBufferSize(size_t size);
    int available();
    int read();
    using Print::print;
    size_t write(const uint8_t *bytes, size_t size) override;
    explicit operator bool() const;
};

extern HardwareSerial Serial;

#if defined(TEENSYDUINO)
class IntervalTimer
{
  public:
    bool begin(void (*function)(), float microseconds);
    void end();
};
#endif

#if defined(ARDUINO_ARCH_STM32) /* as STM32duino's HardwareTimer.h */
typedef struct {
    uint32_t control;
} TIM_TypeDef;
extern TIM_TypeDef stub_timer_6;
#define TIM6 (&stub_timer_6)
enum TimerFormat_t { TICK_FORMAT, MICROSEC_FORMAT, HERTZ_FORMAT };
class HardwareTimer
{
  public:
    explicit HardwareTimer(TIM_TypeDef *instance);
    void setOverflow(uint32_t value, TimerFormat_t format = TICK_FORMAT);
    void attachInterrupt(void (*function)());
    void detachInterrupt();
    void resume();
    void pause();
};
#endif

void setup();
void loop();

#endif
