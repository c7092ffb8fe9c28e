/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A person's answers to a form while they are being given: the draft. It is a tree of item
 * instances ("nodes") that mirrors the form: a group has nodes, a question has answers, and
 * what stands under a question has its nodes under each answer (rule 4). An answer keeps
 * what was typed even when it cannot be used, so that nothing typed is lost. Answers of
 * questions that are not enabled stay in the draft and count nowhere (rules 10 and 11).
 *
 * All of a draft lives in its pool; the form must live at least as long. A draft belongs to
 * one request: it is not shared between threads.
 */
#ifndef PORTAL_ANSWERS_H
#define PORTAL_ANSWERS_H

#include <apr_tables.h>
#include <apr_time.h>

#include "core/form.h"

/* How many answers one repeating question, or repetitions one group, may have at most. */
#define PORTAL_ANSWERS_MAX_REPEATS 100
/* Groups that repeat within each other stop here. */
#define PORTAL_ANSWERS_MAX_NODES 20000

typedef struct portal_node_t portal_node_t;

typedef struct {
    portal_value_t value;      /* kind NONE: no answer (cleared, or typed but unusable) */
    const char *typed;         /* what was typed when it is no usable value, else NULL */
    const char *error;         /* text key without "t:" of what is wrong with `typed` */
    const char *from;          /* where the value came from while nobody looked at it yet
                                  (core/prefill.h); NULL: the person gave it */
    apr_array_header_t *nodes; /* of portal_node_t *: the items under the question */
} portal_given_t;

struct portal_node_t {
    const portal_item_t *item;
    portal_node_t *parent;       /* the group or question above, NULL at the top */
    const portal_given_t *under; /* below a question: its answer, else NULL */
    const char *name; /* of its form field: "a" and the index path, such as a.3.1 */
    int number;       /* of the repetition, from 1 */
    int order;        /* place in the document */
    apr_array_header_t *nodes; /* of a group: portal_node_t *, repetitions side by side */
    apr_array_header_t *answers; /* of a question: portal_given_t * */
    bool enabled;                /* as of the last portal_enable_update() */
    bool barred;         /* its enableWhenExpression is not met (core/calculate.h) */
    json_t *at;          /* for portal_calculate() */
    signed char visited; /* for portal_enable_update() */
    bool taken;          /* has its entry, while a draft is read back */
};

typedef struct {
    const portal_form_t *form;
    apr_pool_t *pool;
    apr_array_header_t *nodes; /* the top: portal_node_t * */
    apr_array_header_t *none;  /* the empty list of all that can have none */
    int count;                 /* of all nodes */
    bool
        bare; /* being read back: new places get no initial values, and nothing is indexed
                  before portal_answers_done() */
    const char *since; /* hash of the version that was signed before, of which only what
                          changed is asked (core/form_changes.h); NULL: all is */
    bool settled;      /* a response: its calculated answers are those of its time */
    apr_time_t now;    /* for expressions; 0: not known */
    apr_array_header_t *
        *by_item; /* for each item->index: its nodes in document order, never NULL */
} portal_answers_t;

/* The i-th of an array of nodes, of answers. */
static inline portal_node_t *portal_node_at(const apr_array_header_t *nodes, int i)
{
    return APR_ARRAY_IDX(nodes, i, portal_node_t *);
}
static inline portal_given_t *portal_answer_at(const apr_array_header_t *answers, int i)
{
    return APR_ARRAY_IDX(answers, i, portal_given_t *);
}

/*
 * A new draft with the form's initial values (rule 18). They are set here and never again:
 * a default that was cleared stays cleared.
 */
portal_answers_t *portal_answers_new(const portal_form_t *form, apr_pool_t *p);

/* A draft without any value, for reading one back: `bare` is set. Ends with portal_answers_done(). */
portal_answers_t *portal_answers_blank(const portal_form_t *form, apr_pool_t *p);

/* All was read back: a draft like any other now, with `enabled` set. */
void portal_answers_done(portal_answers_t *a);

/* True when the question holds an answer, whether it is enabled or not. */
bool portal_node_answered(const portal_node_t *node);

/* The number of usable answers that a question holds. */
int portal_node_count(const portal_node_t *node);

/* Sets the only answer of a question that does not repeat; NULL clears it. The nodes under
 * it are kept. portal_enable_update() is the caller's business. */
void portal_node_set(portal_answers_t *a, portal_node_t *node,
                     const portal_value_t *value);

/* Gives a question the form's initial values, as in a new draft, in place of its answers. */
void portal_node_begin(portal_answers_t *a, portal_node_t *node);

/* Adds an answer to a question that repeats and returns it (value NONE). NULL: no more. */
portal_given_t *portal_node_add(portal_answers_t *a, portal_node_t *node);

/* Adds a repetition of a group behind the last one of `node` 's; its fields are empty but for
 * initial values. NULL: no more than PORTAL_ANSWERS_MAX_REPEATS (or the item's maxOccurs), or
 * the draft has PORTAL_ANSWERS_MAX_NODES nodes. `enabled` is the caller's business. */
portal_node_t *portal_group_add(portal_answers_t *a, const portal_node_t *node);

/* Takes a repetition of a group away with all in it; the later ones get its number and the
 * names of their fields. The only one is made new instead. */
void portal_group_remove(portal_answers_t *a, portal_node_t *node);

/* Gives all fields the names of their places anew, after answers of a question that repeats
 * were put in another order. */
void portal_answers_rename(portal_answers_t *a);

/* How many repetitions `node` 's group has. */
int portal_group_count(const portal_answers_t *a, const portal_node_t *node);

/* The first node of an item, in document order (in a form without repeating groups its only
 * one), or NULL while it hangs under an answer that was never made. */
portal_node_t *portal_answers_node(const portal_answers_t *a, const portal_item_t *item);

/* The node whose field has this name, or NULL. */
portal_node_t *portal_answers_by_name(const portal_answers_t *a, const char *name);

/* Numbers all nodes in document order; called by those functions that add nodes. */
void portal_answers_index(portal_answers_t *a);

/*
 * The draft as text of our own (answers_text.c), to be sealed and stored: what was typed,
 * answers of disabled questions, and nothing else. In the draft's pool.
 */
const char *portal_answers_write(const portal_answers_t *a);

/*
 * Reads such a text, or one that an older version wrote, for the same form. APR_EINVAL: it is not
 * such a text. A draft for
 * another version of the form (other hash) is read as far as linkIds and types agree:
 * *dropped (may be NULL) counts the answers that had no place.
 */
apr_status_t portal_answers_read(portal_answers_t **out, const portal_form_t *form,
                                 const char *text, apr_size_t len, int *dropped,
                                 apr_pool_t *p);

#endif
