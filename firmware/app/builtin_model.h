/* builtin_model.c, which the build makes from a .vxm. */
#ifndef APP_BUILTIN_MODEL_H
#define APP_BUILTIN_MODEL_H

#include <stdint.h>

extern const uint8_t app_builtin_model[];     /* 8-byte aligned */
extern const uint32_t app_builtin_model_size; /* 0 where the image was built without a model */

#endif
