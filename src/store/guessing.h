/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One password tried at many case numbers. Each number has its free tries and, from many networks, each
 * network too, so that nothing is held up: but it shows in how many numbers were tried in vain of late.
 */
#ifndef PORTAL_STORE_GUESSING_H
#define PORTAL_STORE_GUESSING_H

#include "store/store.h"

/* What is looked back at, and how long nothing more is said once it was. */
#define PORTAL_GUESSING_WITHIN apr_time_from_sec(600)
#define PORTAL_GUESSING_SILENT apr_time_from_sec(3600)

/* So many numbers, and more than patients who signed in: a busy morning with its typos is none. */
#define PORTAL_GUESSING_NUMBERS 50

typedef struct {
    apr_int64_t
        numbers; /* case numbers, known or not, that were tried and not signed in with since */
    apr_int64_t networks;  /* that this came from */
    apr_int64_t signed_in; /* sign-ins that went well meanwhile */
    int many;              /* enough to tell somebody */
    int told; /* by portal_act_guessing_tell(): it was told now, and not within the hour */
} portal_guessing_t;

/* For a read transaction: sets all but `told`. */
apr_status_t portal_act_guessing(portal_tx_t *tx, void *guessing);

/* Writes down what was seen (signin.guessing), unless this was done within the hour, by whatever machine. */
apr_status_t portal_act_guessing_tell(portal_tx_t *tx, void *guessing);

#endif
