/* What runs once, when a model is opened, is compiled for size whatever the rest is compiled for. */
#ifndef VOX_FORMAT_COLD_H
#define VOX_FORMAT_COLD_H

#if defined(__GNUC__)
#define VOX_COLD __attribute__((cold))
#else
#define VOX_COLD
#endif

#endif
