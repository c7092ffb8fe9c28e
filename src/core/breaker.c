/* SPDX-License-Identifier: Apache-2.0 */
#include "core/breaker.h"

enum { WELL, DOUBTED, AWAY };

portal_breaker_verdict_t portal_breaker_ask(portal_breaker_t *breaker, apr_int64_t now)
{
    apr_int64_t at = atomic_load(&breaker->probe_at);

    if (portal_breaker_well(breaker))
        return PORTAL_BREAKER_GO;
    if (now < at || !atomic_compare_exchange_strong(&breaker->probe_at, &at,
                                                    now + PORTAL_BREAKER_PROBING))
        return PORTAL_BREAKER_NO;
    return PORTAL_BREAKER_PROBE;
}

/* Written only when it changes much: all processes read this line at every request. */
int portal_breaker_answers(portal_breaker_t *breaker, apr_int64_t now)
{
    if (portal_breaker_silence(breaker, now) > PORTAL_BREAKER_PAUSE / 10)
        atomic_store(&breaker->answered, now);
    if (portal_breaker_well(breaker))
        return 0;
    atomic_store(&breaker->answered, now);
    atomic_store(&breaker->probe_at, 0);
    return atomic_exchange(&breaker->state, WELL) == AWAY;
}

int portal_breaker_fails(portal_breaker_t *breaker, apr_int64_t now)
{
    atomic_store(&breaker->failed, now);
    atomic_store(&breaker->probe_at, now + PORTAL_BREAKER_PAUSE);
    return atomic_exchange(&breaker->state, AWAY) != AWAY;
}

void portal_breaker_doubt(portal_breaker_t *breaker, apr_int64_t since)
{
    apr_int64_t well = WELL;

    if (atomic_load(&breaker->answered) < since)
        atomic_compare_exchange_strong(&breaker->state, &well, DOUBTED);
}

int portal_breaker_well(const portal_breaker_t *breaker)
{
    return atomic_load(&breaker->state) == WELL;
}

int portal_breaker_away(const portal_breaker_t *breaker)
{
    return atomic_load(&breaker->state) == AWAY;
}

apr_int64_t portal_breaker_failed(const portal_breaker_t *breaker)
{
    return atomic_load(&breaker->failed);
}

apr_int64_t portal_breaker_silence(const portal_breaker_t *breaker, apr_int64_t now)
{
    return now - atomic_load(&breaker->answered);
}
