/* SPDX-License-Identifier: Apache-2.0 */
/* What a signed-in patient sees of the record: the selected cases and nothing else. */
#ifndef PORTAL_STORE_HOME_H
#define PORTAL_STORE_HOME_H

#include "core/record.h"
#include "store/statement.h"

typedef struct {
    /* in */
    const char *binder_id;
    /* out */
    portal_row_selected_cases *cases;
    int n_cases;
} portal_home_t;

/* Reads the selected cases, newest first. */
apr_status_t portal_act_home(portal_tx_t *tx, void *home);

typedef struct {
    /* in */
    const char *binder_id, *case_id;
    /* out; found is 0 when the case isn't one of the selected ones */
    int found;
    portal_row_selected_case row;
} portal_home_case_t;

/* Reads one of the selected cases. */
apr_status_t portal_act_home_case(portal_tx_t *tx, void *one);

typedef struct {
    /* in */
    const char *binder_id;
    /* out; found is 0 when there is no such binder */
    int found;
    apr_time_t updated;
    portal_record_t person; /* of the record: nothing is told of a case */
} portal_home_person_t;

/* Reads the details of the person that the record has, for themselves. */
apr_status_t portal_act_home_person(portal_tx_t *tx, void *person);

#endif
