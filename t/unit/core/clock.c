/* SPDX-License-Identifier: Apache-2.0 */
/* core/clock: the real build, and beside it the test build under another name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/clock.h"

apr_time_t shifted_clock_now(void);
#define PORTAL_TEST_CLOCK
#define portal_clock_now shifted_clock_now
#include "../../../src/core/clock.c"
#undef portal_clock_now

static char path[] = "/tmp/portal-clock-XXXXXX";

static void set_file(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* How far the test clock is from the real one, in whole seconds. */
static long long distance(void)
{
    apr_time_t before = portal_clock_now();
    apr_time_t shifted = shifted_clock_now();
    apr_time_t after = portal_clock_now();
    assert_true(after >= before && after - before < apr_time_from_sec(100));
    return (long long)((shifted - before + apr_time_from_sec(1) / 2) / APR_USEC_PER_SEC);
}

static void shift_is_read_at_each_call(void **state)
{
    (void)state;
    setenv("PORTAL_CLOCK_FILE", path, 1);
    set_file("604800\n");
    assert_in_range(distance(), 604800, 604810);
    set_file("0");
    assert_in_range(distance(), 0, 10);
    set_file("-3600");
    assert_in_range(-distance(), 3590, 3600);
}

static void no_file_is_no_shift(void **state)
{
    (void)state;
    setenv("PORTAL_CLOCK_FILE", "/nonexistent/clock", 1);
    assert_in_range(distance(), 0, 10);
    setenv("PORTAL_CLOCK_FILE", path, 1);
    set_file("");
    assert_in_range(distance(), 0, 10);
    set_file("soon");
    assert_in_range(distance(), 0, 10);
    unsetenv("PORTAL_CLOCK_FILE");
    assert_in_range(distance(), 0, 10);
}

static void real_clock_knows_no_file(void **state)
{
    (void)state;
    setenv("PORTAL_CLOCK_FILE", path, 1);
    set_file("1000000");
    apr_time_t away = portal_clock_now() - apr_time_now();
    assert_true(away > -apr_time_from_sec(100) && away < apr_time_from_sec(100));
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0) {
        return 1;
    }
    close(fd);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shift_is_read_at_each_call),
        cmocka_unit_test(no_file_is_no_shift),
        cmocka_unit_test(real_clock_knows_no_file),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
