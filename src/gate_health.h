/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `SetHandler portal-health`: can this httpd serve its portal? For load balancers and those who
 * watch. It opens no session, writes nothing and says nothing but that.
 */
#ifndef PORTAL_GATE_HEALTH_H
#define PORTAL_GATE_HEALTH_H

#include <httpd.h>

/*
 * The content handler; DECLINED for others. 200 and "ok", or 503 and the parts that do not work,
 * one a line: portal (none is set up in this host), ending (httpd is being stopped), database,
 * hasher. The same as JSON to Accept: application/json.
 *
 * Database and hasher are looked at once a second by one request, however many ask; while that one
 * waits, the others get the answer before, and soon 503.
 */
int portal_gate_health(request_rec *r);

#endif
