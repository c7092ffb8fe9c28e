/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "core/audit.h"

apr_status_t portal_audit_mac(char mac[PORTAL_MAC_SIZE], const portal_keyring_t *keys,
                              unsigned key_id, const char *before,
                              const portal_audit_row_t *row, apr_pool_t *pool)
{
    const char *const texts[] = {before,      row->request, row->actor_kind, row->actor,
                                 row->source, row->action,  row->binder_id,  row->case_id,
                                 row->result, row->detail};
    const char *all = apr_psprintf(pool, "%" APR_INT64_T_FMT ";%" APR_TIME_T_FMT ";", row->seq,
                                   row->at);

    for (unsigned i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        all = apr_psprintf(pool, "%s%" APR_SIZE_T_FMT ":%s", all, strlen(texts[i]), texts[i]);
    return portal_keyring_mac(mac, keys, PORTAL_KEY_AUDIT_CHAIN, key_id, all, strlen(all));
}
