/* As <ADCInput.h> of arduino-pico. */
#ifndef ADC_INPUT_STUB_H
#define ADC_INPUT_STUB_H

#include <stdint.h>

typedef uint8_t pin_size_t;

class ADCInput
{
  public:
    explicit ADCInput(pin_size_t pin);
    bool begin(long rate);
    bool end();
    int available(); /* samples */
    int read();      /* 12 bits */
};

#endif
