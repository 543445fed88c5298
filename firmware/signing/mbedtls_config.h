/* Of Mbed TLS, SHA-512 alone, small rather than fast. */
#ifndef APP_MBEDTLS_CONFIG_H
#define APP_MBEDTLS_CONFIG_H

#define MBEDTLS_SHA512_C
#define MBEDTLS_SHA512_SMALLER
#define MBEDTLS_PLATFORM_ZEROIZE_ALT

#endif
