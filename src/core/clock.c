/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock: see clock.h. The shift of the test build comes from a file and not from memory,
 * because the children, the jobs and the test itself are different processes.
 */
#include "core/clock.h"

#ifdef PORTAL_TEST_CLOCK

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static apr_time_t shift(void)
{
    char text[32];
    const char *path = getenv("PORTAL_CLOCK_FILE");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) {
        return 0;
    }
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0) {
        return 0;
    }
    text[n] = '\0';
    return apr_time_from_sec(strtoll(text, NULL, 10));
}

apr_time_t portal_clock_now(void)
{
    return apr_time_now() + shift();
}

#else

apr_time_t portal_clock_now(void)
{
    return apr_time_now();
}

#endif
