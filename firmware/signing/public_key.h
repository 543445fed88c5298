/* public_key.c, made from a PEM file by the build (boards/cmake/public_key.py). */
#ifndef APP_PUBLIC_KEY_H
#define APP_PUBLIC_KEY_H

#include <stdint.h>

extern const uint8_t app_public_key[32];

#endif
