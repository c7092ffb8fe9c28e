/* SPDX-License-Identifier: Apache-2.0 */
#include <stdatomic.h>
#include <stdint.h>

#include "core/health.h"

/* Time and faults in one word, so that nobody sees one without the other. */
#define FAULT_BITS 3
#define FAULTS ((1 << FAULT_BITS) - 1)

struct portal_health_t {
    _Atomic int64_t finding; /* when << FAULT_BITS | faults; 0: none yet */
    _Atomic int64_t looking; /* since when somebody looks; 0: nobody */
};

apr_size_t portal_health_size(void)
{
    return sizeof(portal_health_t);
}

portal_health_t *portal_health_make(void *memory)
{
    return memory;
}

int portal_health_known(portal_health_t *health, apr_int64_t now, int *faults)
{
    int64_t finding = atomic_load(&health->finding), age = now - (finding >> FAULT_BITS);
    int64_t looking = atomic_load(&health->looking);

    *faults = (int)(finding & FAULTS);
    if (finding && age < PORTAL_HEALTH_FRESH)
        return 1;
    if ((!looking || now - looking >= PORTAL_HEALTH_LOST) &&
        atomic_compare_exchange_strong(&health->looking, &looking, now))
        return 0;
    if (!finding || (looking && now - looking >= PORTAL_HEALTH_STALE))
        *faults |= PORTAL_HEALTH_SLOW;
    return 1;
}

void portal_health_found(portal_health_t *health, apr_int64_t now, int faults)
{
    atomic_store(&health->finding, now << FAULT_BITS | faults);
    atomic_store(&health->looking, 0);
}
