/* As <PDM.h> of Arduino's mbed core. */
#ifndef PDM_STUB_H
#define PDM_STUB_H

#include <stddef.h>

class PDMClass
{
  public:
    int begin(int channels, int sample_rate);
    void end();
    int available(); /* bytes */
    int read(void *buffer, size_t size);
    void onReceive(void (*function)(void));
};

extern PDMClass PDM;

#endif
