#ifndef STUB_FREERTOS_H
#define STUB_FREERTOS_H
#include <stdint.h>
#define portMAX_DELAY 0xffffffffu
#endif
