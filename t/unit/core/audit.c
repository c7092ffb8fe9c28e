/* SPDX-License-Identifier: Apache-2.0 */
/* core/audit: the hash covers every field, and each kind of tampering is named. */
#include "unit.h"

#include <apr_strings.h>
#include <unistd.h>

#include "core/audit.h"

#define ROWS 200
#define A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define B "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="

typedef struct {
    portal_audit_row_t row;
    unsigned key_id;
    char mac[PORTAL_MAC_SIZE];
} line_t;

/* A trail as a table would hold it, and the head. */
typedef struct {
    portal_keyring_t *ring;
    apr_pool_t *pool;
    line_t line[ROWS];
    int count;
    apr_int64_t head_seq;
    char head_mac[PORTAL_MAC_SIZE];
} trail_t;

static portal_keyring_t *ring_of(const char *text, apr_pool_t *pool)
{
    char path[] = "/tmp/portal-audit-XXXXXX";
    portal_keyring_t *ring;
    const char *error;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    assert_int_equal(portal_keyring_read(&ring, path, &error, pool), APR_SUCCESS);
    unlink(path);
    return ring;
}

static portal_audit_row_t row_of(int seq, apr_pool_t *pool)
{
    return (portal_audit_row_t){seq,
                                apr_time_from_sec(1795442700) + seq,
                                "req",
                                "desk",
                                "مريم",
                                "192.0.2.1",
                                "binder.view",
                                apr_psprintf(pool, "binder%d", seq % 7),
                                "",
                                "ok",
                                ""};
}

static const char *link_to(trail_t *trail, int i)
{
    char *link = apr_palloc(trail->pool, PORTAL_MAC_SIZE);
    assert_int_equal(
        portal_audit_link(link, trail->ring, trail->line[i].key_id, trail->line[i].mac),
        APR_SUCCESS);
    return link;
}

/* `count` good rows; those from number 5 on under a newer key. */
static trail_t *trail_of(int count, apr_pool_t *pool)
{
    trail_t *trail = apr_pcalloc(pool, sizeof *trail);
    trail->ring = ring_of("key 2 " B "\nkey 1 " A "\n", pool);
    trail->pool = pool;
    trail->count = count;
    strcpy(trail->head_mac, PORTAL_AUDIT_START);
    for (int i = 0; i < count; i++) {
        line_t *line = &trail->line[i];
        line->row = row_of(i + 1, pool);
        line->key_id = i < 4 ? 1 : 2;
        assert_int_equal(portal_audit_mac(line->mac, trail->ring, line->key_id,
                                          trail->head_mac, &line->row),
                         APR_SUCCESS);
        strcpy(trail->head_mac, link_to(trail, i));
    }
    trail->head_seq = count;
    return trail;
}

static void found(trail_t *trail, portal_audit_verdict_t verdict, apr_int64_t seq)
{
    apr_int64_t at = -1;
    portal_audit_verifier_t *verifier =
        portal_audit_verify_begin(trail->ring, 0, PORTAL_AUDIT_START, trail->pool);
    for (int i = 0; i < trail->count; i++) {
        line_t *line = &trail->line[i];
        portal_audit_verify_row(verifier, &line->row, line->key_id, line->mac);
    }
    assert_int_equal(
        portal_audit_verify_end(verifier, trail->head_seq, trail->head_mac, &at),
        verdict);
    assert_int_equal(at, seq);
}

static void remove_line(trail_t *trail, int i)
{
    memmove(&trail->line[i], &trail->line[i + 1],
            (size_t)(trail->count - i - 1) * sizeof *trail->line);
    trail->count--;
}

static void insert_line(trail_t *trail, int i, line_t line)
{
    memmove(&trail->line[i + 1], &trail->line[i],
            (size_t)(trail->count - i) * sizeof *trail->line);
    trail->line[i] = line;
    trail->count++;
}

static void renumber(trail_t *trail)
{
    for (int i = 0; i < trail->count; i++) {
        trail->line[i].row.seq = i + 1;
    }
}

static void a_good_trail_is_good(void **state)
{
    const int counts[] = {0, 1, 2, 5, 63, 64, 65, 200};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        found(trail_of(counts[i], *state), PORTAL_AUDIT_OK, 0);
    }
}

static void verification_can_begin_later(void **state)
{
    trail_t *trail = trail_of(20, *state);
    apr_int64_t seq = -1;
    portal_audit_verifier_t *verifier =
        portal_audit_verify_begin(trail->ring, 10, link_to(trail, 9), *state);
    for (int i = 10; i < 20; i++) {
        assert_true(portal_audit_verify_row(verifier, &trail->line[i].row,
                                            trail->line[i].key_id, trail->line[i].mac));
    }
    assert_int_equal(portal_audit_verify_end(verifier, 20, trail->head_mac, &seq),
                     PORTAL_AUDIT_OK);
    assert_int_equal(seq, 0);
}

static void change_field(portal_audit_row_t *row, int field)
{
    const char **texts[] = {&row->request, &row->actor_kind, &row->actor,
                            &row->source,  &row->action,     &row->binder_id,
                            &row->case_id, &row->result,     &row->detail};
    if (field == 9) {
        row->at++;
    } else {
        *texts[field] = "other";
    }
}

static void every_field_is_covered(void **state)
{
    const int places[] = {0, 1, 4, 8, 9};
    for (int field = 0; field < 10; field++) {
        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
            trail_t *trail = trail_of(10, *state);
            change_field(&trail->line[places[i]].row, field);
            found(trail, PORTAL_AUDIT_CHANGED, places[i] + 1);
        }
    }
}

static void text_cannot_run_over_into_the_next_field(void **state)
{
    trail_t *trail = trail_of(3, *state);
    trail->line[1].row.request = "reqd"; /* "req" + "desk" */
    trail->line[1].row.actor_kind = "esk";
    found(trail, PORTAL_AUDIT_CHANGED, 2);
}

static void changed_hashes_are_found(void **state)
{
    trail_t *trail = trail_of(10, *state);
    memset(trail->line[3].mac, '0', 64);
    found(trail, PORTAL_AUDIT_CHANGED, 4);
    trail = trail_of(10, *state);
    trail->line[3].mac[0] = '\0';
    found(trail, PORTAL_AUDIT_CHANGED, 4);
    trail = trail_of(10, *state);
    trail->line[3].key_id = 2;
    found(trail, PORTAL_AUDIT_CHANGED, 4);
    trail = trail_of(10, *state);
    memset(trail->line[9].mac, '0', 64);
    found(trail, PORTAL_AUDIT_CHANGED, 10);
}

static void missing_rows_are_found(void **state)
{
    trail_t *trail = trail_of(10, *state);
    remove_line(trail, 0);
    found(trail, PORTAL_AUDIT_MISSING, 1);
    trail = trail_of(10, *state);
    remove_line(trail, 5);
    remove_line(trail, 5);
    found(trail, PORTAL_AUDIT_MISSING, 6);
    trail = trail_of(10, *state); /* the tail cut off */
    trail->count = 7;
    found(trail, PORTAL_AUDIT_MISSING, 8);
    trail = trail_of(10, *state);
    trail->count = 0;
    found(trail, PORTAL_AUDIT_MISSING, 1);
}

static void missing_rows_are_found_when_closed_up(void **state)
{
    for (int i = 0; i < 8; i++) {
        for (int n = 1; n <= 3 && i + n < 9; n++) {
            trail_t *trail = trail_of(10, *state);
            for (int k = 0; k < n; k++) {
                remove_line(trail, i);
            }
            renumber(trail);
            found(trail, PORTAL_AUDIT_MISSING, i + 1);
        }
    }
    trail_t *trail = trail_of(10, *state); /* only the last row is left behind the cut */
    remove_line(trail, 8);
    renumber(trail);
    found(trail, PORTAL_AUDIT_MISSING, 9);
}

static void moved_rows_are_found(void **state)
{
    const int pairs[][2] = {{0, 1}, {4, 5}, {4, 8}, {3, 60}, {0, 9}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        trail_t *trail = trail_of(100, *state); /* two rows change places */
        line_t first = trail->line[pairs[i][0]];
        trail->line[pairs[i][0]] = trail->line[pairs[i][1]];
        trail->line[pairs[i][1]] = first;
        renumber(trail);
        found(trail, PORTAL_AUDIT_MOVED, pairs[i][0] + 1);

        trail = trail_of(100, *state); /* one row is taken to the back */
        first = trail->line[pairs[i][0]];
        remove_line(trail, pairs[i][0]);
        insert_line(trail, pairs[i][1], first);
        renumber(trail);
        found(trail, PORTAL_AUDIT_MOVED, pairs[i][0] + 1);

        trail = trail_of(100, *state); /* one row is taken to the front */
        first = trail->line[pairs[i][1]];
        remove_line(trail, pairs[i][1]);
        insert_line(trail, pairs[i][0], first);
        renumber(trail);
        found(trail, PORTAL_AUDIT_MOVED, pairs[i][0] + 1);
    }
}

static void added_rows_are_found(void **state)
{
    for (int i = 0; i < 10; i++) {
        for (int n = 1; n <= 3; n++) {
            trail_t *trail = trail_of(10, *state);
            for (int k = 0; k < n; k++) {
                line_t line = {row_of(99, *state), 2, ""};
                memset(line.mac, 'a', 64);
                insert_line(trail, i, line);
            }
            renumber(trail);
            found(trail, PORTAL_AUDIT_ADDED, i + 1);
        }
    }
    trail_t *trail = trail_of(10, *state); /* behind the last */
    insert_line(trail, 10, (line_t){row_of(11, *state), 2, "00"});
    found(trail, PORTAL_AUDIT_ADDED, 11);
    trail = trail_of(10, *state); /* the same number twice */
    insert_line(trail, 5, trail->line[4]);
    found(trail, PORTAL_AUDIT_ADDED, 5);
}

static void an_untrue_head_is_found(void **state)
{
    trail_t *trail = trail_of(10, *state);
    memset(trail->head_mac, '0', 64);
    found(trail, PORTAL_AUDIT_CHANGED, 10);
    trail = trail_of(10, *state);
    trail->head_seq = 9;
    strcpy(trail->head_mac, trail->line[8].mac);
    found(trail, PORTAL_AUDIT_CHANGED, 10);
    trail->count = 9; /* the head set back and the rest cut off */
    found(trail, PORTAL_AUDIT_CHANGED, 9);
    strcpy(trail->head_mac, link_to(trail, 8));
    found(trail, PORTAL_AUDIT_OK, 0); /* which needs the key */
    trail = trail_of(10, *state);
    trail->head_seq = 0;
    trail->head_mac[0] = '\0';
    found(trail, PORTAL_AUDIT_CHANGED, 10);
}

static void a_lost_key_is_said(void **state)
{
    trail_t *trail = trail_of(10, *state);
    trail->ring = ring_of("key 1 " A "\n", *state);
    found(trail, PORTAL_AUDIT_NO_KEY, 5);
    trail->ring = ring_of("key 1 " B "\nkey 2 " A "\n", *state); /* other keys */
    found(trail, PORTAL_AUDIT_CHANGED, 1);
    char mac[PORTAL_MAC_SIZE];
    assert_int_equal(portal_audit_mac(mac, trail->ring, 9, "", &trail->line[0].row),
                     APR_NOTFOUND);
    assert_string_equal(mac, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        pool_test(a_good_trail_is_good),
        pool_test(verification_can_begin_later),
        pool_test(every_field_is_covered),
        pool_test(text_cannot_run_over_into_the_next_field),
        pool_test(changed_hashes_are_found),
        pool_test(missing_rows_are_found),
        pool_test(missing_rows_are_found_when_closed_up),
        pool_test(moved_rows_are_found),
        pool_test(added_rows_are_found),
        pool_test(an_untrue_head_is_found),
        pool_test(a_lost_key_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
