/* SPDX-License-Identifier: Apache-2.0 */
/* What the pages of the Patient Portal tab share: the tab's view, its refusals, and its slips. */
#ifndef PORTAL_PORTAL_TAB_H
#define PORTAL_PORTAL_TAB_H

#include "page/page.h"
#include "store/access.h"

/* The items of the menu that can be refused. */
typedef enum {
    PORTAL_ITEM_LOBBY,
    PORTAL_ITEM_REGISTER,
    PORTAL_ITEM_INVITATION
} portal_menu_item_t;

/* What the configuration says against an item; PORTAL_DESK_DONE: nothing. */
portal_desk_verdict_t portal_item_blocked(const portal_call_t *call,
                                          portal_menu_item_t item);

/* The first reason why an item cannot work on this tab now; PORTAL_DESK_DONE: it can. */
portal_desk_verdict_t portal_item_stands(const portal_call_t *call,
                                         const portal_tab_t *tab,
                                         portal_menu_item_t item);

/* The text key (without t:) of a refusal. */
const char *portal_desk_reason(portal_desk_verdict_t verdict);

/* The view of the template portal_tab. A new reference. */
json_t *portal_tab_view(const portal_call_t *call, const portal_tab_t *tab);

/* Reads the tab of the binder in the address, which is recorded as a look. 1: it is there; 0:
 * *answer says what is wrong. */
int portal_tab_load(portal_call_t *call, portal_tab_t *tab, portal_answer_t **answer);

/* The tab with the reason why the act was not done: 422, or 409 where there was nothing to do. */
portal_answer_t *portal_tab_refused(portal_call_t *call, portal_desk_verdict_t verdict);

/* Back to the tab with a notice. */
portal_answer_t *portal_tab_done(portal_call_t *call, const char *word);

/* A password that is shown once. */
typedef struct {
    const char *title, *label; /* text keys with t: */
    const char *const *steps;  /* text keys with t:, up to a NULL */
    const portal_row_tab_ready *whose;
    const char *secret;
    const char *address; /* also as a QR code */
    apr_time_t expires;
} portal_slip_t;

/* The page with the slip, or, for `secret` NULL, the page that says it was already shown. 200. */
portal_answer_t *portal_slip_answer(portal_call_t *call, const portal_slip_t *slip);

#endif
