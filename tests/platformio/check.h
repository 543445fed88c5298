/* The few macros that the tests of `pio test` need. Each test is a function without arguments; RUN says how it went in the
 * words of the Unity framework, whose lines PlatformIO's runner reads. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>

static unsigned check_tests, check_failures, check_failed_line;
static const char *check_failed;

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition) && check_failed == NULL) {                                                                    \
            check_failed = #condition;                                                                                 \
            check_failed_line = __LINE__;                                                                              \
        }                                                                                                              \
    } while (0)

#define RUN(test)                                                                                                      \
    do {                                                                                                               \
        check_failed = NULL;                                                                                           \
        test();                                                                                                        \
        ++check_tests;                                                                                                 \
        if (check_failed == NULL) {                                                                                    \
            printf("%s:%d:%s:PASS\n", __FILE__, __LINE__, #test);                                                      \
        } else {                                                                                                       \
            ++check_failures;                                                                                          \
            printf("%s:%u:%s:FAIL: %s\n", __FILE__, check_failed_line, #test, check_failed);                           \
        }                                                                                                              \
        (void)fflush(stdout);                                                                                          \
    } while (0)

/* Of main: the last line, and its value. */
#define FINISH() (printf("%u Tests %u Failures 0 Ignored\n", check_tests, check_failures), check_failures == 0 ? 0 : 1)

#endif
