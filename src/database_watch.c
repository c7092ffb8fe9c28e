/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>
#include <apr_thread_proc.h>
#include <fcntl.h>
#include <httpd.h>
#include <http_config.h>
#include <http_log.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/counts.h"
#include "database_watch.h"
#include "store/wire.h"

APLOG_USE_MODULE(portal);

#define EVERY apr_time_from_msec(200)
#define DOUBTED apr_time_from_sec(1)
/* An act may wait for its turn to write for three seconds (store/dialect.c). */
#define LONGEST apr_time_from_sec(4)

static struct {
    apr_thread_mutex_t *mutex;
    apr_thread_cond_t *end;
    apr_thread_t *thread; /* NULL: nothing is watched */
    int ending;
    APR_RING_HEAD(watch_ring, portal_watch_t) ring;
} child;

/* ---- the thread ---- */

static void look_at(portal_watch_t *w, apr_int64_t now)
{
    apr_int64_t since = atomic_load(&w->out);

    if (!since || w->cut || now - since < DOUBTED)
        return;
    portal_breaker_doubt(w->breaker, since);
    if (now - since < LONGEST && !portal_breaker_away(w->breaker))
        return;
    w->cut = 1;
    shutdown(w->socket, SHUT_RDWR);
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, w->server,
                 "PTL0124: the database left a call without an answer for %d s; its "
                 "connection was cut",
                 (int)apr_time_sec(now - since));
}

static void *APR_THREAD_FUNC watch(apr_thread_t *thread, void *unused)
{
    portal_watch_t *w;

    (void)unused;
    apr_thread_mutex_lock(child.mutex);
    while (!child.ending) {
        APR_RING_FOREACH(w, &child.ring, portal_watch_t, link)
        look_at(w, portal_counts_clock());
        apr_thread_cond_timedwait(child.end, child.mutex, EVERY);
    }
    apr_thread_mutex_unlock(child.mutex);
    apr_thread_exit(thread, APR_SUCCESS);
    return NULL;
}

void portal_watch_child_init(apr_pool_t *process)
{
    APR_RING_INIT(&child.ring, portal_watch_t, link);
    if (apr_thread_mutex_create(&child.mutex, APR_THREAD_MUTEX_DEFAULT, process) ||
        apr_thread_cond_create(&child.end, process) ||
        apr_thread_create(&child.thread, NULL, watch, NULL, process))
        child.thread = NULL;
}

void portal_watch_child_end(void)
{
    apr_status_t ended;

    if (!child.thread)
        return;
    apr_thread_mutex_lock(child.mutex);
    child.ending = 1;
    apr_thread_cond_signal(child.end);
    apr_thread_mutex_unlock(child.mutex);
    apr_thread_join(&ended, child.thread);
}

/* ---- those who have a connection ---- */

void portal_watch_begins(portal_watch_t *w, portal_connection_t *c)
{
    int socket = child.thread ? portal_wire_socket(c) : -1;

    portal_watch_ends(w);
    c->out = NULL;
    w->socket = socket >= 0 ? fcntl(socket, F_DUPFD_CLOEXEC, 0) : -1;
    if (w->socket < 0)
        return;
    atomic_store(&w->out, 0);
    c->out = &w->out;
    w->cut = 0;
    w->watched = 1;
    apr_thread_mutex_lock(child.mutex);
    APR_RING_INSERT_TAIL(&child.ring, w, portal_watch_t, link);
    apr_thread_mutex_unlock(child.mutex);
}

void portal_watch_ends(portal_watch_t *w)
{
    if (!w->watched)
        return;
    apr_thread_mutex_lock(child.mutex);
    APR_RING_REMOVE(w, link);
    apr_thread_mutex_unlock(child.mutex);
    close(w->socket);
    w->watched = 0;
}

int portal_watch_cut(portal_watch_t *w)
{
    int cut;

    if (!w->watched)
        return 0;
    apr_thread_mutex_lock(child.mutex);
    cut = w->cut;
    apr_thread_mutex_unlock(child.mutex);
    return cut;
}
