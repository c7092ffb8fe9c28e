/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers about a portal that serves: `SetHandler portal-metrics` for Prometheus, and a block in
 * httpd's /server-status. Who may see them is httpd's own Require: they name nobody.
 */
#ifndef PORTAL_GATE_METRICS_H
#define PORTAL_GATE_METRICS_H

#include <httpd.h>

/* The content handler for `SetHandler portal-metrics`: the portal of this host; DECLINED for
 * others. Writes nothing, and waits for no one who is away for longer than half a second. */
int portal_gate_metrics(request_rec *r);

/* For register_hooks: the block of every portal of this httpd, where there is a mod_status. */
void portal_gate_metrics_hooks(apr_pool_t *pool);

#endif
