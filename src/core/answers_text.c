/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A draft as text and back; see answers.h. It is read with each page of a form, and is made to be read
 * in one pass without anything beside it. Format 2:
 *
 *   draft  = "2" text(hash of the form) text(since, or nothing) *node
 *   node   = "(" ["+" / number ","] text(linkId) *answer *node ")"
 *   answer = "=" [value] ["?" text(typed) text(error)] ["<" text(from)] *node ";"
 *   value  = kind text, or for C, Q and R kind and five of text or "-"
 *   text   = its length in bytes, ":" and the bytes
 *
 * Nodes without anything in them are left out, but for the repetitions of a group. In the version of the
 * form that it was written for, a node is known by its place: "+" is one more repetition of the group
 * before, the number how many nodes were left out before it. In another, which may have them elsewhere, it
 * is known by its linkId, and its values are held against what the question takes now.
 */
#include "core/answers_text.h"

#include <apr_strings.h>
#include <string.h>
#include <utf8proc.h>

#include "core/buffer.h"
#include "core/fhir_json.h"

#define FORMAT '2'
#define MAX_BYTES ((apr_size_t)1 << 30)

/* The letters of portal_value_kind_t. */
static const char kinds[] = "-SBIDdtTuCQAR";

static bool has_parts(portal_value_kind_t kind)
{
    return kind == PORTAL_VALUE_CODING || kind == PORTAL_VALUE_QUANTITY ||
           kind == PORTAL_VALUE_REFERENCE;
}

/* ---- writing ---- */

static void write_nodes(portal_buffer_t *out, const apr_array_header_t *nodes);

static void write_char(portal_buffer_t *out, char c)
{
    portal_buffer_add(out, &c, 1);
}

static void write_number(portal_buffer_t *out, apr_size_t n, char behind)
{
    char text[24], *to = text + sizeof text;

    *--to = behind;
    do
        *--to = (char)('0' + n % 10);
    while (n /= 10);
    portal_buffer_add(out, to, (apr_size_t)(text + sizeof text - to));
}

static void write_text(portal_buffer_t *out, const char *text)
{
    apr_size_t len = strlen(text);

    write_number(out, len, ':');
    portal_buffer_add(out, text, len);
}

static void write_part(portal_buffer_t *out, const char *text)
{
    if (text)
        write_text(out, text);
    else
        write_char(out, '-');
}

static void write_value(portal_buffer_t *out, const portal_value_t *value)
{
    write_char(out, kinds[value->kind]);
    if (!has_parts(value->kind)) {
        write_text(out, value->text);
        return;
    }
    write_part(out, value->text);
    write_part(out, value->system);
    write_part(out, value->version);
    write_part(out, value->display);
    write_part(out, value->code);
}

static void write_answer(portal_buffer_t *out, const portal_given_t *answer)
{
    write_char(out, '=');
    if (answer->value.kind != PORTAL_VALUE_NONE)
        write_value(out, &answer->value);
    if (answer->typed) {
        write_char(out, '?');
        write_text(out, answer->typed);
        write_text(out, answer->error);
    }
    if (answer->from) {
        write_char(out, '<');
        write_text(out, answer->from);
    }
    write_nodes(out, answer->nodes);
    write_char(out, ';');
}

static bool holds_any(const apr_array_header_t *nodes);

static bool is_said(const portal_given_t *answer)
{
    return answer->value.kind != PORTAL_VALUE_NONE || answer->typed || answer->from ||
           holds_any(answer->nodes);
}

static bool has_said(const portal_node_t *node)
{
    for (int i = 0; i < node->answers->nelts; i++)
        if (is_said(portal_answer_at(node->answers, i)))
            return true;
    return false;
}

static bool is_written(const portal_node_t *node)
{
    return (node->item->type == PORTAL_ITEM_GROUP && node->item->repeats) ||
           has_said(node) || holds_any(node->nodes);
}

static bool holds_any(const apr_array_header_t *nodes)
{
    for (int i = 0; i < nodes->nelts; i++)
        if (is_written(portal_node_at(nodes, i)))
            return true;
    return false;
}

static void write_node(portal_buffer_t *out, const portal_node_t *node,
                       apr_size_t left_out)
{
    bool said = has_said(node);

    write_char(out, '(');
    if (node->number > 1)
        write_char(out, '+');
    else if (left_out)
        write_number(out, left_out, ',');
    write_text(out, node->item->link_id);
    for (int i = 0; said && i < node->answers->nelts; i++)
        write_answer(out, portal_answer_at(node->answers, i));
    write_nodes(out, node->nodes);
    write_char(out, ')');
}

static void write_nodes(portal_buffer_t *out, const apr_array_header_t *nodes)
{
    apr_size_t left_out = 0;

    for (int i = 0; i < nodes->nelts; i++) {
        const portal_node_t *node = portal_node_at(nodes, i);
        left_out++;
        if (!is_written(node))
            continue;
        write_node(out, node, left_out - 1);
        left_out = 0;
    }
}

const char *portal_answers_write(const portal_answers_t *a)
{
    portal_buffer_t *out = portal_buffer_create(MAX_BYTES, a->pool);

    write_char(out, FORMAT);
    write_text(out, a->form->hash);
    write_text(out, a->since ? a->since : "");
    write_nodes(out, a->nodes);
    return portal_buffer_status(out) ? NULL : portal_buffer_data(out, NULL);
}

/* ---- places ---- */

bool portal_answer_fits(const portal_item_t *item, const portal_value_t *value)
{
    portal_value_kind_t own = portal_item_value_kind(item->type);
    bool number = own == PORTAL_VALUE_DECIMAL && value->kind == PORTAL_VALUE_INTEGER;
    bool open =
        item->type == PORTAL_ITEM_OPEN_CHOICE && value->kind == PORTAL_VALUE_STRING;

    if (item->options->nelts && portal_item_option(item, value))
        return true;
    if (item->type == PORTAL_ITEM_CHOICE && item->options->nelts)
        return false;
    return own == value->kind || number || open;
}

portal_node_t *portal_answers_place(portal_answers_t *a, const apr_array_header_t *nodes,
                                    const char *link_id, int *next)
{
    portal_node_t *node = NULL;

    for (int n = nodes->nelts, i = *next; n; n--, i++) {
        portal_node_t *one = portal_node_at(nodes, i %= nodes->nelts);
        if (strcmp(one->item->link_id, link_id) != 0)
            continue;
        node = one;
        *next = i + 1;
        if (!node->taken)
            break;
    }
    if (node && node->taken)
        node = node->item->repeats && node->item->type == PORTAL_ITEM_GROUP
                   ? portal_group_add(a, node)
                   : NULL;
    if (node)
        node->taken = true;
    return node;
}

portal_given_t *portal_answers_given(portal_answers_t *a, portal_node_t *node, int i)
{
    if (!portal_item_is_question(node->item))
        return NULL;
    if (i < node->answers->nelts)
        return portal_answer_at(node->answers, i);
    return node->item->repeats ? portal_node_add(a, node) : NULL;
}

/* ---- reading ---- */

/* What is left to read. The first fault makes it the end. */
typedef struct {
    portal_answers_t *a;
    const char *at, *end;
    bool same; /* it was written for this version of the form */
    int dropped;
    bool bad;
} reader_t;

static bool read_nodes(reader_t *r, apr_array_header_t *nodes, int depth);

static void *wrong(reader_t *r)
{
    r->at = r->end;
    r->bad = true;
    return NULL;
}

static bool next_is(reader_t *r, char c)
{
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

/* UTF-8 without NUL, and without the sign that marks numbers (core/fhir_json.h). */
static bool is_text(const char *s, apr_size_t len)
{
    utf8proc_int32_t point;
    utf8proc_ssize_t n;

    for (; len; s += n, len -= (apr_size_t)n) {
        n = 1;
        if ((signed char)*s > 0)
            continue;
        n = utf8proc_iterate((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)len, &point);
        if (n <= 0 || !point || point == 0xFDD0)
            return false;
    }
    return true;
}

/* Digits, up to a number that is too large for anything. False: there are none. */
static bool read_number(reader_t *r, apr_size_t *n)
{
    const char *digits = r->at;

    *n = 0;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9' && *n <= MAX_BYTES; r->at++)
        *n = *n * 10 + (apr_size_t)(*r->at - '0');
    return r->at != digits;
}

/* The bytes of a text behind its length, which are passed over; NULL: there are not as many. */
static const char *pass_bytes(reader_t *r, apr_size_t len)
{
    const char *text = r->at + 1;

    if (!next_is(r, ':') || len > (apr_size_t)(r->end - r->at))
        return wrong(r);
    r->at += len;
    return text;
}

/* A copy in the draft's pool; NULL: there is none. */
static const char *read_text(reader_t *r)
{
    apr_size_t len;
    const char *text = read_number(r, &len) ? pass_bytes(r, len) : wrong(r);

    if (!text || !is_text(text, len))
        return wrong(r);
    return apr_pstrmemdup(r->a->pool, text, len);
}

static const char *read_part(reader_t *r)
{
    return next_is(r, '-') ? NULL : read_text(r);
}

static void read_value(reader_t *r, portal_value_kind_t kind, portal_value_t *value)
{
    *value = (portal_value_t){.kind = kind};
    if (!has_parts(kind)) {
        value->text = read_text(r);
        return;
    }
    value->text = read_part(r);
    value->system = read_part(r);
    value->version = read_part(r);
    value->display = read_part(r);
    value->code = read_part(r);
}

/* One of the form's own choices is not looked up again in the form that it was taken from. */
static bool fits(const reader_t *r, const portal_item_t *item,
                 const portal_value_t *value)
{
    return (r->same && portal_item_is_choice(item)) || portal_answer_fits(item, value);
}

/* The value at hand, if there is one, into `answer` unless it has no place there. */
static void take_value(reader_t *r, const portal_node_t *node, portal_given_t *answer)
{
    const char *kind =
        r->at < r->end && *r->at != '-' ? memchr(kinds, *r->at, sizeof kinds - 1) : NULL;
    portal_value_t value;

    if (!kind)
        return;
    r->at++;
    read_value(r, (portal_value_kind_t)(kind - kinds), &value);
    if (r->bad || !answer)
        return;
    if (portal_value_valid(&value) && fits(r, node->item, &value))
        answer->value = value;
    else
        r->dropped++;
}

/* Without `answer` what is written is passed over. */
static bool read_answer(reader_t *r, const portal_node_t *node, portal_given_t *answer,
                        int depth)
{
    const char *typed = NULL, *error = NULL, *from = NULL;

    take_value(r, node, answer);
    if (next_is(r, '?')) {
        typed = read_text(r);
        error = read_text(r);
    }
    if (next_is(r, '<'))
        from = read_text(r);
    if (answer) {
        answer->typed = typed;
        answer->error = error;
        answer->from = answer->value.kind == PORTAL_VALUE_NONE ? NULL : from;
    }
    return read_nodes(r, answer ? answer->nodes : NULL, depth) && next_is(r, ';');
}

/* What an entry holds; without `node` it is passed over. */
static bool read_entry(reader_t *r, portal_node_t *node, int depth)
{
    for (int i = 0; next_is(r, '='); i++) {
        portal_given_t *answer = node ? portal_answers_given(r->a, node, i) : NULL;
        if (node && !answer)
            r->dropped++;
        if (!read_answer(r, node, answer, depth))
            return false;
    }
    return read_nodes(r, node ? node->nodes : NULL, depth) && next_is(r, ')');
}

/* The node of an entry in the version of the form that it was written for. */
static portal_node_t *node_at(reader_t *r, const apr_array_header_t *nodes, bool more,
                              apr_size_t left_out, int *next)
{
    portal_node_t *before;

    if (!more && left_out >= (apr_size_t)(nodes->nelts - *next))
        return wrong(r);
    if (!more) {
        *next += (int)left_out + 1;
        return portal_node_at(nodes, *next - 1);
    }
    before = *next ? portal_node_at(nodes, *next - 1) : NULL;
    if (!before || before->item->type != PORTAL_ITEM_GROUP || !before->item->repeats)
        return wrong(r);
    before = portal_group_add(r->a, before);
    *next += before != NULL;
    return before;
}

/* The place that the head of an entry names; NULL: there is none. */
static portal_node_t *entry_place(reader_t *r, const apr_array_header_t *nodes, int *next)
{
    bool more = next_is(r, '+');
    apr_size_t left_out = 0, len;
    const char *link_id;

    if (!read_number(r, &len))
        return wrong(r);
    if (!more && next_is(r, ',')) {
        left_out = len;
        if (!read_number(r, &len))
            return wrong(r);
    }
    link_id = pass_bytes(r, len);
    if (!link_id || !nodes)
        return NULL;
    if (r->same)
        return node_at(r, nodes, more, left_out, next);
    link_id = apr_pstrmemdup(r->a->pool, link_id, len);
    return portal_answers_place(r->a, nodes, link_id, next);
}

/* Without `nodes` entries are passed over. */
static bool read_nodes(reader_t *r, apr_array_header_t *nodes, int depth)
{
    int next = 0;

    while (next_is(r, '(')) {
        portal_node_t *node = entry_place(r, nodes, &next);
        if (nodes && !node)
            r->dropped++;
        if (depth == PORTAL_FORM_MAX_DEPTH || !read_entry(r, node, depth + 1))
            return wrong(r);
    }
    return !r->bad;
}

static bool read_draft(portal_answers_t *a, const char *text, apr_size_t len,
                       int *dropped)
{
    reader_t r = {.a = a, .at = text, .end = text + len};
    const char *form, *since;

    if (!next_is(&r, FORMAT))
        return portal_answers_read_json(a, text, len, dropped);
    form = read_text(&r);
    since = read_text(&r);
    a->since = since && *since ? since : NULL;
    r.same = form && strcmp(form, a->form->hash) == 0;
    *dropped = 0;
    if (!form || !since || !read_nodes(&r, a->nodes, 0) || r.at != r.end)
        return false;
    *dropped = r.dropped;
    return true;
}

apr_status_t portal_answers_read(portal_answers_t **out, const portal_form_t *form,
                                 const char *text, apr_size_t len, int *dropped,
                                 apr_pool_t *p)
{
    portal_answers_t *a = portal_answers_blank(form, p);
    int n = 0;

    *out = NULL;
    if (!read_draft(a, text, len, &n))
        return APR_EINVAL;
    portal_answers_done(a);
    if (dropped)
        *dropped = n;
    *out = a;
    return APR_SUCCESS;
}
