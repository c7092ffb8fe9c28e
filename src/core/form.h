/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A form: an HL7 FHIR R4 Questionnaire as the portal understands it, members and item types as there.
 * Read once, never changed, safe between threads; it lives in the pool that it was loaded into.
 */
#ifndef PORTAL_FORM_H
#define PORTAL_FORM_H

#include <apr_hash.h>
#include <apr_tables.h>
#include <stdbool.h>

#include "core/form_control.h"
#include "core/form_text.h"
#include "core/form_value.h"

#define PORTAL_FORM_MAX_BYTES (4u * 1024 * 1024)
#define PORTAL_FORM_MAX_ITEMS 5000
#define PORTAL_FORM_MAX_DEPTH 16
typedef enum {
    PORTAL_ITEM_GROUP,
    PORTAL_ITEM_DISPLAY,
    PORTAL_ITEM_STRING,
    PORTAL_ITEM_TEXT,
    PORTAL_ITEM_BOOLEAN,
    PORTAL_ITEM_INTEGER,
    PORTAL_ITEM_DECIMAL,
    PORTAL_ITEM_DATE,
    PORTAL_ITEM_DATETIME,
    PORTAL_ITEM_TIME,
    PORTAL_ITEM_CHOICE,
    PORTAL_ITEM_OPEN_CHOICE,
    PORTAL_ITEM_QUANTITY,
    PORTAL_ITEM_URL,
    PORTAL_ITEM_ATTACHMENT,
    PORTAL_ITEM_REFERENCE
} portal_item_type_t;

typedef enum {
    PORTAL_OPERATOR_EXISTS,
    PORTAL_OPERATOR_EQ,
    PORTAL_OPERATOR_NE,
    PORTAL_OPERATOR_GT,
    PORTAL_OPERATOR_LT,
    PORTAL_OPERATOR_GE,
    PORTAL_OPERATOR_LE
} portal_operator_t;

typedef struct {
    portal_value_t value;
    portal_text_t text;   /* what is shown; never NULL */
    bool initial;         /* initialSelected */
    bool exclusive;       /* extension questionnaire-optionExclusive */
    portal_text_t prefix; /* extension questionnaire-optionPrefix, such as "a)" */
    const char *score;    /* extension ordinalValue or itemWeight: a number; else NULL */
} portal_option_t;

/* A unit that a quantity can be counted in. */
typedef struct {
    portal_value_t coding; /* system and code (its text), as written in the form */
    portal_text_t text;    /* what is shown; never NULL */
} portal_unit_t;

typedef struct {
    const char *question;             /* linkId as written */
    const struct portal_item_t *item; /* the question; never NULL in a loaded form */
    portal_operator_t op;
    portal_value_t answer;
} portal_condition_t;

/* What is looked at for each item of a form with each page of it stands first, side by side. */
typedef struct portal_item_t {
    portal_item_type_t type;
    int index, position; /* in form->all, from 0; among its siblings, from 1 */
    bool any;            /* enableBehavior any (also when it is missing: rule 14) */
    bool required, repeats, read_only;
    bool hidden;       /* or what it stands in is */
    bool sideways;     /* its choices in a row */
    bool calculated;   /* by an expression, or by nobody when it has none below */
    bool unsupported;  /* the portal cannot ask this: it is left out of the pages */
    const char *field; /* the name of its field where nothing repeats, such as a.3.1 */
    const struct portal_item_t *parent; /* NULL at the top */
    apr_array_header_t *items;          /* of portal_item_t *, never NULL */
    apr_array_header_t *conditions;     /* of portal_condition_t, never NULL */
    apr_array_header_t *initial;        /* of portal_value_t, never NULL */
    apr_array_header_t *options;        /* of portal_option_t, never NULL */
    const char *link_id;
    portal_text_t text, prefix, short_text; /* extension shortText */
    portal_item_control_t control;
    portal_category_t category;
    const struct portal_expressions_t *expressions; /* form_expression.h; NULL: none */
    bool unbound; /* its options or units are a value set that is not at hand */
    const char *unbound_why;             /* of options: which set, and why; else NULL */
    const char *unbound_mend;            /* with it: what an author can do */
    int min_length, max_length;          /* in characters; 0: no limit */
    int min_occurs, max_occurs;          /* 0: no limit */
    int max_places;                      /* of a decimal; -1: no limit */
    portal_value_t min_value, max_value; /* kind NONE: no limit */
    const char *regex;                   /* NULL: none */
    portal_text_t entry_format, unit;    /* hint (dd/mm/yyyy); unit of a number, to see */
    apr_array_header_t *units;           /* of a quantity: portal_unit_t, never NULL */
    bool unit_open;                      /* other units than those may be named */
    const char *step;         /* of a slider, a number above zero; NULL: not given */
    const char *definition;   /* the element of a profile that it asks for, or NULL */
    const char *support_link; /* an http or https address that helps; NULL: none */
    const char *signature;    /* code of the one that it asks for; NULL: none */
    bool consent,
        of_visit; /* of consent: "no" is a refusal; its answer is of one visit */
} portal_item_t;

typedef struct {
    const char *name;     /* file name without .json */
    const char *url;      /* canonical, given or minted from name; never NULL */
    const char *version;  /* as given, else the hash; never NULL */
    const char *hash;     /* BLAKE2b-256 of the file's bytes, 64 hex digits */
    const char *title_id; /* name member of the resource, or NULL */
    portal_text_t title;  /* never without plain */
    portal_text_t description;
    const char *language;                        /* BCP 47; "en" when not given */
    const char *status;                          /* as given, "active" when not given */
    const char *effective_start, *effective_end; /* FHIR dateTime or NULL */
    apr_array_header_t *languages; /* const char *: its own and those of translations */
    apr_array_header_t *items;     /* top items, portal_item_t * */
    apr_array_header_t *all;       /* every item in document order, portal_item_t * */
    apr_hash_t *by_link;           /* linkId -> portal_item_t * */
    apr_array_header_t *pages; /* of portal_form_page_t (core/form_pages.h), in order */
    bool url_given, version_given;
    const char *signature; /* code of the one that it asks for as a whole; NULL: none */
    bool consent,
        of_visit; /* it is one of consent; the answers hold for one visit alone */
    const struct portal_expressions_t *expressions; /* NULL: no item has any either */
} portal_form_t;

/* True for every type that takes an answer. */
/* True for the item itself and for all below it. */
static inline bool portal_item_within(const portal_item_t *item, const portal_item_t *top)
{
    while (item && item != top)
        item = item->parent;
    return item != NULL;
}

static inline bool portal_item_is_question(const portal_item_t *item)
{
    return item->type != PORTAL_ITEM_GROUP && item->type != PORTAL_ITEM_DISPLAY;
}

/* True for choice and open-choice. */
static inline bool portal_item_is_choice(const portal_item_t *item)
{
    return item->type == PORTAL_ITEM_CHOICE || item->type == PORTAL_ITEM_OPEN_CHOICE;
}

/* The i-th of an array of item pointers. */
static inline portal_item_t *portal_item_at(const apr_array_header_t *items, int i)
{
    return APR_ARRAY_IDX(items, i, portal_item_t *);
}

/* The FHIR code of a type, such as "open-choice". */
const char *portal_item_type_name(portal_item_type_t type);

/* The type of such a code; false when R4 has no such type. */
bool portal_item_type_of(const char *code, portal_item_type_t *type);

/* The kind of value that answers an item of this type; open-choice also takes a string. */
portal_value_kind_t portal_item_value_kind(portal_item_type_t type);

/* The item with this linkId, or NULL. */
portal_item_t *portal_form_item(const portal_form_t *form, const char *link_id);

/* The option that has this value (a Coding by system and code, rule 17), or NULL. */
const portal_option_t *portal_item_option(const portal_item_t *i,
                                          const portal_value_t *v);

/* The unit with this system and code, or without a code this text; or NULL. */
const portal_unit_t *portal_item_unit(const portal_item_t *i, const portal_value_t *v);

/* True for what stands under a question and is asked on a page after it: no displays, and nothing
 * in a repeating group. */
bool portal_item_follows(const portal_item_t *item);

/* True when a group's questions are rows that share one short list of choices. */
bool portal_item_is_matrix(const portal_item_t *group);

/* The label of an item for a message: its text, else its prefix, else its linkId. */
const char *portal_item_label(const portal_item_t *item, const char *lang);

/* A shorter one where the form has it (extension shortText) in no other language than the label, for
 * lists of many; else the label. */
const char *portal_item_short(const portal_item_t *item, const char *lang);

#endif
