/* SPDX-License-Identifier: Apache-2.0 */
/* Ctrl-C during long work; see ctl.h. */
#include "ctl/ctl.h"

volatile sig_atomic_t portal_ctl_interrupted;

static void note_interrupt(int number)
{
    portal_ctl_interrupted = number;
}

void portal_ctl_catch_interrupt(void)
{
    struct sigaction action = {.sa_handler = note_interrupt,
                               .sa_flags = (int)SA_RESETHAND | SA_RESTART};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}
