#ifndef STUB_PRINTK_H
#define STUB_PRINTK_H
void printk(const char *format, ...) __attribute__((format(printf, 1, 2)));
#endif
