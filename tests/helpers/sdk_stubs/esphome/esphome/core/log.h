#pragma once
#include <cstdio>
#define ESP_LOGE(tag, ...) std::fprintf(stderr, __VA_ARGS__)
#define ESP_LOGW(tag, ...) std::fprintf(stderr, __VA_ARGS__)
#define ESP_LOGD(tag, ...) (void)sizeof(std::printf(__VA_ARGS__))
#define ESP_LOGCONFIG(tag, ...) std::fprintf(stderr, __VA_ARGS__)
