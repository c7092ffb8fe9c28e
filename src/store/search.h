/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the words by which a binder is found (table search_word): names, birth dates, mrn, case
 * numbers and e-mails of the binder and of its cases (kind d), and the e-mail of its Patient
 * Portal tab (kind a). What the words are: core/terms.h.
 */
#ifndef PORTAL_STORE_SEARCH_H
#define PORTAL_STORE_SEARCH_H

#include "store/store.h"

/* Brings the words of a binder up to date, in the transaction of the act that changed the binder,
 * a case of it or its tab. Writes only what differs. A binder that is gone has no words; that is
 * no error. */
apr_status_t portal_search_update(portal_tx_t *tx, const char *binder_id);

#endif
