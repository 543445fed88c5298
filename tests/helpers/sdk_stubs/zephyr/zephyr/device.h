#ifndef STUB_DEVICE_H
#define STUB_DEVICE_H

#include <stdbool.h>

struct device {
    const char *name;
};
extern const struct device stub_dmic_dev;
#define DT_NODELABEL(label) stub_##label
#define DEVICE_DT_GET(node) (&(node))
bool device_is_ready(const struct device *device);

#endif
